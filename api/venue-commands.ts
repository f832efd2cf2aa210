import { randomUUID } from 'node:crypto';
import { isGrpcServiceError, WorkflowFailedError } from '@temporalio/client';
import type { Client } from '@temporalio/client';
import { orderEventSignal, tradeWorkflowId } from '../temporal/messages/trade';
import { TRADE_QUEUE } from '../temporal/messages/task-queues';
import {
  CHECK_BROKER_WORKFLOW,
  checkBrokerWorkflowId,
  FIND_CONTRACTS_WORKFLOW,
  findContractsWorkflowId,
  LOOK_UP_ORDER_WORKFLOW,
  lookUpOrderWorkflowId,
} from '../temporal/messages/venue-tasks';
import type {
  BrokerFinding,
  CheckBrokerInput,
  FindContractsInput,
  FindContractsResult,
  LookUpOrderInput,
  LookUpOrderResult,
} from '../temporal/messages/venue-tasks';
import { RPC_DEADLINE_MS } from '../temporal/connection';
import { requestReconciliation } from '../temporal/start-workflows';

/** Somebody waits for the answer, and gives up after half a minute. */
const ANSWER_WITHIN_MS = 26_000;

/** `unserved`: no process that sends orders answered for the account. `unreachable`: Temporal did not. */
export type VenueAnswer<T> =
  { readonly kind: 'answered'; readonly result: T } | { readonly kind: 'unserved' } | { readonly kind: 'unreachable' };

/** What the API asks of an account's order worker, which alone may talk to the venue. */
export interface VenueCommands {
  check(account: string): Promise<VenueAnswer<readonly BrokerFinding[]>>;
  findContracts(input: FindContractsInput): Promise<VenueAnswer<FindContractsResult>>;
  lookUp(input: LookUpOrderInput): Promise<VenueAnswer<LookUpOrderResult>>;
  /** Has the account compared with its venue; false when Temporal did not answer. */
  reconcile(account: string, by: string): Promise<boolean>;
  /** Tells a trade to look at its journal; it would do so by itself, later. */
  wake(tradeId: string): Promise<void>;
}

/** The commands over a Temporal client. */
export function createVenueCommands(client: Client): VenueCommands {
  return {
    check: (account) => {
      const workflowId = checkBrokerWorkflowId(account, randomUUID());
      const input: CheckBrokerInput = { account };
      return ask(client, CHECK_BROKER_WORKFLOW, workflowId, input, `Check of account ${account}`);
    },
    findContracts: (input) => {
      const workflowId = findContractsWorkflowId(input.account, randomUUID());
      return ask(client, FIND_CONTRACTS_WORKFLOW, workflowId, input, `Contracts for account ${input.account}`);
    },
    lookUp: (input) => {
      const workflowId = lookUpOrderWorkflowId(input.order.clientOrderId, randomUUID());
      return ask(client, LOOK_UP_ORDER_WORKFLOW, workflowId, input, `Look-up of an order of ${input.tradeId}`);
    },
    reconcile: async (account, by) => {
      try {
        await requestReconciliation(client, account, by);
        return true;
      } catch (error) {
        if (isAway(error)) return false;
        throw error;
      }
    },
    wake: async (tradeId) => {
      const handle = client.workflow.getHandle(tradeWorkflowId(tradeId));
      await client
        .withDeadline(Date.now() + RPC_DEADLINE_MS, () => handle.signal(orderEventSignal))
        .catch(() => undefined);
    },
  };
}

async function ask<T>(
  client: Client,
  workflow: string,
  workflowId: string,
  input: CheckBrokerInput | FindContractsInput | LookUpOrderInput,
  staticSummary: string,
): Promise<VenueAnswer<T>> {
  const workflowExecutionTimeout = ANSWER_WITHIN_MS;
  const options = { workflowId, taskQueue: TRADE_QUEUE, args: [input], workflowExecutionTimeout, staticSummary };
  try {
    const started = await client.withDeadline(Date.now() + RPC_DEADLINE_MS, () =>
      client.workflow.start(workflow, options),
    );
    const result: unknown = await client.withDeadline(Date.now() + ANSWER_WITHIN_MS, () => started.result());
    return { kind: 'answered', result: result as T };
  } catch (error) {
    if (error instanceof WorkflowFailedError) return { kind: 'unserved' };
    if (isAway(error)) return { kind: 'unreachable' };
    throw error;
  }
}

/** The client wraps failures of the line. */
function isAway(error: unknown): boolean {
  return isGrpcServiceError(error) || (error instanceof Error && error.name === 'ServiceError');
}
