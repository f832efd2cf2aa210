import { defineSignal } from '@temporalio/workflow';
import type { ReconciliationReason } from '../../domain/reconciliation/due';
import type { HaltRequest } from './trade';

export const RECONCILE_ACCOUNT_WORKFLOW = 'reconcileAccount';
/** Run by a schedule every five minutes: compares the accounts whose turn it is. */
export const RECONCILE_DUE_WORKFLOW = 'reconcileDue';
export const RECONCILE_DUE_SCHEDULE = 'reconcile-accounts';

export interface ReconcileAccountInput {
  readonly account: string;
  readonly why: ReconciliationReason;
  /** Who asked: a person, or `schedule`. */
  readonly by: string;
}

export interface ReconcileAccountResult {
  readonly reconciliation: number;
  readonly state: 'agreed' | 'differs' | 'failed';
  readonly opened: number;
  readonly gone: number;
}

/** An account whose turn it is. */
export interface DueAccount {
  readonly account: string;
  readonly why: Exclude<ReconciliationReason, 'request'>;
}

export interface ReconcileDueResult {
  /** Accounts whose comparison was started. */
  readonly started: readonly string[];
  /** Accounts whose comparison was still under way. */
  readonly busy: readonly string[];
}

/** Compare once more: what is asked for while a comparison runs is not answered by it alone. */
export const reconcileRequestedSignal = defineSignal('requested');
/** A comparison changes nothing at a venue, and goes on through a halt. It records that it was told. */
export const reconcileHaltSignal = defineSignal<[HaltRequest]>('halt');

/** `reconcile:{account}`: two of one account never overlap. */
export function reconcileAccountWorkflowId(account: string): string {
  return `reconcile:${account}`;
}

/** The account of a comparison's workflow id; undefined when the workflow is none. */
export function reconciledAccountOf(workflowId: string): string | undefined {
  return workflowId.startsWith('reconcile:') ? workflowId.slice('reconcile:'.length) : undefined;
}
