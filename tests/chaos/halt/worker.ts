import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from '@temporalio/client';
import { NativeConnection, Runtime } from '@temporalio/worker';
import { VERSION } from '../../../config/project';
import { loadServiceSettings } from '../../../config/settings';
import { openDatabase } from '../../../database/pool';
import type { Analyst } from '../../../domain/signal/signal';
import { createMetrics } from '../../../telemetry/metrics';
import { orderMetrics } from '../../../telemetry/order-metrics';
import { serveMetrics } from '../../../telemetry/serve-metrics';
import { connectionOptions } from '../../../temporal/connection';
import { ROLES, WorkerGroup } from '../../../workers/roles';
import { wire } from '../../../workers/wiring';
import { calendarOf } from '../../../domain/calendar/calendars';
import { BUYS, chaosCycles, withSeconds } from './cycles';

/** Long enough for every halt to find the trade still thinking. */
const PONDER_MS = 3_600_000;

const analyst = (name: string, analyse: Analyst['analyse']): readonly [string, Analyst] => [
  name,
  { name, description: name, lookback: 1, analyse },
];

/** Strategies that a halt is to meet in the middle of their work: one that thinks, and one that fails and is tried again. */
const STRATEGIES = new Map([
  analyst('ponders', async () => {
    await sleep(PONDER_MS, undefined, { ref: false });
    return { kind: 'neutral', reasons: ['nobody waited'] };
  }),
  analyst('fails', () => Promise.reject(new Error('the model does not answer'))),
  [BUYS.name, BUYS],
]);

/** A worker of every role as the product wires it, but for its strategies. */
async function main(): Promise<void> {
  const settings = loadServiceSettings();
  Runtime.install({ shutdownSignals: [] });
  const database = openDatabase(settings.databaseUrl, { max: 16 });
  const connection = await NativeConnection.connect(connectionOptions(settings));
  const { namespace } = settings.temporal;
  const metrics = createMetrics({ service: 'worker', version: VERSION });
  const { halfSpreadBps, slippageBps, feeBps } = settings.paper;
  const wiring = await wire({
    database,
    client: new Client({ connection, namespace }),
    metrics: orderMetrics(metrics),
    failpoint: () => undefined,
    paperCosts: { halfSpreadBps, slippageBps, feeBps },
    strategies: STRATEGIES,
    cycles: chaosCycles(),
    calendarOf: withSeconds(calendarOf),
  });
  const workflows = { workflowBundle: { codePath: process.env['TRADEWIND_WORKFLOW_BUNDLE'] ?? '' } };
  const workers = await WorkerGroup.create(ROLES, wiring, { connection, namespace, workflows });
  await serveMetrics(settings.workers.port, settings.api.host, metrics);
  await workers.run();
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  process.exit(1);
});
