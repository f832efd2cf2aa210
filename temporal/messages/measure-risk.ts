import { defineSignal } from '@temporalio/workflow';
import type { HaltRequest } from './trade';

export const MEASURE_RISK_WORKFLOW = 'measureRisk';

/** A measurement starts nothing that a halt could stop; it records that it was told, and answers. */
export const measureRiskHaltSignal = defineSignal<[HaltRequest]>('halt');

/** `risk-measure:{account}:{id}`, the id being the caller's own. */
export function measureRiskWorkflowId(account: string, id: string): string {
  return `risk-measure:${account}:${id}`;
}

/** The account that is measured, from the workflow id; undefined when the workflow is no measurement. */
export function measuredAccountOf(workflowId: string): string | undefined {
  return /^risk-measure:([^:]+):/.exec(workflowId)?.[1];
}
