import { Client } from '@temporalio/client';
import { NativeConnection, Runtime, DefaultLogger } from '@temporalio/worker';
import { parseArgs } from 'node:util';
import { readCalendarFile } from '../config/calendar-file';
import { openCcxtBroker } from '../brokers/ccxt/open-broker';
import { loadAccounts } from '../config/accounts';
import { VERSION } from '../config/project';
import { readCredentials } from '../config/secrets';
import { environment, loadServiceSettings } from '../config/settings';
import { startupHalts } from '../database/halts';
import { observeQueries } from '../database/observe';
import { openDatabase } from '../database/pool';
import { horizonOf } from '../domain/calendar/answers';
import { createCalendars } from '../domain/calendar/calendars';
import { watchCalendarHorizon } from '../telemetry/calendar-horizon';
import { tripRules } from '../domain/halt/trip-rules';
import { secretsInUse } from '../domain/secret/registry';
import { createLogger } from '../telemetry/logger';
import type { Logger } from '../telemetry/logger';
import { createMetrics } from '../telemetry/metrics';
import { modelMetrics } from '../telemetry/model-metrics';
import { orderMetrics } from '../telemetry/order-metrics';
import { scheduleMetrics } from '../telemetry/schedule-metrics';
import { serveMetrics } from '../telemetry/serve-metrics';
import { connectionOptions, lazyClient } from '../temporal/connection';
import { Dispatcher } from '../temporal/dispatcher';
import { openChannels } from '../channels/open-channels';
import { openReportPost } from '../channels/report-post';
import { AlertDeliveries } from '../database/alert-deliveries';
import { alertMetrics } from '../telemetry/alert-metrics';
import { cycleSchedules } from '../temporal/schedules/cycles';
import { SCHEDULES } from '../temporal/schedules/list';
import { PortfolioWatcher } from '../activities/risk/watch-portfolios';
import { PortfolioGauges } from '../telemetry/portfolio-metrics';
import { AlertMonitor } from './alert-monitor';
import { loadCycles } from '../temporal/cycles';
import { failpoints } from './failpoints';
import { modelOf } from './model';
import { RestoreWatch } from './restore-watch';
import { feedsOf } from './feeds';
import { newsOf } from './news';
import { StoredNewsFeed } from '../database/news';
import { parseRoles, WorkerGroup } from './roles';
import { ScheduleMonitor } from './schedule-monitor';
import { TripMonitor } from './trip-monitor';
import { wire } from './wiring';

/** A worker process: `--roles=trade,analysis,orders,operations,market`. Ends cleanly on SIGTERM and SIGINT. */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { roles: { type: 'string', default: 'trade,analysis,orders,operations,market' } },
  });
  const roles = parseRoles(values.roles);
  const settings = loadServiceSettings();
  const logger = createLogger({ level: settings.logLevel, service: `worker-${roles.join('-')}` });
  installRuntime(logger);
  const metrics = createMetrics({ service: 'worker', version: VERSION });
  const calendars = createCalendars(readCalendarFile(settings.calendarsFile));
  const horizons = () => calendars.ids.map((id) => horizonOf(calendars.of(id), Date.now()));
  watchCalendarHorizon(metrics.registry, logger, horizons);
  const database = openDatabase(settings.databaseUrl, {
    max: 16,
    onError: (error) => logger.warn({ err: error }, 'a database connection broke'),
  });
  observeQueries(database, (type, seconds) => metrics.dbQueryDuration.observe({ query_type: type }, seconds));
  const connection = await NativeConnection.connect(connectionOptions(settings));
  const { namespace } = settings.temporal;
  const { halfSpreadBps, slippageBps, feeBps } = settings.paper;
  const set = environment();
  const cycles = loadCycles(settings.cyclesFile, calendars.ids);
  const failpoint = failpoints(settings.failpoints);
  const model = roles.includes('analysis')
    ? modelOf(settings.model, modelMetrics(metrics.registry), failpoint)
    : undefined;
  const wiring = await wire({
    database,
    client: new Client({ connection, namespace }),
    metrics: orderMetrics(metrics),
    failpoint,
    calendarOf: calendars.of,
    logRefusal: (refusal) => logger.warn(refusal, 'the risk check refused an entry'),
    paperCosts: { halfSpreadBps, slippageBps, feeBps },
    cycles,
    reportPost: openReportPost(settings.reports),
    secrets: secretsInUse((setting) => (set[setting] ?? '') !== ''),
    ...(model === undefined ? {} : { model }),
    upkeep: { databaseUrl: settings.databaseUrl, software: VERSION, backup: settings.backup },
    feeds: feedsOf(settings, database, loadAccounts(settings).ib),
    newsSources: newsOf(settings),
    news: new StoredNewsFeed(database),
    exchange: {
      accounts: loadAccounts(settings).exchange,
      ib: loadAccounts(settings).ib,
      live: settings.live,
      address: settings.accounts.address,
      credentialsOf: readCredentials,
      openBroker: openCcxtBroker,
    },
  });
  const bundle = process.env['TRADEWIND_WORKFLOW_BUNDLE'];
  const workflows =
    bundle === undefined
      ? { workflowsPath: require.resolve('../workflows') }
      : { workflowBundle: { codePath: bundle } };
  const workers = await WorkerGroup.create(roles, wiring, { connection, namespace, workflows });
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => workers.stop());
  // Before anything can be sent: a worker that cannot ask the switch does not start.
  const halted = await startupHalts(database, settings.live);
  if (halted.length > 0) logger.warn({ scopes: halted }, 'live accounts are halted until somebody releases them');
  const outside = lazyClient(settings);
  const dispatcher = new Dispatcher(outside, wiring.trades, wiring.halts, (problem, error) =>
    logger.warn({ err: error }, problem),
  );
  // Served only now: whoever sees this process healthy may count on its workers.
  const server = await serveMetrics(settings.workers.port, settings.api.host, metrics);
  const gauges = new PortfolioGauges(metrics.registry);
  const portfolios = new PortfolioWatcher(
    {
      trades: wiring.trades,
      risk: wiring.risk,
      marketOf: wiring.marketOf,
      show: (figures) => gauges.set(figures),
      breached: (account, limit) => {
        metrics.riskLimitBreaches.inc({ limit });
        logger.warn({ account, limit }, 'a limit of risk is reached');
      },
      warn: (account, loss, limit) => logger.warn({ account, loss, limit }, 'the loss of the day nears its limit'),
    },
    (error) => logger.warn({ err: error }, 'the portfolios could not be looked at'),
  );
  const monitor = new TripMonitor(wiring.tripDeps(tripRules(settings.haltTrips)), logger);
  const alerts = new AlertMonitor(
    {
      database,
      horizons,
      deliveries: new AlertDeliveries(database),
      channels: openChannels(settings.alerts),
      metrics: alertMetrics(metrics.registry),
      now: () => Date.now(),
    },
    logger,
  );
  const schedules = new ScheduleMonitor({
    database,
    client: outside,
    definitions: [...SCHEDULES, ...cycleSchedules(cycles, (id) => calendars.of(id).timeZone)],
    metrics: scheduleMetrics(metrics.registry),
    logger,
  });
  if (roles.includes('operations')) {
    monitor.start();
    schedules.start();
    alerts.start();
  }
  if (roles.includes('trade')) {
    dispatcher.start();
    portfolios.start();
  }
  const restores = new RestoreWatch(database, () => {
    logger.warn('the database was restored: this process ends, to be started anew');
    workers.stop();
  });
  await restores.start();
  logger.info({ roles, accounts: workers.served, port: server.port }, 'worker is ready');
  try {
    await workers.run();
  } finally {
    restores.stop();
    await Promise.all([dispatcher.stop(), monitor.stop(), alerts.stop(), schedules.stop(), portfolios.stop()]);
    await server.close();
    await connection.close();
    await database.end();
    logger.info('worker has stopped');
  }
}

/** The SDK's own lines go through our logger; signals are ours to handle. */
function installRuntime(logger: Logger): void {
  Runtime.install({
    shutdownSignals: [],
    logger: new DefaultLogger('WARN', ({ level, message, meta }) => {
      logger[level === 'ERROR' ? 'error' : 'warn']({ sdk: meta }, message);
    }),
  });
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  // At once: a pool or a connection that is still open would keep a worker alive that does no work.
  process.exit(1);
});
