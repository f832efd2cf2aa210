import { RECONCILE_DUE_SCHEDULE, RECONCILE_DUE_WORKFLOW } from '../messages/reconcile-account';
import { BACK_UP_DATABASE_ID, BACK_UP_DATABASE_WORKFLOW } from '../messages/back-up-database';
import { DRILL_RESTORE_ID, DRILL_RESTORE_WORKFLOW } from '../messages/drill-restore';
import { PRUNE_HISTORY_ID, PRUNE_HISTORY_WORKFLOW } from '../messages/prune-history';
import { DAILY_REPORT_ID, DAILY_REPORT_WORKFLOW } from '../messages/daily-report';
import { INGEST_CANDLES_WORKFLOW, ingestWorkflowId } from '../messages/ingest-candles';
import { INGEST_NEWS_WORKFLOW, newsWorkflowId } from '../messages/ingest-news';
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
    id: 'backup',
    tag: 'operations',
    times: { cronExpressions: ['0 2 * * *'] },
    timeZone: 'UTC',
    workflow: {
      type: BACK_UP_DATABASE_WORKFLOW,
      taskQueue: OPERATIONS_QUEUE,
      idPrefix: BACK_UP_DATABASE_ID,
      timeout: '6h',
    },
    overlap: 'skip',
    catchupWindow: '12h',
    // Whatever keeps it from being taken wants a person: it says so once, and not each night.
    pauseOnFailure: true,
    purpose: 'Saves the database to the backup folder and deletes backups that are too old to keep.',
    failureMeans: 'There is no new backup: whatever happens since the last one would be lost with the database.',
  },
  {
    id: 'restore-drill',
    tag: 'operations',
    times: { cronExpressions: ['0 4 * * 0'] },
    timeZone: 'UTC',
    workflow: { type: DRILL_RESTORE_WORKFLOW, taskQueue: OPERATIONS_QUEUE, idPrefix: DRILL_RESTORE_ID, timeout: '6h' },
    overlap: 'skip',
    catchupWindow: '3d',
    purpose: 'Restores the newest backup into a scratch database and compares every table with its manifest.',
    failureMeans: 'The newest backup may be worthless: nobody has seen it work.',
  },
  {
    id: 'prune-history',
    tag: 'operations',
    times: { cronExpressions: ['30 3 * * *'] },
    timeZone: 'UTC',
    workflow: { type: PRUNE_HISTORY_WORKFLOW, taskQueue: OPERATIONS_QUEUE, idPrefix: PRUNE_HISTORY_ID, timeout: '2h' },
    overlap: 'skip',
    catchupWindow: '1d',
    purpose: 'Makes the next partitions of the audit log and deletes what the policy does not keep.',
    failureMeans: 'The database grows; the audit log goes on in its default partition.',
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
    id: 'ingest-news',
    tag: 'operations',
    times: { cronExpressions: ['*/5 * * * *'] },
    timeZone: 'UTC',
    workflow: {
      type: INGEST_NEWS_WORKFLOW,
      taskQueue: OPERATIONS_QUEUE,
      input: {},
      idPrefix: newsWorkflowId({}),
      timeout: '30m',
    },
    overlap: 'skip',
    catchupWindow: '5m',
    purpose: 'Asks the news sources that are due, stores what is new, and judges which are silent.',
    failureMeans: 'News grow old; a source that has not answered for too long has an alert of its own, news-stale.',
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
