import { patched, proxyActivities, proxyLocalActivities } from '@temporalio/workflow';
import type { ActivityOptions } from '@temporalio/workflow';
import type { AnalysisActivities } from '../activities/analysis/activities';
import type { ExecutionActivities } from '../activities/execution/activities';
import type { LedgerActivities } from '../activities/ledger/activities';
import type { RiskActivities } from '../activities/risk/activities';
import { ANALYSIS_QUEUE, MODEL_QUEUE, ordersQueue, safetyQueue } from '../temporal/messages/task-queues';

/** Short, idempotent work on Postgres; tried again for as long as the database is away. */
const LOCAL = {
  startToCloseTimeout: '5s',
  retry: { initialInterval: '200ms', backoffCoefficient: 2, maximumInterval: '5s' },
} as const;

/** Runs that met two local calls side by side before this version must go on to have them so. */
const ONE_LOCAL_CALL = 'one-local-call-at-a-time';

let underWay = 0;
let last: Promise<unknown> = Promise.resolve();

/**
 * Runs local calls one after another. Two at once may be answered in either order, each by a step of its own, and what their
 * answers lead to is written down in that order; a replay hands both answers over in one step, in the order of the calls. A
 * trade that meets a request while it reads its journal would then not be replayed to the same commands, and stand still.
 */
function inTurn<T>(call: () => Promise<T>): Promise<T> {
  const waits = underWay > 0 && patched(ONE_LOCAL_CALL);
  underWay += 1;
  const running = waits ? last.then(call) : call();
  const settled = (): void => {
    underWay -= 1;
  };
  last = running.then(settled, settled);
  return running;
}

/** Local activities whose calls all wait for each other. */
function oneAtATime<T extends object>(activities: T): T {
  return new Proxy(activities, {
    get: (target, name, receiver) => {
      const call = Reflect.get(target, name, receiver) as (...args: unknown[]) => Promise<unknown>;
      return (...args: unknown[]) => inTurn(() => call(...args));
    },
  });
}

export const ledger = oneAtATime(proxyLocalActivities<LedgerActivities>(LOCAL));
export const risk = oneAtATime(proxyLocalActivities<RiskActivities>(LOCAL));

export const analysis = proxyActivities<AnalysisActivities>({
  taskQueue: ANALYSIS_QUEUE,
  startToCloseTimeout: '90s',
  scheduleToCloseTimeout: '10m',
  heartbeatTimeout: '10s',
  retry: { maximumAttempts: 6, initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '60s' },
  summary: 'Ask the strategy for its view',
});

/**
 * Analyses that ask a language model. Two calls of a minute each fit into one try, and all tries into the whole. A worker
 * that died is found within seconds, and so is a cancellation, which nobody waits for.
 */
export const models = proxyActivities<AnalysisActivities>({
  taskQueue: MODEL_QUEUE,
  startToCloseTimeout: '150s',
  scheduleToCloseTimeout: '15m',
  heartbeatTimeout: '6s',
  retry: { maximumAttempts: 5, initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '60s' },
  cancellationType: 'TRY_CANCEL',
  summary: 'Ask the language model for its view',
});

/**
 * One attempt and its answer. Longer than the fence and our deadline over the exchange together; the retries meet the
 * journal row of the first try and never send twice. A worker that dies in the middle, perhaps between a fill and its
 * stop, is found by its silence.
 */
const ORDER: ActivityOptions = {
  startToCloseTimeout: '20s',
  heartbeatTimeout: '3s',
  retry: { initialInterval: '250ms', backoffCoefficient: 2, maximumInterval: '10s' },
  cancellationType: 'WAIT_CANCELLATION_COMPLETED',
};

/** Submits that may increase exposure; Temporal's own wait in the queue is bounded, since a late entry is worthless. */
export function orders(account: string): ReturnType<typeof proxyActivities<ExecutionActivities>> {
  return proxyActivities<ExecutionActivities>({ ...ORDER, taskQueue: ordersQueue(account) });
}

/** Stops, exits, cancels and look-ups: their own slots. */
export function safety(account: string): ReturnType<typeof proxyActivities<ExecutionActivities>> {
  return proxyActivities<ExecutionActivities>({ ...ORDER, taskQueue: safetyQueue(account) });
}
