import { defineSignal } from '@temporalio/workflow';
import type { CycleResult, CycleState } from '../../domain/cycle/cycle';
import type { HaltRequest } from './trade';

export const TRADING_CYCLE_WORKFLOW = 'tradingCycle';

/** Which cycle; its watch list, account and moment are in the configuration. */
export interface TradingCycleInput {
  readonly cycle: string;
}

/** How it ended. */
export interface TradingCycleResult {
  /** Trading day of the session, or the day that has none. */
  readonly date: string;
  readonly state: CycleState;
  readonly results: readonly CycleResult[];
}

/** A halt ends a cycle: it starts no trade. */
export const cycleHaltSignal = defineSignal<[HaltRequest]>('halt');

/** `cycle:{name}`; a schedule appends the time. */
export function tradingCycleWorkflowId(cycle: string): string {
  return `cycle:${cycle}`;
}

/** The cycle of a workflow id; undefined when the workflow is none. */
export function cycleOf(workflowId: string): string | undefined {
  return /^cycle:([a-z0-9-]+?)(-\d{4}-\d{2}-\d{2}T.*)?$/.exec(workflowId)?.[1];
}
