import { defineSignal } from '@temporalio/workflow';

export const WAITER_QUEUE = 'bare-waiters';
export const stopSignal = defineSignal('stop');

export interface WaiterActivities {
  writeRow(key: string): Promise<void>;
}
