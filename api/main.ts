import { createServer } from 'node:http';
import type { Server } from 'node:http';
import { join } from 'node:path';
import { readCalendarFile } from '../config/calendar-file';
import { STATE_DIR, VERSION } from '../config/project';
import { environment, loadServiceSettings } from '../config/settings';
import type { ServiceSettings } from '../config/settings';
import { HaltStore } from '../database/halt-progress';
import { observeQueries } from '../database/observe';
import { openDatabase } from '../database/pool';
import type { Database } from '../database/pool';
import { TradeStore } from '../database/trades';
import { horizonOf } from '../domain/calendar/answers';
import { createCalendars } from '../domain/calendar/calendars';
import { instant, millisOf } from '../domain/clock/instant';
import { secretsInUse } from '../domain/secret/registry';
import { STRATEGY_NAMES } from '../domain/signal/strategies';
import { watchCalendarHorizon } from '../telemetry/calendar-horizon';
import { createLogger } from '../telemetry/logger';
import type { Logger } from '../telemetry/logger';
import { createMetrics } from '../telemetry/metrics';
import { lazyClient } from '../temporal/connection';
import { Dispatcher } from '../temporal/dispatcher';
import { cycleSchedules } from '../temporal/schedules/cycles';
import { SCHEDULES } from '../temporal/schedules/list';
import { createApi } from './app';
import { Housekeeping } from './housekeeping';
import { createBackupCommands } from './backup-commands';
import { createIngestCommands } from './ingest-commands';
import { createNewsCommands } from './news-commands';
import { loadCycles } from '../temporal/cycles';
import { loadNews } from '../temporal/news';
import { createStartCycle, createStartRepeat } from './start-repeat';
import { createRiskCommands } from './risk-commands';
import { createScheduleCommands } from './schedule-commands';
import { createTradeCommands } from './trade-commands';
import { createVenueCommands } from './venue-commands';

/** Real time that requests under way get when the process is told to stop. */
const CLOSE_WITHIN_MS = 10_000;

/** The API process: serves HTTP and dispatches trades until SIGTERM or SIGINT. */
async function main(): Promise<void> {
  const settings = loadServiceSettings();
  const logger = createLogger({ service: 'api', level: settings.logLevel });
  const metrics = createMetrics({ service: 'api', version: VERSION });
  const calendars = createCalendars(readCalendarFile(settings.calendarsFile));
  watchCalendarHorizon(metrics.registry, logger, () =>
    calendars.ids.map((id) => horizonOf(calendars.of(id), Date.now())),
  );
  const database = openDatabase(settings.databaseUrl, {
    max: 16,
    onError: (error) => logger.warn({ err: error }, 'a database connection broke'),
  });
  observeQueries(database, (type, seconds) => metrics.dbQueryDuration.observe({ query_type: type }, seconds));
  const client = lazyClient(settings);
  const housekeeping = new Housekeeping(database, join(STATE_DIR, 'api-key'), logger);
  await housekeeping.start();
  const dispatcher = new Dispatcher(client, new TradeStore(database), new HaltStore(database), (problem, error) =>
    logger.warn({ err: error }, problem),
  );
  const cycles = loadCycles(settings.cyclesFile, calendars.ids);
  const api = createApi({
    database,
    temporal: createTradeCommands(client),
    startRepeat: createStartRepeat(client),
    cycles,
    startCycle: createStartCycle(client),
    venues: createVenueCommands(client),
    risk: createRiskCommands(client),
    ingests: createIngestCommands(client),
    backups: createBackupCommands(client),
    newsSources: loadNews(settings.newsSourcesFile).sources,
    news: createNewsCommands(client),
    schedules: createScheduleCommands(client, [
      ...SCHEDULES,
      ...cycleSchedules(cycles, (id) => calendars.of(id).timeZone),
    ]),
    settings: apiSettings(settings),
    logger,
    metrics,
    calendars,
    now: () => Date.now(),
    monotonic: () => performance.now(),
  });
  const server = await listen(createServer(api.app), settings);
  dispatcher.start();
  logger.info({ host: settings.api.host, port: settings.api.port }, 'the API is ready');

  const signal = await asked();
  logger.info({ signal }, 'stopping');
  await close(server);
  await Promise.all([dispatcher.stop(), housekeeping.stop(), api.drain()]);
  await client.connection.close();
  await end(database, logger);
}

function apiSettings(settings: ServiceSettings) {
  const { name, price, budget, apiKey } = settings.model;
  const set = environment();
  return {
    version: VERSION,
    strategies: STRATEGY_NAMES,
    approveOwnTrades: settings.api.approveOwnTrades,
    releaseOwnHalts: settings.api.releaseOwnHalts,
    replayStart: instant(millisOf(settings.paper.replayStart)),
    model: { name, price, caps: budget, configured: apiKey !== undefined },
    secrets: secretsInUse((setting) => (set[setting] ?? '') !== ''),
  };
}

function listen(server: Server, { api }: ServiceSettings): Promise<Server> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(api.port, api.host, () => resolve(server));
  });
}

function asked(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, resolve);
  });
}

/** Takes no new request, lets those under way finish, and cuts what is left after a while. */
function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    const cut = setTimeout(() => server.closeAllConnections(), CLOSE_WITHIN_MS);
    server.close(() => {
      clearTimeout(cut);
      resolve();
    });
    server.closeIdleConnections();
  });
}

async function end(database: Database, logger: Logger): Promise<void> {
  await database.end();
  logger.info('the API has stopped');
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  process.exit(1);
});
