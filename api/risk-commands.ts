import { randomUUID } from 'node:crypto';
import { isGrpcServiceError } from '@temporalio/client';
import type { Client } from '@temporalio/client';
import type { RiskIntent } from '../domain/risk/intent';
import type { AccountRisk } from '../domain/risk/measure';
import type { RiskVerdict } from '../domain/risk/verdict';
import { CHECK_INTENT_WORKFLOW, checkIntentWorkflowId } from '../temporal/messages/check-intent';
import { MEASURE_RISK_WORKFLOW, measureRiskWorkflowId } from '../temporal/messages/measure-risk';
import { TRADE_QUEUE } from '../temporal/messages/task-queues';

/** Real time that a check gets; a check that takes longer is of no use to who asks. */
const CHECK_WITHIN_MS = 8_000;

export type CheckAnswer =
  { readonly kind: 'verdict'; readonly verdict: RiskVerdict } | { readonly kind: 'unreachable' };
export type MeasureAnswer =
  { readonly kind: 'measured'; readonly risk: AccountRisk } | { readonly kind: 'unreachable' };

/** What the API asks of the workers that know the markets. */
export interface RiskCommands {
  /** `unreachable`: Temporal or the workers did not answer in time. */
  check(intent: RiskIntent): Promise<CheckAnswer>;
  /** The risk of what an account holds now; `unreachable` as above. */
  measure(account: string): Promise<MeasureAnswer>;
}

/** The commands over a Temporal client. */
export function createRiskCommands(client: Client): RiskCommands {
  /** Undefined when nobody answered in time. */
  const ask = async <Answer>(type: string, workflowId: string, staticSummary: string, args: unknown[]) => {
    try {
      return await client.withDeadline(Date.now() + CHECK_WITHIN_MS, () =>
        client.workflow.execute<(...args: unknown[]) => Promise<Answer>>(type, {
          workflowId,
          taskQueue: TRADE_QUEUE,
          args,
          workflowExecutionTimeout: CHECK_WITHIN_MS,
          staticSummary,
        }),
      );
    } catch (error) {
      if (isGrpcServiceError(error) || isAway(error)) return undefined;
      throw error;
    }
  };
  return {
    check: async (intent) => {
      const summary = `Risk check: ${intent.direction} ${intent.instrument} on account ${intent.account}`;
      const id = checkIntentWorkflowId(randomUUID());
      const verdict = await ask<RiskVerdict>(CHECK_INTENT_WORKFLOW, id, summary, [intent]);
      return verdict === undefined ? { kind: 'unreachable' } : { kind: 'verdict', verdict };
    },
    measure: async (account) => {
      const id = measureRiskWorkflowId(account, randomUUID());
      const risk = await ask<AccountRisk>(MEASURE_RISK_WORKFLOW, id, `Risk of account ${account}`, [account]);
      return risk === undefined ? { kind: 'unreachable' } : { kind: 'measured', risk };
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
