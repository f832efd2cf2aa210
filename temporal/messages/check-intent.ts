import { defineSignal } from '@temporalio/workflow';
import type { HaltRequest } from './trade';

export const CHECK_INTENT_WORKFLOW = 'checkIntent';

/** A check starts nothing that a halt could stop; it records that it was told, and answers. */
export const checkIntentHaltSignal = defineSignal<[HaltRequest]>('halt');

/** `risk-check:{id}`, the id being the caller's own. */
export function checkIntentWorkflowId(id: string): string {
  return `risk-check:${id}`;
}

/** The id of a check from its workflow id; undefined when the workflow is no check. */
export function checkedIntentOf(workflowId: string): string | undefined {
  return workflowId.startsWith('risk-check:') ? workflowId.slice('risk-check:'.length) : undefined;
}
