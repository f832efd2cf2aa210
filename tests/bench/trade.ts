import { join } from 'node:path';
import { bundleWorkflowCode, Worker } from '@temporalio/worker';
import type { Client } from '@temporalio/client';
import { exitUpdate } from '../../temporal/messages/trade';
import type { Harness } from '../support/harness';
import { amount } from '../support/harness';
import { BARE_QUEUE, goUpdate } from './bare/messages';

/** One way of running a workflow to its end; answers nothing, is timed by the caller. */
export type RunOne = (key: string) => Promise<void>;

/** Latencies and rate of one measurement. */
export interface Measured {
  readonly what: 'trade' | 'bare';
  readonly parallel: number;
  readonly runs: number;
  /** Milliseconds from the start to the end: of a trade, its terminal row. */
  readonly p50: number;
  readonly p95: number;
  readonly perSecond: number;
}

/** What one run of each consists of, counted in its history. */
export interface Counted {
  readonly what: 'trade' | 'bare';
  readonly activities: number;
  readonly localActivities: number;
  readonly workflowTasks: number;
}

/** Runs `runs` times, `parallel` at once, each started as soon as a place is free. */
export async function measure(
  what: Measured['what'],
  one: RunOne,
  runs: number,
  parallel: number,
  tag: string,
): Promise<Measured> {
  const latencies: number[] = [];
  let next = 0;
  const started = performance.now();
  const lane = async (): Promise<void> => {
    while (next < runs) {
      const key = `${tag}-${next++}`;
      const begin = performance.now();
      await one(key);
      latencies.push(performance.now() - begin);
    }
  };
  await Promise.all(Array.from({ length: parallel }, lane));
  const seconds = (performance.now() - started) / 1000;
  latencies.sort((a, b) => a - b);
  const at = (share: number): number =>
    latencies[Math.min(latencies.length - 1, Math.floor(share * latencies.length))] ?? 0;
  return { what, parallel, runs, p50: at(0.5), p95: at(0.95), perSecond: runs / seconds };
}

const POLL_MS = 10;
const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, POLL_MS));

/** A manual trade: market entry filled at once, stop, exit on request, until its row is terminal. */
export function tradeRunner(harness: Harness): RunOne {
  const stopAt = stopWatch(harness);
  return async (key) => {
    const tradeId = await harness.accept(key, {
      instrument: 'SIM',
      direction: 'long',
      stopPrice: amount('90'),
      maxNotional: amount('500'),
    });
    await stopAt(tradeId);
    await harness.handle(tradeId).executeUpdate(exitUpdate, { args: [{ by: 'bench' }] });
    await harness.handle(tradeId).result();
    const row = await harness.row(tradeId);
    if (row.outcome !== 'completed') throw new Error(`the trade did not complete: ${JSON.stringify(row)}`);
  };
}

/**
 * Waits until a trade has its stop. However many trades wait, Postgres is asked one small question each time: the bare
 * twin asks nothing but memory, and what the driver asks is not what a trade costs.
 * @throws when the trade ended instead
 */
function stopWatch(harness: Harness): (tradeId: string) => Promise<void> {
  const waiting = new Map<string, { resolve: () => void; reject: (error: Error) => void }>();
  let asking = false;
  const ask = async (): Promise<void> => {
    asking = true;
    while (waiting.size > 0) {
      const { rows } = await harness.database.query<{ id: string; outcome: string | null; code: string | null }>({
        name: 'has-stop',
        text: `SELECT t.id, t.outcome, t.outcome_code AS code FROM trades t WHERE t.id = ANY ($1) AND (t.phase = 'ended' OR EXISTS
          (SELECT FROM orders o WHERE o.trade_id = t.id AND o.leg = 'stop' AND o.state = 'open'))`,
        values: [[...waiting.keys()]],
      });
      for (const { id, outcome, code } of rows) {
        const waiter = waiting.get(id);
        waiting.delete(id);
        if (outcome === null) waiter?.resolve();
        else waiter?.reject(new Error(`${id} ended early: ${outcome} ${code ?? ''}`));
      }
      await pause();
    }
    asking = false;
  };
  return (tradeId) =>
    new Promise((resolve, reject) => {
      waiting.set(tradeId, { resolve, reject });
      if (!asking) ask().catch(reject);
    });
}

/** The bare twin: same hops, same driver, no substance. */
export async function bareRunner(harness: Harness): Promise<{ run: RunOne; stop: () => Promise<void> }> {
  const ready = new Set<string>();
  const activities = {
    nothing: (): Promise<void> => Promise.resolve(),
    ready: (key: string): Promise<void> => {
      ready.add(key);
      return Promise.resolve();
    },
  };
  const workflowBundle = await bundleWorkflowCode({
    workflowsPath: join(__dirname, 'bare', 'workflow.ts'),
    logger: quiet,
  });
  const common = { connection: harness.native, namespace: harness.namespace, activities };
  const workers = [
    await Worker.create({ ...common, taskQueue: BARE_QUEUE, workflowBundle }),
    await Worker.create({
      ...common,
      taskQueue: `bare-orders-${harness.account}`,
      maxConcurrentActivityTaskExecutions: 10,
    }),
    await Worker.create({
      ...common,
      taskQueue: `bare-safety-${harness.account}`,
      maxConcurrentActivityTaskExecutions: 20,
    }),
  ];
  const runs = workers.map((worker) => worker.run());
  return {
    run: async (key) => {
      const handle = await harness.client.workflow.start('bareTrade', {
        workflowId: `bare:${key}`,
        taskQueue: BARE_QUEUE,
        args: [{ key, account: harness.account }],
      });
      while (!ready.delete(key)) await pause();
      await handle.executeUpdate(goUpdate);
      await handle.result();
    },
    stop: async () => {
      for (const worker of workers) worker.shutdown();
      await Promise.all(runs);
    },
  };
}

const quiet = { log: noop, trace: noop, debug: noop, info: noop, warn: noop, error: noop };
function noop(): void {
  return undefined;
}

/** Counts what the history of one workflow consists of. */
export async function count(client: Client, what: Counted['what'], workflowId: string): Promise<Counted> {
  const { events } = await client.workflow.getHandle(workflowId).fetchHistory();
  const of = (
    field:
      'activityTaskScheduledEventAttributes' | 'markerRecordedEventAttributes' | 'workflowTaskCompletedEventAttributes',
  ): number => (events ?? []).filter((event) => event[field] !== null && event[field] !== undefined).length;
  return {
    what,
    activities: of('activityTaskScheduledEventAttributes'),
    localActivities: of('markerRecordedEventAttributes'),
    workflowTasks: of('workflowTaskCompletedEventAttributes'),
  };
}
