import { DAILY_REPORT_ID, DAILY_REPORT_WORKFLOW } from '../messages/daily-report';
import { INGEST_CANDLES_WORKFLOW, ingestWorkflowId } from '../messages/ingest-candles';
import { REMIND_SECRET_ROTATION_ID, REMIND_SECRET_ROTATION_WORKFLOW } from '../messages/remind-secret-rotation';
import { OPERATIONS_QUEUE } from '../messages/task-queues';
import type { ScheduleDefinition } from './definition';

/**
 * Every schedule of an installation. To add one: an entry here, its workflow, and its lines in docs/operations.md. An
 * entry that is taken out is deleted at the next start, with a warning, unless it is paused.
 */
export const SCHEDULES: readonly ScheduleDefinition[] = [
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
    id: 'ingest-candles',
    tag: 'operations',
    times: { cronExpressions: ['*/5 * * * *'] },
    timeZone: 'UTC',
    workflow: {
      type: INGEST_CANDLES_WORKFLOW,
      taskQueue: OPERATIONS_QUEUE,
      input: {},
      idPrefix: ingestWorkflowId({}),
      timeout: '6h',
    },
    overlap: 'skip',
    catchupWindow: '5m',
    purpose: 'Brings every followed series of candles up to date, mends its gaps, and judges its age.',
    failureMeans: 'Candles grow old; a series that lacks its newest one has an alert of its own, data-stale.',
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
