import { defineSignal } from '@temporalio/workflow';
import type { HaltRequest } from './trade';

export const DRILL_RESTORE_WORKFLOW = 'drillRestore';

/** How the newest backup proved. */
export interface DrillRestoreResult {
  readonly backup: string;
  readonly good: boolean;
  /** What was wrong with it, one sentence each. */
  readonly problems: readonly string[];
  readonly rows: number;
  readonly seconds: number;
}

/** Goes on in spite of a halt, unless everything is to stop. */
export const drillHaltSignal = defineSignal<[HaltRequest]>('halt');

/** Its schedule appends the time: `drill-2026-11-25T02:00:00Z`. */
export const DRILL_RESTORE_ID = 'drill';

/** When the schedule was due, of a run's workflow id; undefined when the workflow is none of these. */
export function drillTimeOf(workflowId: string): string | undefined {
  return /^drill-(\d{4}-\d{2}-\d{2}T[\d:.]+Z)$/.exec(workflowId)?.[1];
}
