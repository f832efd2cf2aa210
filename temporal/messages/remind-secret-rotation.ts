import { defineSignal } from '@temporalio/workflow';
import type { HaltRequest } from './trade';

export const REMIND_SECRET_ROTATION_WORKFLOW = 'remindSecretRotation';

export interface RemindSecretRotationResult {
  /** How many secrets were looked at. */
  readonly secrets: number;
  /** Names of those whose owner is reminded. */
  readonly reminded: readonly string[];
}

/** It sends no order: a halt is recorded, and stops it only when everything stops. */
export const remindHaltSignal = defineSignal<[HaltRequest]>('halt');

/** `job:remind-secret-rotation`; a schedule appends the time. */
export const REMIND_SECRET_ROTATION_ID = 'job:remind-secret-rotation';

/** Whether a workflow id is one of a reminder. */
export function isReminder(workflowId: string): boolean {
  return workflowId.startsWith(REMIND_SECRET_ROTATION_ID);
}
