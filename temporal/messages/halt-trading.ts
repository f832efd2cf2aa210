import { defineQuery, defineSignal } from '@temporalio/workflow';
import type { HaltProgress } from '../../domain/halt/progress';
import type { HaltRequest } from './trade';

export const HALT_TRADING_WORKFLOW = 'haltTrading';

/**
 * Which halt to carry out. Without an epoch, as a person starts it in the Web UI, the first activity engages it: a
 * `reason` is then needed, all else has its default.
 */
export interface HaltTradingInput {
  readonly epoch?: number;
  /** `global` unless told; or `account:NAME`, `strategy:NAME`, `instrument:ID`. */
  readonly scope?: string;
  /** `reduce-only` unless told. */
  readonly mode?: string;
  readonly flatten?: boolean;
  readonly everything?: boolean;
  readonly reason?: string;
  /** Who asks; `web-ui` unless told. */
  readonly actor?: string;
}

export interface HaltTradingResult {
  readonly epoch: number;
  /** SHA-256 of the report; null when another workflow carries this halt out. */
  readonly reportHash: string | null;
  /** What the report shows that must not be; empty when the halt kept its promise. */
  readonly breaches: readonly string[];
}

/** A halt is told of other halts, and goes on. */
export const haltTradingHaltSignal = defineSignal<[HaltRequest]>('halt');
/** How far it has come; null before the first look. */
export const haltProgressQuery = defineQuery<HaltProgress | null>('progress');

/** `halt:{epoch}`. */
export function haltWorkflowId(epoch: number): string {
  return `halt:${epoch}`;
}

/** The epoch of a halt's workflow id; undefined when the id names none, as those that people start in the Web UI. */
export function haltEpochOf(workflowId: string): number | undefined {
  const [, epoch] = /^halt:(\d+)$/.exec(workflowId) ?? [];
  return epoch === undefined ? undefined : Number(epoch);
}
