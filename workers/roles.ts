import { setMaxListeners } from 'node:events';
import { Worker } from '@temporalio/worker';
import type { NativeConnection, WorkerOptions } from '@temporalio/worker';
import {
  ANALYSIS_QUEUE,
  MARKET_QUEUE,
  MODEL_QUEUE,
  OPERATIONS_QUEUE,
  ordersQueue,
  safetyQueue,
  TRADE_QUEUE,
} from '../temporal/messages/task-queues';
import type { Wiring } from './wiring';

/** What a worker process may do; each role polls its own queues. */
export const ROLES = ['trade', 'analysis', 'orders', 'operations', 'market'] as const;
export type Role = (typeof ROLES)[number];

/** Time that running activities get to finish when the process is told to stop; longer than one exchange with a venue. */
const SHUTDOWN_GRACE = '10s';

/** A trade whose worker died is handed to another one this late; a live worker that is so far behind loses its cache. */
const STICKY_TIMEOUT = '3s';

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

/** The workers of one process: they run together and stop together. */
export class WorkerGroup {
  private readonly stopping = new AbortController();
  private readonly workers: Worker[] = [];
  /** The accounts whose orders these workers send. */
  readonly served: string[] = [];

  private constructor(private readonly ended: () => void) {}

  /** Makes the workers of some roles; each order account gets two, so that stops and cancels never queue behind entries. */
  static async create(roles: readonly Role[], wiring: Wiring, place: WorkerPlace): Promise<WorkerGroup> {
    const group = new WorkerGroup(() => wiring.closeBrokers());
    // Each account's watch listens, however many accounts there are.
    setMaxListeners(0, group.stopping.signal);
    const { workflows, ...where } = place;
    const common = { ...where, shutdownGraceTime: SHUTDOWN_GRACE };
    const add = async (options: Omit<WorkerOptions, keyof typeof common>): Promise<void> => {
      group.workers.push(await Worker.create({ ...common, ...options }));
    };
    if (roles.includes('trade')) {
      const activities = wiring.tradeActivities();
      const stickyQueueScheduleToStartTimeout = STICKY_TIMEOUT;
      await add({ ...workflows, taskQueue: TRADE_QUEUE, activities, stickyQueueScheduleToStartTimeout });
    }
    if (roles.includes('analysis')) {
      const activities = wiring.analysisActivities();
      await add({ taskQueue: ANALYSIS_QUEUE, activities, maxConcurrentActivityTaskExecutions: 10 });
      await add({ taskQueue: MODEL_QUEUE, activities, maxConcurrentActivityTaskExecutions: 20 });
    }
    if (roles.includes('operations')) {
      const activities = { ...wiring.haltActivities(), ...wiring.operationsActivities(), ...wiring.savingActivities() };
      const stickyQueueScheduleToStartTimeout = STICKY_TIMEOUT;
      await add({ ...workflows, taskQueue: OPERATIONS_QUEUE, activities, stickyQueueScheduleToStartTimeout });
    }
    if (roles.includes('market')) {
      const activities = wiring.marketActivities();
      await add({ taskQueue: MARKET_QUEUE, activities, maxConcurrentActivityTaskExecutions: 8 });
    }
    for (const account of roles.includes('orders') ? await wiring.openAccounts() : []) {
      const activities = wiring.orderActivities(account, group.stopping.signal);
      const rates = wiring.queueRates(account);
      const paced = (rate: number | undefined) => (rate === undefined ? {} : { maxTaskQueueActivitiesPerSecond: rate });
      const entries = { maxConcurrentActivityTaskExecutions: 10, ...paced(rates?.orders) };
      const safety = { maxConcurrentActivityTaskExecutions: 20, ...paced(rates?.safety) };
      await add({ taskQueue: ordersQueue(account), activities, ...entries });
      await add({ taskQueue: safetyQueue(account), activities, ...safety });
      group.served.push(account);
    }
    return group;
  }

  /** Runs until `stop` or until one worker fails; then all stop. @throws what the first one failed with. */
  async run(): Promise<void> {
    const runs = this.workers.map((worker) => worker.run());
    try {
      await Promise.race(runs);
    } finally {
      this.stop();
      await Promise.allSettled(runs);
      this.ended();
    }
  }

  /** Takes no more tasks; what runs may finish within the grace time, and watches end at once. */
  stop(): void {
    this.stopping.abort();
    for (const worker of this.workers) if (worker.getState() === 'RUNNING') worker.shutdown();
  }
}
