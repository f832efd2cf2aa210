import { defineSignal } from '@temporalio/workflow';
import type { HaltRequest } from './trade';

export const PRUNE_HISTORY_WORKFLOW = 'pruneHistory';

/** What was made and deleted, by table. */
export interface PruneHistoryResult {
  readonly made: readonly string[];
  readonly deleted: Readonly<Record<string, number>>;
}

/** Goes on in spite of a halt, unless everything is to stop. */
export const pruneHaltSignal = defineSignal<[HaltRequest]>('halt');

/** Its schedule appends the time: `prune-2026-11-25T02:00:00Z`. */
export const PRUNE_HISTORY_ID = 'prune';

/** When the schedule was due, of a run's workflow id; undefined when the workflow is none of these. */
export function pruneTimeOf(workflowId: string): string | undefined {
  return /^prune-(\d{4}-\d{2}-\d{2}T[\d:.]+Z)$/.exec(workflowId)?.[1];
}
