import express from 'express';
import type { Express } from 'express';
import type { Calendars } from '../domain/calendar/calendars';
import type { EpochMillis, Instant } from '../domain/clock/instant';
import type { Database } from '../database/pool';
import type { SecretEntry } from '../domain/secret/registry';
import type { Logger } from '../telemetry/logger';
import type { Metrics } from '../telemetry/metrics';
import { mountAccounts } from './accounts';
import { mountAlerts } from './alerts';
import { mountAnalyses } from './analyses';
import type { AnalysisRoutes } from './analyses';
import { AuditTrail } from './audit-trail';
import { mountCalendars } from './calendars';
import { ROUTES } from './contract/routes';
import type { Route } from './contract/route';
import type { BackupCommands } from './backup-commands';
import { mountBackups } from './backups';
import { mountData } from './data';
import type { IngestCommands } from './ingest-commands';
import { mountCycles } from './cycles';
import type { CycleRoutes } from './cycles';
import { errorHandler, send } from './errors';
import { FailureWindow } from './failure-window';
import { mountHalts } from './halts';
import { mountKeys } from './keys';
import type { ModelFacts } from './model-facts';
import { expressPath } from './mount';
import type { Gate } from './mount';
import { mountNews } from './news';
import type { NewsRoutes } from './news';
import { mountOrders } from './orders';
import { mountReconciliations } from './reconciliations';
import { mountPortfolio } from './portfolio';
import { mountReports } from './reports';
import { mountRisk } from './risk';
import type { RiskCommands } from './risk-commands';
import { ApiProblem } from './problem';
import { requestLog } from './request-log';
import { mountSchedules } from './schedules';
import type { ScheduleCommands } from './schedule-commands';
import { mountSecrets } from './secrets';
import { mountService, securityHeaders } from './service';
import type { TradeCommands } from './trade-commands';
import { mountTradeActions } from './trade-actions';
import { mountTrades } from './trades';
import { mountVenues } from './account-venues';
import type { VenueCommands } from './venue-commands';

/** Everything that the API works with; it reads no environment and no clock of its own. */
export interface ApiDeps {
  readonly database: Database;
  /** How trades' workflows are started and asked. */
  readonly temporal: TradeCommands;
  readonly startRepeat: AnalysisRoutes['startRepeat'];
  /** The trading cycles of the installation, and how one is started. */
  readonly cycles: CycleRoutes['cycles'];
  readonly startCycle: CycleRoutes['startCycle'];
  /** How the workers that talk to venues are asked. */
  readonly venues: VenueCommands;
  /** How risk is asked about without starting a trade. */
  readonly risk: RiskCommands;
  /** How candles are fetched. */
  readonly ingests: IngestCommands;
  /** How the workers that take backups are asked. */
  readonly backups: BackupCommands;
  /** The news sources of the installation, and how they are asked. */
  readonly newsSources: NewsRoutes['newsSources'];
  readonly news: NewsRoutes['news'];
  /** How schedules are looked after. */
  readonly schedules: ScheduleCommands;
  readonly settings: ApiSettings;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly calendars: Calendars;
  /** Real time. */
  readonly now: () => EpochMillis;
  /** A clock that never goes back, in milliseconds. */
  readonly monotonic: () => number;
}

export interface ApiSettings {
  readonly version: string;
  /** Names of the strategies besides `manual`. */
  readonly strategies: readonly string[];
  /** Whoever started a trade may approve it: for an installation with one person. */
  readonly approveOwnTrades: boolean;
  /** False: whoever engaged a halt may not release it. */
  readonly releaseOwnHalts: boolean;
  /** Market time at which a replay clock starts again when it is reset. */
  readonly replayStart: Instant;
  readonly model: ModelFacts;
  /** Secrets by settings that are in use: their names. */
  readonly secrets: readonly SecretEntry[];
}

export interface Api {
  readonly app: Express;
  /** Waits until every line of the audit log is written. */
  drain(): Promise<void>;
}

/** The HTTP API; whoever made it listens and closes. */
export function createApi(deps: ApiDeps): Api {
  const { database, logger, metrics, settings, temporal } = deps;
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('query parser', 'simple');
  app.use(securityHeaders());
  app.use(requestLog(metrics, logger));

  const audit = new AuditTrail(database, logger);
  const gate: Gate = { app, database, audit, failures: new FailureWindow(deps.monotonic) };
  const { approveOwnTrades, model, releaseOwnHalts, replayStart, strategies, version } = settings;
  mountService(gate, { database, commands: temporal, metrics, version });
  mountTrades(gate, { database, commands: temporal, calendarOf: deps.calendars.of, strategies, model, logger });
  mountTradeActions(gate, { database, commands: temporal, approveOwnTrades });
  mountAnalyses(gate, { database, model, startRepeat: deps.startRepeat });
  mountAlerts(gate, database);
  mountOrders(gate, database);
  mountAccounts(gate, { database, replayStart });
  mountCalendars(gate, deps);
  mountHalts(gate, { database, commands: temporal, strategies, releaseOwnHalts });
  mountVenues(gate, { database, commands: temporal, venues: deps.venues, approveOwnTrades });
  mountReconciliations(gate, { database, venues: deps.venues });
  mountPortfolio(gate, database);
  mountRisk(gate, { database, commands: deps.risk, strategies });
  mountBackups(gate, database, deps.backups);
  mountData(gate, deps);
  mountNews(gate, deps);
  mountSchedules(gate, deps);
  mountKeys(gate, database);
  mountReports(gate, database);
  mountCycles(gate, { database, cycles: deps.cycles, startCycle: deps.startCycle });
  mountSecrets(gate, { database, secrets: settings.secrets, now: deps.now });
  mountRefusals(app);
  app.use(errorHandler(logger));
  return { app, drain: () => audit.drain() };
}

/** Known addresses refuse other methods and name theirs; unknown addresses are not found. */
function mountRefusals(app: Express): void {
  const methods = new Map<string, string[]>();
  for (const { method, path } of Object.values<Route>(ROUTES)) {
    methods.set(path, [...(methods.get(path) ?? []), method.toUpperCase()]);
  }
  for (const [path, allowed] of methods) {
    app.all(expressPath(path), (_request, response) => {
      response.set('Allow', allowed.join(', '));
      send(response, new ApiProblem('method_not_allowed', `This address takes ${allowed.join(' and ')}.`));
    });
  }
  app.use((_request, response) => {
    send(response, new ApiProblem('not_found', 'There is nothing at this address; /docs lists what there is.'));
  });
}
