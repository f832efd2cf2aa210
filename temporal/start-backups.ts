import type { Client } from '@temporalio/client';
import { RPC_DEADLINE_MS } from './connection';
import { BACK_UP_DATABASE_WORKFLOW, RUN_BACKUP_ID } from './messages/back-up-database';
import { OPERATIONS_QUEUE } from './messages/task-queues';
import { VERIFY_BACKUP_WORKFLOW, verifyBackupWorkflowId } from './messages/verify-backup';
import type { VerifyBackupInput } from './messages/verify-backup';

/** Starts a backup by hand, or meets the one that runs. Answers its workflow's id. */
export function startBackup(client: Client): Promise<string> {
  return start(client, BACK_UP_DATABASE_WORKFLOW, RUN_BACKUP_ID, []);
}

/** Starts reading a backup, or meets who reads it already. Answers its workflow's id. */
export function startVerifyBackup(client: Client, id: string): Promise<string> {
  const input: VerifyBackupInput = { id };
  return start(client, VERIFY_BACKUP_WORKFLOW, verifyBackupWorkflowId(id), [input]);
}

async function start(client: Client, type: string, workflowId: string, args: unknown[]): Promise<string> {
  await client.withDeadline(Date.now() + RPC_DEADLINE_MS, () =>
    client.workflow.start(type, {
      ...{ workflowId, args, taskQueue: OPERATIONS_QUEUE },
      ...{ workflowIdConflictPolicy: 'USE_EXISTING', workflowIdReusePolicy: 'ALLOW_DUPLICATE' },
    }),
  );
  return workflowId;
}
