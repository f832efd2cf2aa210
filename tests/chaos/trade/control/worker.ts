import { randomBytes } from 'node:crypto';
import { NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { PaperBroker } from '../../../../brokers/paper/paper-broker';
import { openPaperMarket } from '../../../../brokers/paper/paper-market';
import { VERSION } from '../../../../config/project';
import { loadServiceSettings } from '../../../../config/settings';
import { openDatabase } from '../../../../database/pool';
import type { Database } from '../../../../database/pool';
import { calendarOf } from '../../../../domain/calendar/calendars';
import { instant } from '../../../../domain/clock/instant';
import { dec, text } from '../../../../domain/money/decimal';
import type { ClientOrderId } from '../../../../domain/order/order';
import { createMetrics } from '../../../../telemetry/metrics';
import { serveMetrics } from '../../../../telemetry/serve-metrics';
import { connectionOptions } from '../../../../temporal/connection';
import { blindId, CONTROL_ACCOUNT, CONTROL_QUEUE, diesBehind } from './messages';

/** One order and nothing else: no journal before the send, a fresh id each time, and a retry whenever no answer came. */
function blindActivities(broker: PaperBroker, database: Database) {
  return {
    async placeBlindly(run: string): Promise<void> {
      const outcome = await broker.submit(
        {
          clientOrderId: blindId(run, randomBytes(4).toString('hex')) as ClientOrderId,
          account: CONTROL_ACCOUNT,
          instrument: 'SIM',
          side: 'buy',
          quantity: text(dec(1)),
          terms: { type: 'market' },
          timeInForce: 'IOC',
        },
        { validUntil: instant(Date.now() + 2_000), stillValid: () => Promise.resolve(true) },
      );
      const first = (await countOrders(database, run)) === 1;
      if (first && diesBehind(run)) process.kill(process.pid, 'SIGKILL');
      if (outcome.kind !== 'acked' || first) throw new Error('no answer');
    },
  };
}

/** How many orders of a run the venue has: only the fault looks, to hit the first one. */
async function countOrders(database: Database, run: string): Promise<number> {
  const { rowCount } = await database.query('SELECT FROM paper.orders WHERE account = $1 AND client_order_id LIKE $2', [
    CONTROL_ACCOUNT,
    `${run}-%`,
  ]);
  return rowCount ?? 0;
}

export type BlindActivities = ReturnType<typeof blindActivities>;

async function main(): Promise<void> {
  const settings = loadServiceSettings();
  Runtime.install({ shutdownSignals: [] });
  const database = openDatabase(settings.databaseUrl, { max: 4 });
  const connection = await NativeConnection.connect(connectionOptions(settings));
  const { halfSpreadBps, slippageBps, feeBps } = settings.paper;
  const costs = { halfSpreadBps, slippageBps, feeBps };
  const market = await openPaperMarket(database, calendarOf, costs);
  const broker = new PaperBroker({ account: CONTROL_ACCOUNT, database, market, costs });
  const worker = await Worker.create({
    connection,
    namespace: settings.temporal.namespace,
    taskQueue: CONTROL_QUEUE,
    workflowsPath: require.resolve('./workflow'),
    activities: blindActivities(broker, database),
    stickyQueueScheduleToStartTimeout: '1s',
  });
  await serveMetrics(settings.workers.port, settings.api.host, createMetrics({ service: 'worker', version: VERSION }));
  await worker.run();
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  process.exit(1);
});
