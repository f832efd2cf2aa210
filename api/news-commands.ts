import { WorkflowFailedError, WorkflowNotFoundError } from '@temporalio/client';
import type { Client } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { RPC_DEADLINE_MS } from '../temporal/connection';
import type { IngestNewsInput, IngestNewsResult } from '../temporal/messages/ingest-news';
import { startNews } from '../temporal/start-workflows';
import { orUnreachable } from './ingest-commands';

/** How a run stands that asks news sources. */
export type NewsFetchState =
  | { readonly kind: 'running' }
  | { readonly kind: 'ended'; readonly result: IngestNewsResult }
  | { readonly kind: 'stopped'; readonly message: string }
  | { readonly kind: 'failed'; readonly code: string; readonly message: string };

/** What the API asks of the news. */
export interface NewsCommands {
  /** The workflow's id; undefined when Temporal does not answer. */
  start(input: IngestNewsInput): Promise<string | undefined>;
  /** The last run of an id; undefined when there never was one. */
  show(workflowId: string): Promise<NewsFetchState | 'unreachable' | undefined>;
}

/** The commands over a Temporal client. */
export function createNewsCommands(client: Client): NewsCommands {
  const soon = <T>(work: () => Promise<T>): Promise<T> => client.withDeadline(Date.now() + RPC_DEADLINE_MS, work);
  return {
    start: async (input) => {
      const started = await orUnreachable(async () => ({ workflowId: await startNews(client, input) }));
      return started === 'unreachable' ? undefined : started.workflowId;
    },
    show: (workflowId) =>
      orUnreachable(async () => {
        const handle = client.workflow.getHandle(workflowId);
        try {
          const { status } = await soon(() => handle.describe());
          if (status.name === 'RUNNING') return { kind: 'running' };
          return { kind: 'ended', result: (await soon(() => handle.result())) as IngestNewsResult };
        } catch (error) {
          if (error instanceof WorkflowNotFoundError) return undefined;
          if (!(error instanceof WorkflowFailedError)) throw error;
          return endOf(error);
        }
      }),
  };
}

/** An activity's failure is wrapped once more than one of the workflow itself. */
function endOf({ cause, message }: WorkflowFailedError): NewsFetchState {
  const first = cause instanceof ApplicationFailure ? cause : cause?.cause;
  const failure = first instanceof ApplicationFailure ? first : undefined;
  const code = failure?.type ?? 'failed';
  const words = failure?.message ?? cause?.message ?? message;
  return code === 'StoppedByHalt' ? { kind: 'stopped', message: words } : { kind: 'failed', code, message: words };
}
