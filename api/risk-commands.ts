import { randomUUID } from 'node:crypto';
import { isGrpcServiceError } from '@temporalio/client';
import type { Client } from '@temporalio/client';
import type { RiskIntent } from '../domain/risk/intent';
import type { RiskVerdict } from '../domain/risk/verdict';
import { CHECK_INTENT_WORKFLOW, checkIntentWorkflowId } from '../temporal/messages/check-intent';
import { TRADE_QUEUE } from '../temporal/messages/task-queues';

/** Real time that a check gets; a check that takes longer is of no use to who asks. */
const CHECK_WITHIN_MS = 8_000;

export type CheckAnswer =
  { readonly kind: 'verdict'; readonly verdict: RiskVerdict } | { readonly kind: 'unreachable' };

/** What the API asks of the workers that know the markets. */
export interface RiskCommands {
  /** `unreachable`: Temporal or the workers did not answer in time. */
  check(intent: RiskIntent): Promise<CheckAnswer>;
}

/** The commands over a Temporal client. */
export function createRiskCommands(client: Client): RiskCommands {
  return {
    check: async (intent) => {
      try {
        const verdict = await client.withDeadline(Date.now() + CHECK_WITHIN_MS, () =>
          client.workflow.execute<(intent: RiskIntent) => Promise<RiskVerdict>>(CHECK_INTENT_WORKFLOW, {
            workflowId: checkIntentWorkflowId(randomUUID()),
            taskQueue: TRADE_QUEUE,
            args: [intent],
            workflowExecutionTimeout: CHECK_WITHIN_MS,
            staticSummary: `Risk check: ${intent.direction} ${intent.instrument} on account ${intent.account}`,
          }),
        );
        return { kind: 'verdict', verdict };
      } catch (error) {
        if (isGrpcServiceError(error) || isAway(error)) return { kind: 'unreachable' };
        throw error;
      }
    },
  };
}

/** The client wraps failures of the line; a check that nobody took ends by its own time-out. */
function isAway(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return (
    error.name === 'ServiceError' ||
    (error.name === 'WorkflowFailedError' && /TimeoutFailure/.test(String((error as { cause?: unknown }).cause)))
  );
}
