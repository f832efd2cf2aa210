import { defineSignal } from '@temporalio/workflow';
import type { HaltRequest } from './trade';

export const BACK_UP_DATABASE_WORKFLOW = 'backupDatabase';

/** What was saved. */
export interface BackupDatabaseResult {
  readonly id: string;
  readonly rows: number;
  readonly bytes: number;
  readonly seconds: number;
  /** Ids of backups that were too old to keep. */
  readonly deleted: readonly string[];
  /** What was done at the object storage; null where there is none. */
  readonly storage: {
    readonly uploaded: readonly string[];
    readonly deleted: readonly string[];
    /** Why it is not up to date; null when it is. */
    readonly problem: string | null;
  } | null;
}

/** Goes on in spite of a halt, unless everything is to stop. */
export const backupHaltSignal = defineSignal<[HaltRequest]>('halt');

/** Its schedule appends the time: `backup-2026-11-25T02:00:00Z`. */
export const BACK_UP_DATABASE_ID = 'backup';

/** Of a run by hand: one at a time. */
export const RUN_BACKUP_ID = 'backup-by-hand';

/** When the schedule was due, of a run's workflow id; undefined when the workflow is none of these. */
export function backupTimeOf(workflowId: string): string | undefined {
  return /^backup-(\d{4}-\d{2}-\d{2}T[\d:.]+Z)$/.exec(workflowId)?.[1];
}
