import { z } from 'zod';
import { pageOf, rule } from './fields';
import type { Route } from './route';

const ID_RULE = rule('id', 'must be the id of a backup, such as 2026-11-25T02-00-00Z');
const backupParams = z.object({
  id: z
    .string({ error: ID_RULE })
    .regex(/^\d{4}-\d{2}-\d{2}T\d{2}-\d{2}-\d{2}Z$/, { error: ID_RULE })
    .meta({ description: 'Id of the backup: when it was taken (UTC).', example: '2026-11-25T02-00-00Z' }),
});
const noBody = z.strictObject({}).optional();

const backupView = z
  .strictObject({
    id: z.string(),
    copies: z.array(
      z.strictObject({
        place: z.enum(['local', 's3']).meta({ description: 'The folder of the workers, or object storage.' }),
        usable: z.boolean(),
        reason: z.string().nullable().meta({ description: 'Why it cannot be used.' }),
        rows: z.int().nullable(),
        bytes: z.int().nullable(),
        encrypted: z.boolean().nullable(),
        writer: z.string().nullable().meta({ example: 'pg_dump 15.18' }),
        seenAt: z.iso.datetime().meta({ description: 'When it was last found there.' }),
        verifiedAt: z.iso.datetime().nullable().meta({ description: 'When every byte of it was last read.' }),
        verifyProblem: z.string().nullable().meta({ description: 'What was wrong then; null when nothing was.' }),
      }),
    ),
  })
  .meta({ id: 'Backup' });
export type BackupView = z.output<typeof backupView>;

const startedView = z.strictObject({ workflowId: z.string() }).meta({ id: 'StartedBackupWork' });

/** Backups as the workers last found them. A restore has no route: it replaces what the API stands on. */
export const backupRoutes = {
  listBackups: {
    method: 'get',
    path: '/v1/backups',
    operationId: 'listBackups',
    summary: 'Every backup with its copies, newest first, as the workers last found them.',
    role: 'viewer',
    answers: { 200: { description: 'The backups.', schema: pageOf(backupView) } },
    problems: [],
  },
  runBackup: {
    method: 'post',
    path: '/v1/backups',
    operationId: 'runBackup',
    summary: 'Let the workers take a backup now; one that runs is not started twice.',
    role: 'operator',
    body: noBody,
    answers: { 202: { description: 'It is started.', schema: startedView } },
    problems: ['temporal_unavailable'],
  },
  showBackup: {
    method: 'get',
    path: '/v1/backups/{id}',
    operationId: 'showBackup',
    summary: 'One backup with its copies.',
    role: 'viewer',
    params: backupParams,
    answers: { 200: { description: 'The backup.', schema: backupView } },
    problems: ['not_found', 'invalid_request'],
  },
  verifyBackup: {
    method: 'post',
    path: '/v1/backups/{id}/verify',
    operationId: 'verifyBackup',
    summary: 'Let the workers read every byte of its copies; the result stands in the backup.',
    role: 'operator',
    params: backupParams,
    body: noBody,
    answers: { 202: { description: 'It is started.', schema: startedView } },
    problems: ['not_found', 'invalid_request', 'temporal_unavailable'],
  },
} as const satisfies Record<string, Route>;
