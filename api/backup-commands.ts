import { isGrpcServiceError } from '@temporalio/client';
import type { Client } from '@temporalio/client';
import { startBackup, startVerifyBackup } from '../temporal/start-backups';
import { ApiProblem, RETRY_AFTER_SECONDS } from './problem';

/** What the API asks of the workers that take backups. Each answers the workflow's id. */
export interface BackupCommands {
  run(): Promise<string>;
  verify(id: string): Promise<string>;
}

/** The commands over a Temporal client. @throws the problem `temporal_unavailable` when nobody answers */
export function createBackupCommands(client: Client): BackupCommands {
  return {
    run: () => reached(() => startBackup(client)),
    verify: (id) => reached(() => startVerifyBackup(client, id)),
  };
}

async function reached<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const cause = error instanceof Error && error.name === 'ServiceError' ? error.cause : error;
    if (!isGrpcServiceError(cause)) throw error;
    throw new ApiProblem(
      'temporal_unavailable',
      'Temporal cannot be reached, and nothing was started; `tradewind backup run --local` needs neither.',
      {},
      RETRY_AFTER_SECONDS,
    );
  }
}
