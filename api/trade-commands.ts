import {
  isGrpcServiceError,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
} from '@temporalio/client';
import type { Client, WorkflowHandle } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { assertNever } from '../domain/assert-never';
import type { TradeAction } from '../domain/trade/phase';
import { RPC_DEADLINE_MS } from '../temporal/connection';
import {
  ACTION_NOT_POSSIBLE,
  approveUpdate,
  cancelUpdate,
  exitUpdate,
  rejectUpdate,
  tradeWorkflowId,
} from '../temporal/messages/trade';
import type { ApproveRequest, TradeState } from '../temporal/messages/trade';
import { startHaltWorkflow, startTrade } from '../temporal/start-workflows';
import type { StartableHalt, StartableTrade } from '../temporal/start-workflows';

export type StartAnswer = { readonly kind: 'started'; readonly runId: string } | { readonly kind: 'unreachable' };

/**
 * `refused`: the trade does not allow it where it stands. `not-running`: there is no run that could answer.
 * `unreachable`: Temporal or the trade's workers did not answer in time; the request may still be carried out, and a
 * repeat with the same id gets the answer of the first.
 */
export type ActionAnswer =
  | { readonly kind: 'done'; readonly state: TradeState }
  | { readonly kind: 'refused' }
  | { readonly kind: 'not-running' }
  | { readonly kind: 'unreachable' };

/** What the API asks of trades' workflows. */
export interface TradeCommands {
  /** Starts the workflow of an accepted trade, or meets the one that runs; waits three seconds at most. */
  start(trade: StartableTrade): Promise<StartAnswer>;
  /** Starts the workflow that carries a halt out, or meets the one that runs; waits three seconds at most. */
  startHalt(halt: StartableHalt): Promise<StartAnswer>;
  /** @param requestId the same for every repeat of one request */
  act(tradeId: string, action: TradeAction, request: ApproveRequest, requestId: string): Promise<ActionAnswer>;
  isReachable(): Promise<boolean>;
}

/** The commands over a Temporal client. */
export function createTradeCommands(client: Client): TradeCommands {
  return {
    start: (trade) => started(() => startTrade(client, trade)),
    startHalt: (halt) =>
      started(async () => {
        await startHaltWorkflow(client, halt);
        return halt.workflowId;
      }),
    act: (tradeId, action, request, requestId) => act(client, tradeId, action, request, requestId),
    isReachable: () => isReachable(client),
  };
}

async function started(start: () => Promise<string>): Promise<StartAnswer> {
  try {
    return { kind: 'started', runId: await start() };
  } catch (error) {
    if (isGrpcServiceError(error) || isServiceFailure(error)) return { kind: 'unreachable' };
    throw error;
  }
}

async function act(
  client: Client,
  tradeId: string,
  action: TradeAction,
  request: ApproveRequest,
  requestId: string,
): Promise<ActionAnswer> {
  const handle = client.workflow.getHandle(tradeWorkflowId(tradeId));
  try {
    const state = await client.withDeadline(Date.now() + RPC_DEADLINE_MS, () =>
      update(handle, action, request, requestId),
    );
    return { kind: 'done', state };
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return { kind: 'not-running' };
    if (error instanceof WorkflowUpdateRPCTimeoutOrCancelledError) return { kind: 'unreachable' };
    if (error instanceof WorkflowUpdateFailedError && isNotPossible(error.cause)) return { kind: 'refused' };
    if (isGrpcServiceError(error) || isServiceFailure(error)) return { kind: 'unreachable' };
    throw error;
  }
}

function update(
  handle: WorkflowHandle,
  action: TradeAction,
  request: ApproveRequest,
  updateId: string,
): Promise<TradeState> {
  switch (action) {
    case 'approve':
      return handle.executeUpdate(approveUpdate, { args: [request], updateId });
    case 'reject':
      return handle.executeUpdate(rejectUpdate, { args: [{ by: request.by }], updateId });
    case 'exit':
      return handle.executeUpdate(exitUpdate, { args: [{ by: request.by }], updateId });
    case 'cancel':
      return handle.executeUpdate(cancelUpdate, { args: [{ by: request.by }], updateId });
    default:
      return assertNever(action);
  }
}

function isNotPossible(cause: unknown): boolean {
  return cause instanceof ApplicationFailure && cause.type === ACTION_NOT_POSSIBLE;
}

/** The client wraps some failures of the line; what it wraps is in the cause. */
function isServiceFailure(error: unknown): boolean {
  return error instanceof Error && error.name === 'ServiceError' && isGrpcServiceError(error.cause);
}

async function isReachable(client: Client): Promise<boolean> {
  try {
    await client.withDeadline(Date.now() + RPC_DEADLINE_MS, () => client.workflowService.getSystemInfo({}));
    return true;
  } catch {
    return false;
  }
}
