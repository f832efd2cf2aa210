import { join } from 'node:path';
import { bundleWorkflowCode, Worker } from '@temporalio/worker';
import { engageHalt, releaseHalt } from '../../database/halts';
import { GLOBAL_SCOPE } from '../../domain/halt/halt';
import { startHaltWorkflow } from '../../temporal/start-workflows';
import { amount } from '../support/harness';
import type { Harness } from '../support/harness';
import { stopSignal, WAITER_QUEUE } from './bare/waiter-messages';
import type { WaiterActivities } from './bare/waiter-messages';

/** Few, since starting is not measured, and a start that takes too long fails. */
const START_LANES = 8;
/** Signals under way at once: as many as a halt sends. */
const SIGNAL_LANES = 64;
/** Looks are a load themselves. */
const LOOK_MS = 100;

/** A worker for the bare waiters, whose activity writes one row on a connection of the same pool. */
export async function startWaiters(harness: Harness): Promise<{ stop(): Promise<void> }> {
  await harness.database.query('CREATE TABLE IF NOT EXISTS bench_rows (key text PRIMARY KEY)');
  const activities: WaiterActivities = {
    writeRow: async (key) => {
      await harness.database.query('INSERT INTO bench_rows VALUES ($1)', [key]);
    },
  };
  const workflowBundle = await bundleWorkflowCode({
    workflowsPath: join(__dirname, 'bare', 'waiter.ts'),
    logger: quiet,
  });
  const { native: connection, namespace } = harness;
  const worker = await Worker.create({ connection, namespace, taskQueue: WAITER_QUEUE, workflowBundle, activities });
  const run = worker.run();
  return {
    stop: async () => {
      worker.shutdown();
      await run;
    },
  };
}

/** Milliseconds from the first signal to waiting workflows until the last of them has written its row. */
export async function closeWaiters({ client, database }: Harness, part: string, count: number): Promise<number> {
  const keys = Array.from({ length: count }, (_, n) => `bare-${part}-${n}`);
  await inLanes(keys, START_LANES, (key) =>
    client.workflow.start('bareWaiter', { workflowId: key, taskQueue: WAITER_QUEUE, args: [key] }),
  );
  await settled();
  const began = performance.now();
  await inLanes(keys, SIGNAL_LANES, (key) => client.workflow.getHandle(key).signal(stopSignal));
  await until(
    async () =>
      (await counted(database, 'SELECT count(*) FROM bench_rows WHERE key LIKE $1', `bare-${part}-%`)) === count,
  );
  return performance.now() - began;
}

/** Milliseconds from a halt of waiting trades until the last of them has ended. */
export async function closeTrades(harness: Harness, part: string, count: number): Promise<number> {
  const { client, database } = harness;
  const keys = Array.from({ length: count }, (_, n) => `t-${part}-${n}`);
  await inLanes(keys, START_LANES, (key) =>
    harness.accept(key, {
      instrument: 'SIM',
      direction: 'long',
      stopPrice: amount('90'),
      maxNotional: amount('500'),
      approvalDeadlineSeconds: 7_200,
    }),
  );
  const like = `${harness.account}:t-${part}-%`;
  const waiting = `SELECT count(*) FROM trades WHERE id LIKE $1 AND phase = 'awaiting-approval'`;
  await until(async () => (await counted(database, waiting, like)) === count);
  await settled();
  const began = performance.now();
  const halt = await engageHalt(database, {
    ...{ scope: GLOBAL_SCOPE, mode: 'reduce-only', flatten: false, everything: false, source: 'operator' },
    ...{ reason: 'a measurement', actor: 'bench', limited: false },
  });
  if (!('epoch' in halt)) throw new Error(`not engaged: ${halt.result}`);
  await startHaltWorkflow(client, halt);
  await until(
    async () =>
      (await counted(database, `SELECT count(*) FROM trades WHERE id LIKE $1 AND outcome = 'halted'`, like)) === count,
  );
  const ms = performance.now() - began;
  await client.workflow.getHandle(halt.workflowId).result();
  await releaseHalt(database, { scope: GLOBAL_SCOPE, reason: 'measured', actor: 'bench' });
  return ms;
}

async function counted(database: Harness['database'], query: string, like: string): Promise<number> {
  const { rows } = await database.query<{ count: number }>(query, [like]);
  return rows[0]?.count ?? 0;
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
}

/** What the starts have left to do is done before anything is timed. */
function settled(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 3_000));
}

async function inLanes<T>(things: readonly T[], lanes: number, work: (thing: T) => Promise<unknown>): Promise<void> {
  const waiting = [...things];
  const lane = async (): Promise<void> => {
    for (let thing = waiting.shift(); thing !== undefined; thing = waiting.shift()) await work(thing);
  };
  await Promise.all(Array.from({ length: lanes }, lane));
}

const quiet = { log: noop, trace: noop, debug: noop, info: noop, warn: noop, error: noop };
function noop(): void {
  return undefined;
}
