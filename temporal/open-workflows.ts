import type { Client } from '@temporalio/client';
import { RPC_DEADLINE_MS } from './connection';
import { haltSignal } from './messages/trade';
import type { HaltRequest } from './messages/trade';

/** A workflow that Temporal's visibility lists as running; the list is late by up to some seconds. */
export interface OpenWorkflow {
  readonly workflowId: string;
  readonly type: string;
}

/** Every running workflow of the namespace. */
export async function listOpenWorkflows(client: Client): Promise<readonly OpenWorkflow[]> {
  const open: OpenWorkflow[] = [];
  for await (const { workflowId, type } of client.workflow.list({
    query: `ExecutionStatus = 'Running'`,
    pageSize: 1_000,
  })) {
    open.push({ workflowId, type });
  }
  return open;
}

/** Tells a workflow of any type of a halt: each has a signal of this name. @throws WorkflowNotFoundError when it has ended meanwhile */
export async function tellOfHalt(client: Client, workflowId: string, request: HaltRequest): Promise<void> {
  const handle = client.workflow.getHandle(workflowId);
  await client.withDeadline(Date.now() + RPC_DEADLINE_MS, () => handle.signal(haltSignal, request));
}
