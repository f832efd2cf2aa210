import { expiredBackups } from '../../domain/operations/retention';
import { clearAlert, raiseAlert } from '../alerts';
import type { Queryable } from '../pool';
import { deleteExpired } from './keep';
import { BadBackup } from './manifest';
import { takenAt } from './place';
import type { BackupPlace, FoundBackup } from './place';
import { recordBackups } from './record';
import { StorageFailed } from './s3';
import type { S3Backups } from './s3';

/** What was done at the object storage. */
export interface Shipped {
  /** Ids of backups that are there now, newest first. */
  readonly uploaded: readonly string[];
  /** Ids of those that were too old to keep there. */
  readonly deleted: readonly string[];
  /** Why it is not as it should be; null when it is. The next run makes up for it. */
  readonly problem: string | null;
}

/** The alert of object storage that could not be brought up to date. */
export const STORAGE_CAUSE = 'backup-storage';

const DAY_MS = 86_400_000;

/**
 * Brings the object storage up to date: every whole local backup that it lacks goes there, what is too old to keep there
 * goes. A storage that is away or refuses is told as an alert, which the next good run clears; the local backups stand.
 */
export async function shipBackups(
  database: Queryable,
  local: BackupPlace,
  storage: S3Backups,
  now: number,
): Promise<Shipped> {
  const uploaded: string[] = [];
  const deleted: string[] = [];
  let problem: string | null = null;
  try {
    await bringUp(await installationOf(database), local, storage, uploaded);
    deleted.push(...(await deleteExpired(storage)));
    await storage.sweep(new Date(now - DAY_MS));
    const there = await storage.list();
    await recordBackups(database, 's3', there);
    const bad = there.flatMap((one) => (one.kind === 'bad' ? [`${one.id} (${one.reason})`] : []));
    if (bad.length > 0) problem = `backups there cannot be used: ${bad.slice(0, 5).join(', ')}`;
  } catch (error) {
    if (!(error instanceof StorageFailed || error instanceof BadBackup)) throw error;
    problem = error.message;
  }
  if (problem === null) await clearAlert(database, STORAGE_CAUSE);
  else
    await raiseAlert(database, {
      ...{ cause: STORAGE_CAUSE, severity: 'warning' },
      title: `The object storage of backups is not up to date: ${problem}`.slice(0, 500),
    });
  return { uploaded, deleted, problem };
}

async function bringUp(
  installation: string | undefined,
  local: BackupPlace,
  storage: S3Backups,
  uploaded: string[],
): Promise<void> {
  const there = await storage.list();
  const foreign = there.find((one) => one.kind === 'whole' && one.manifest.installation !== installation);
  // Two installations in one place would delete each other's backups.
  if (foreign !== undefined)
    throw new StorageFailed(
      `the prefix holds backups of another installation (${foreign.id}): set AWS_S3_BACKUP_PREFIX to one of its own`,
    );
  const here = await local.list();
  const whole = new Set(there.filter(({ kind }) => kind === 'whole').map(({ id }) => id));
  const expired = new Set(expiredBackups(dated([...here, ...there])));
  for (const one of here) {
    if (one.kind === 'bad' || whole.has(one.id) || expired.has(one.id)) continue;
    await storage.upload(local, one.manifest);
    uploaded.push(one.id);
  }
}

function dated(found: readonly FoundBackup[]): { readonly id: string; readonly takenAt: number }[] {
  const ids = new Set(found.filter(({ kind }) => kind === 'whole').map(({ id }) => id));
  return [...ids].map((id) => ({ id, takenAt: takenAt(id) ?? 0 }));
}

async function installationOf(database: Queryable): Promise<string | undefined> {
  const { rows } = await database.query<{ id: string }>('SELECT id::text AS id FROM installation');
  return rows[0]?.id;
}
