import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import type { DecimalString } from '../../domain/money/decimal';
import type { TradeOutcome, TradePhase } from '../../domain/trade/phase';

export const TRADE_WORKFLOW = 'trade';

/** What continues as new: identity, and what is neither in the journal nor worth asking again. */
export interface TradeInput {
  readonly version: 1;
  readonly tradeId: string;
  readonly account: string;
  /** Where the trade stood when this run was started: what is possible until the run has read the journal. */
  readonly phase?: TradePhase;
  /** What earlier runs of a trade that continued as new tell of its way. */
  readonly timeline?: readonly TimelineEntry[];
  /** Ids of updates that an earlier run has answered, so that a repeat gets the same answer. */
  readonly answeredUpdates?: readonly string[];
  /** Real time, in milliseconds, before which an order in doubt need not be looked up again; by client order id. */
  readonly resolveAfter?: Readonly<Record<string, number>>;
}

export interface TradeResult {
  readonly tradeId: string;
  readonly outcome: TradeOutcome;
  readonly code: string | null;
}

/** A phase and the market time at which the trade was first seen in it. */
export interface TimelineEntry {
  readonly phase: TradePhase;
  readonly at: string;
}

/** What a trade says of itself while it runs. */
export interface TradeState {
  readonly phase: TradePhase;
  readonly halted: boolean;
  readonly attention: string | null;
  readonly position: DecimalString;
}

/** An upper bound that the approver names; what was approved may only shrink. */
export interface ApproveRequest {
  readonly by: string;
  readonly maxQuantity?: DecimalString;
  readonly maxNotional?: DecimalString;
}

export interface ActionRequest {
  readonly by: string;
}

/** What every workflow type is told of a halt. */
export interface HaltRequest {
  readonly epoch: number;
  readonly reason: string;
  /** True: positions of the scope are to be closed. */
  readonly flatten?: boolean;
  /** True: ingestion, backups and research stop too. */
  readonly everything?: boolean;
}

/** Updates answer with the state that they led to; in a phase that does not allow them they are refused. */
export const approveUpdate = defineUpdate<TradeState, [ApproveRequest]>('approve');
export const rejectUpdate = defineUpdate<TradeState, [ActionRequest]>('reject');
export const exitUpdate = defineUpdate<TradeState, [ActionRequest]>('exit');
export const cancelUpdate = defineUpdate<TradeState, [ActionRequest]>('cancel');
/** Failure type of a refused update. */
export const ACTION_NOT_POSSIBLE = 'ActionNotPossible';

export const haltSignal = defineSignal<[HaltRequest]>('halt');
/** Something about the trade's orders, fills or triggers changed in Postgres: look there. */
export const orderEventSignal = defineSignal('orderEvent');

export const stateQuery = defineQuery<TradeState>('state');
export const timelineQuery = defineQuery<readonly TimelineEntry[]>('timeline');

/** `trade:{account}:{key}`. */
export function tradeWorkflowId(tradeId: string): string {
  return `trade:${tradeId}`;
}

/** The trade of a workflow id; undefined when the workflow is no trade. */
export function tradeIdOf(workflowId: string): string | undefined {
  return workflowId.startsWith('trade:') ? workflowId.slice('trade:'.length) : undefined;
}
