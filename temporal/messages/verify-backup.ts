import { defineSignal } from '@temporalio/workflow';
import type { HaltRequest } from './trade';

export const VERIFY_BACKUP_WORKFLOW = 'verifyBackup';

/** Which backup is read. */
export interface VerifyBackupInput {
  readonly id: string;
}

/** How each copy of it was found. */
export interface VerifyBackupResult {
  readonly copies: readonly {
    readonly place: 'local' | 's3';
    /** What is wrong with it; null when every checksum agrees. */
    readonly problem: string | null;
  }[];
}

/** Goes on in spite of a halt, unless everything is to stop. */
export const verifyHaltSignal = defineSignal<[HaltRequest]>('halt');

/** One verification of a backup runs at a time. */
export function verifyBackupWorkflowId(id: string): string {
  return `verify-backup:${id}`;
}

/** The backup that a workflow reads; undefined when the workflow is none of these. */
export function verifiedBackupOf(workflowId: string): string | undefined {
  return /^verify-backup:(\S+)$/.exec(workflowId)?.[1];
}
