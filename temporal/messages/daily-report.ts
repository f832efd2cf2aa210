import { defineSignal } from '@temporalio/workflow';
import type { HaltRequest } from './trade';

export const DAILY_REPORT_WORKFLOW = 'dailyReport';

/** Which day; the one before the run's unless told. */
export interface DailyReportInput {
  /** `YYYY-MM-DD`, in UTC. */
  readonly day?: string;
}

export interface DailyReportResult {
  readonly day: string;
  /** One line. */
  readonly summary: string;
}

/** It sends no order: a halt is recorded, and stops it only when everything stops. */
export const reportHaltSignal = defineSignal<[HaltRequest]>('halt');

/** `job:daily-report`; a schedule appends the time. */
export const DAILY_REPORT_ID = 'job:daily-report';

/** Whether a workflow id is one of a daily report. */
export function isDailyReport(workflowId: string): boolean {
  return workflowId.startsWith(DAILY_REPORT_ID);
}
