import { isGrpcServiceError, WorkflowFailedError, WorkflowNotFoundError } from '@temporalio/client';
import type { Client } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { RPC_DEADLINE_MS } from '../temporal/connection';
import { ingestProgressQuery } from '../temporal/messages/ingest-candles';
import type { IngestCandlesInput, IngestCandlesResult, IngestProgress } from '../temporal/messages/ingest-candles';
import { startIngest } from '../temporal/start-workflows';

/** How an ingestion stands; `progress` is null while no worker answers. */
export type IngestState =
  | { readonly kind: 'running'; readonly progress: IngestProgress | null }
  | { readonly kind: 'ended'; readonly result: IngestCandlesResult }
  | { readonly kind: 'failed'; readonly code: string; readonly message: string };

/** What the API asks of ingestions. */
export interface IngestCommands {
  /** The workflow's id; undefined when Temporal does not answer. */
  start(input: IngestCandlesInput): Promise<string | undefined>;
  /** The last run of an id; undefined when there never was one. */
  show(workflowId: string): Promise<IngestState | 'unreachable' | undefined>;
}

/** The commands over a Temporal client. */
export function createIngestCommands(client: Client): IngestCommands {
  const soon = <T>(work: () => Promise<T>): Promise<T> => client.withDeadline(Date.now() + RPC_DEADLINE_MS, work);
  return {
    start: async (input) => {
      const id = await orUnreachable(() => startIngest(client, input).then((workflowId) => ({ workflowId })));
      return id === 'unreachable' ? undefined : id.workflowId;
    },
    show: (workflowId) =>
      orUnreachable(async () => {
        const handle = client.workflow.getHandle(workflowId);
        try {
          const { status } = await soon(() => handle.describe());
          if (status.name !== 'RUNNING') return ended(await soon(() => handle.result()));
          const progress = await soon(() => handle.query(ingestProgressQuery)).catch(() => null);
          return { kind: 'running', progress };
        } catch (error) {
          if (error instanceof WorkflowNotFoundError) return undefined;
          if (!(error instanceof WorkflowFailedError)) throw error;
          return failed(error);
        }
      }),
  };
}

function ended(result: unknown): IngestState {
  return { kind: 'ended', result: result as IngestCandlesResult };
}

function failed({ cause, message }: WorkflowFailedError): IngestState {
  const code = cause instanceof ApplicationFailure ? (cause.type ?? 'failed') : 'failed';
  return { kind: 'failed', code, message: cause?.message ?? message };
}

/** What some work answers, or that Temporal did not. */
export async function orUnreachable<T>(work: () => Promise<T>): Promise<T | 'unreachable'> {
  try {
    return await work();
  } catch (error) {
    const cause = error instanceof Error && error.name === 'ServiceError' ? error.cause : error;
    if (isGrpcServiceError(cause)) return 'unreachable';
    throw error;
  }
}
