import { defineSignal } from '@temporalio/workflow';
import type { HaltRequest } from './trade';

export const WATCH_ACCOUNT_WORKFLOW = 'watchAccount';

export interface WatchAccountInput {
  readonly account: string;
}

/** A watcher goes on through a halt: what it sees is what guards the open positions. It records that it was told. */
export const watcherHaltSignal = defineSignal<[HaltRequest]>('halt');

/** `watch:{account}`. */
export function watchAccountWorkflowId(account: string): string {
  return `watch:${account}`;
}

/** The account of a watcher's workflow id; undefined when the workflow is no watcher. */
export function watchedAccountOf(workflowId: string): string | undefined {
  return workflowId.startsWith('watch:') ? workflowId.slice('watch:'.length) : undefined;
}
