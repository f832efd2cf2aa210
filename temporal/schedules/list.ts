import { RECONCILE_DUE_SCHEDULE, RECONCILE_DUE_WORKFLOW } from '../messages/reconcile-account';
import { DAILY_REPORT_ID, DAILY_REPORT_WORKFLOW } from '../messages/daily-report';
import { REMIND_SECRET_ROTATION_ID, REMIND_SECRET_ROTATION_WORKFLOW } from '../messages/remind-secret-rotation';
import { OPERATIONS_QUEUE, TRADE_QUEUE } from '../messages/task-queues';
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
  {
    id: 'daily-report',
    tag: 'operations',
    times: { cronExpressions: ['10 0 * * *'] },
    timeZone: 'UTC',
    workflow: { type: DAILY_REPORT_WORKFLOW, taskQueue: OPERATIONS_QUEUE, idPrefix: DAILY_REPORT_ID, timeout: '2h' },
    overlap: 'skip',
    catchupWindow: '3d',
    purpose: 'Makes the page of the day before, stores it, and sends it where reports go.',
    failureMeans: 'The page is missing, or was made and did not arrive: the command line shows it all the same.',
  },
  {
    id: 'remind-secret-rotation',
    tag: 'operations',
    times: { cronExpressions: ['0 7 * * *'] },
    timeZone: 'UTC',
    workflow: {
      type: REMIND_SECRET_ROTATION_WORKFLOW,
      taskQueue: OPERATIONS_QUEUE,
      idPrefix: REMIND_SECRET_ROTATION_ID,
      timeout: '2h',
    },
    overlap: 'skip',
    catchupWindow: '1d',
    purpose: 'Reminds the owners of secrets that are to be changed.',
    failureMeans: 'A secret may grow too old without a word; the next run reminds of it.',
  },
];
