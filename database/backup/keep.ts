import { BACKUP_FAULTS, judgeBackups } from '../../domain/operations/backup-health';
import type { BackupFacts, BackupFault } from '../../domain/operations/backup-health';
import { expiredBackups } from '../../domain/operations/retention';
import { clearAlert, raiseAlert } from '../alerts';
import type { Queryable } from '../pool';
import type { DrillResult } from './drill';
import type { Manifest } from './manifest';
import { takenAt } from './place';
import type { BackupPlace, FoundBackup } from './place';
import { recordBackups } from './record';
import { BackupRunning } from './take';

/** The alert of a backup that failed: a full disk is told at once, not when the newest has grown old. */
const FAILED_CAUSE = 'backup-failed';

/** Takes a backup and raises an alert when that fails, which the next good one clears. */
export async function tellFailure<T>(database: Queryable, take: () => Promise<T>): Promise<T> {
  try {
    const taken = await take();
    await clearAlert(database, FAILED_CAUSE);
    return taken;
  } catch (error) {
    // Another one is under way: it says itself how it ends.
    if (error instanceof BackupRunning) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    const title = `The last backup failed: ${reason}`.slice(0, 500);
    await raiseAlert(database, { cause: FAILED_CAUSE, severity: 'warning', title }).catch(() => undefined);
    throw error;
  }
}

/** Deletes whole backups that are too old to keep; answers their ids. One that cannot be read is left for a person. */
export async function deleteExpired(place: BackupPlace): Promise<readonly string[]> {
  const whole = (await place.list()).filter(({ kind }) => kind === 'whole');
  const expired = expiredBackups(whole.map(({ id }) => ({ id, takenAt: takenAt(id) ?? 0 })));
  for (const id of expired) await place.remove(id);
  return expired;
}

/** The newest whole backup; undefined when there is none. */
export function newestWhole(found: readonly FoundBackup[]): Manifest | undefined {
  for (const backup of found) if (backup.kind === 'whole') return backup.manifest;
  return undefined;
}

/** Keeps how a drill went. */
export async function storeDrill(database: Queryable, drill: DrillResult): Promise<void> {
  await database.query(
    'INSERT INTO restore_drills (backup, good, problems, rows, seconds) VALUES ($1, $2, $3, $4, $5)',
    [drill.backup, drill.good, JSON.stringify(drill.problems), drill.rows, drill.seconds],
  );
}

/** Writes down which local backups there are, judges them, and raises or clears an alert for each thing that may be wrong; answers what is. */
export async function tellHealth(
  database: Queryable,
  place: BackupPlace,
  now: number,
): Promise<ReadonlyMap<BackupFault, string>> {
  const faults = judgeBackups(await readFacts(database, place, now));
  for (const fault of BACKUP_FAULTS) {
    const title = faults.get(fault);
    const cause = `backup-${fault}`;
    if (title === undefined) await clearAlert(database, cause);
    else await raiseAlert(database, { cause, severity: 'warning', title });
  }
  return faults;
}

async function readFacts(database: Queryable, place: BackupPlace, now: number): Promise<BackupFacts> {
  const found = await place.list();
  await recordBackups(database, 'local', found);
  const { rows } = await database.query<{
    installed: Date;
    at: Date | null;
    good: boolean | null;
    backup: string | null;
  }>(
    `SELECT i.created_at AS installed, d.at, d.good, d.backup FROM installation i
     LEFT JOIN LATERAL (SELECT at, good, backup FROM restore_drills ORDER BY id DESC LIMIT 1) d ON true`,
  );
  const [row] = rows;
  const drilled = row?.at != null && row.good !== null && row.backup !== null;
  return {
    now,
    installedAt: row?.installed.getTime() ?? now,
    backups: found.flatMap((backup) =>
      backup.kind === 'whole'
        ? [{ id: backup.id, takenAt: takenAt(backup.id) ?? 0, bytes: backup.manifest.dump.bytes }]
        : [],
    ),
    bad: found.flatMap((backup) => (backup.kind === 'bad' ? [`${backup.id} (${backup.reason})`] : [])),
    lastDrill: drilled ? { at: row.at?.getTime() ?? 0, good: row.good ?? false, backup: row.backup ?? '' } : null,
  };
}
