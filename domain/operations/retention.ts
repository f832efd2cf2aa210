import type { EpochMillis } from '../clock/instant';

/** How many backups stay. */
export interface RetentionPolicy {
  /** The newest of each of so many days (UTC) that have one. */
  readonly daily: number;
  /** The newest of each of so many months (UTC) that have one. */
  readonly monthly: number;
}

/** What an installation keeps. */
const BACKUP_RETENTION: RetentionPolicy = { daily: 30, monthly: 12 };

/** A backup by its name and time. */
export interface DatedBackup {
  readonly id: string;
  readonly takenAt: EpochMillis;
}

/**
 * Ids that may be deleted: all but the newest of each of the last days and months that have a backup, counted from the
 * newest one. Days without a backup do not count, so that a time without backups never deletes the old ones.
 */
export function expiredBackups(
  backups: readonly DatedBackup[],
  { daily, monthly }: RetentionPolicy = BACKUP_RETENTION,
): readonly string[] {
  const newestFirst = [...backups].sort((a, b) => b.takenAt - a.takenAt || (a.id < b.id ? 1 : -1));
  const kept = new Set([...newestOf(newestFirst, 10, daily), ...newestOf(newestFirst, 7, monthly)]);
  return newestFirst.filter(({ id }) => !kept.has(id)).map(({ id }) => id);
}

/** The newest backup of each of the first `count` periods; a period is so many characters of the date. */
function newestOf(newestFirst: readonly DatedBackup[], characters: number, count: number): readonly string[] {
  const newest = new Map<string, string>();
  for (const { id, takenAt } of newestFirst) {
    const period = new Date(takenAt).toISOString().slice(0, characters);
    if (!newest.has(period) && newest.size < count) newest.set(period, id);
  }
  return [...newest.values()];
}
