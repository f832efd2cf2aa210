import { RECONCILE_DUE_SCHEDULE, RECONCILE_DUE_WORKFLOW } from '../messages/reconcile-account';
import { TRADE_QUEUE } from '../messages/task-queues';
import type { ScheduleDefinition } from './definition';

/**
 * Every schedule of an installation. To add one: an entry here, its workflow, and its lines in docs/operations.md. An
 * entry that is taken out is deleted at the next start, with a warning, unless it is paused.
 */
export const SCHEDULES: readonly ScheduleDefinition[] = [
  {
    id: RECONCILE_DUE_SCHEDULE,
    // A halt wants to know what is at the venue: comparisons go on, and send nothing.
    tag: 'operations',
    times: { intervals: [{ every: '5m' }] },
    timeZone: 'UTC',
    workflow: { type: RECONCILE_DUE_WORKFLOW, taskQueue: TRADE_QUEUE, timeout: '4m' },
    overlap: 'skip',
    catchupWindow: '10s',
    purpose: 'Compare accounts with their venues: every five minutes in market hours, and after each session.',
    failureMeans:
      'Nobody looks whether our books and the venues agree; compare by hand (tradewind reconcile run ACCOUNT).',
  },
];
