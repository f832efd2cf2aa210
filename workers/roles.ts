import { Worker } from '@temporalio/worker';
import type { NativeConnection, WorkerOptions } from '@temporalio/worker';
import { ANALYSIS_QUEUE, ordersQueue, safetyQueue, TRADE_QUEUE } from '../temporal/messages/task-queues';
import type { Wiring } from './wiring';

/** What a worker process may do; each role polls its own queues. */
export const ROLES = ['trade', 'analysis', 'orders'] as const;
export type Role = (typeof ROLES)[number];

/** Time that running activities get to finish when the process is told to stop; longer than one exchange with a venue. */
const SHUTDOWN_GRACE = '10s';

/** Reads `a,b` as roles. @throws Error naming what is no role. */
export function parseRoles(text: string): readonly Role[] {
  const names = text.split(',').filter((name) => name !== '');
  const stranger = names.find((name) => !ROLES.some((role) => role === name));
  if (names.length === 0 || stranger !== undefined) {
    throw new Error(
      `roles: ${stranger === undefined ? 'none given' : `no role ${stranger}`}; there are ${ROLES.join(', ')}`,
    );
  }
  return ROLES.filter((role) => names.includes(role));
}

/** Where workers connect, and the code that their workflows run from. */
export interface WorkerPlace {
  readonly connection: NativeConnection;
  readonly namespace: string;
  readonly workflows: Pick<WorkerOptions, 'workflowBundle' | 'workflowsPath' | 'sinks'>;
}

/** Makes the workers of some roles; each order account gets two, so that stops and cancels never queue behind entries. */
export async function createWorkers(
  roles: readonly Role[],
  wiring: Wiring,
  place: WorkerPlace,
): Promise<readonly Worker[]> {
  const { connection, namespace, workflows } = place;
  const common = { connection, namespace, shutdownGraceTime: SHUTDOWN_GRACE };
  const workers: Worker[] = [];
  if (roles.includes('trade')) {
    workers.push(
      await Worker.create({ ...common, ...workflows, taskQueue: TRADE_QUEUE, activities: wiring.tradeActivities() }),
    );
  }
  if (roles.includes('analysis')) {
    workers.push(
      await Worker.create({
        ...common,
        taskQueue: ANALYSIS_QUEUE,
        activities: wiring.analysisActivities(),
        maxConcurrentActivityTaskExecutions: 10,
      }),
    );
  }
  if (roles.includes('orders')) {
    for (const account of wiring.accounts) {
      const activities = wiring.orderActivities(account);
      const queue = { ...common, activities };
      workers.push(
        await Worker.create({ ...queue, taskQueue: ordersQueue(account), maxConcurrentActivityTaskExecutions: 10 }),
      );
      workers.push(
        await Worker.create({ ...queue, taskQueue: safetyQueue(account), maxConcurrentActivityTaskExecutions: 20 }),
      );
    }
  }
  return workers;
}

/** Runs workers until told to stop or until one fails, then stops them all. @throws what the first one failed with. */
export async function runWorkers(workers: readonly Worker[]): Promise<void> {
  const runs = workers.map((worker) => worker.run());
  try {
    await Promise.race(runs);
  } finally {
    for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
    await Promise.allSettled(runs);
  }
}
