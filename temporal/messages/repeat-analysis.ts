import { defineSignal } from '@temporalio/workflow';
import type { HaltRequest } from './trade';

export const REPEAT_ANALYSIS_WORKFLOW = 'repeatAnalysis';

/** Everything else of a repeat is in Postgres. */
export interface RepeatAnalysisInput {
  /** `{tradeId}/repeat/{key}` */
  readonly repeatId: string;
  readonly times: number;
}

export interface RepeatAnalysisResult {
  readonly state: 'completed' | 'stopped';
  /** Repetitions that came to a conclusion, abstentions included. */
  readonly answered: number;
}

/** One repetition, from 1 on. */
export interface AnalyseAgain {
  readonly repeatId: string;
  readonly n: number;
}

export interface AnalysedAgain {
  readonly n: number;
  readonly kind: 'directional' | 'neutral' | 'abstained';
  readonly code: string | null;
}

/** A halt stops a repeat: nothing waits for it, and it spends money. */
export const repeatHaltSignal = defineSignal<[HaltRequest]>('halt');

/** `analysis:{repeatId}`. */
export function repeatAnalysisWorkflowId(repeatId: string): string {
  return `analysis:${repeatId}`;
}

/** The repeat of a workflow id; undefined when the workflow is no repeat. */
export function repeatIdOf(workflowId: string): string | undefined {
  return workflowId.startsWith('analysis:') ? workflowId.slice('analysis:'.length) : undefined;
}
