import type { EpochMillis } from '../clock/instant';

/** What is known of an installation's backups. */
export interface BackupFacts {
  readonly now: EpochMillis;
  /** When the installation was made: a new one is given time for its first backup and its first drill. */
  readonly installedAt: EpochMillis;
  /** Whole backups, newest first; bytes of the dump as it lies there. */
  readonly backups: readonly { readonly id: string; readonly takenAt: EpochMillis; readonly bytes: number }[];
  /** Backups under a final name that cannot be used. */
  readonly bad: readonly string[];
  /** The last drill that ended, whether its backup proved good; null when there was none. */
  readonly lastDrill: { readonly at: EpochMillis; readonly good: boolean; readonly backup: string } | null;
}

/** What is wrong with the backups; each is an alert of its own, `backup-late` and so on. */
export const BACKUP_FAULTS = ['late', 'small', 'shrunk', 'bad', 'undrilled', 'drill-failed'] as const;
export type BackupFault = (typeof BACKUP_FAULTS)[number];

const HOUR = 3_600_000;
/** A daily backup that is an hour late. */
const LATE_AFTER_MS = 25 * HOUR;
/** Fewer bytes hold no installation with its bundled data. */
const SMALL_BELOW_BYTES = 1_000_000;
/** Drills are weekly; one that was left out is noticed a day later. */
const UNDRILLED_AFTER_MS = 8 * 24 * HOUR;

/** Everything that is wrong, with a sentence for an operator. */
export function judgeBackups(facts: BackupFacts): ReadonlyMap<BackupFault, string> {
  const { now, installedAt, backups, bad, lastDrill } = facts;
  const [newest, before] = backups;
  const found = new Map<BackupFault, string>();
  const age = now - (newest?.takenAt ?? installedAt);
  if (age > LATE_AFTER_MS) {
    const hours = Math.floor(age / HOUR);
    found.set(
      'late',
      newest === undefined ? `There is no backup after ${hours} hours` : `The newest backup is ${hours} hours old`,
    );
  }
  if (newest !== undefined && newest.bytes < SMALL_BELOW_BYTES)
    found.set('small', `The newest backup has ${newest.bytes} bytes: less than a megabyte`);
  if (newest !== undefined && before !== undefined && newest.bytes * 2 < before.bytes)
    found.set(
      'shrunk',
      `The newest backup has ${newest.bytes} bytes, less than half of the ${before.bytes} of the one before`,
    );
  if (bad.length > 0) found.set('bad', `Backups that cannot be used: ${bad.slice(0, 5).join(', ')}`);
  if (now - (lastDrill?.at ?? installedAt) > UNDRILLED_AFTER_MS)
    found.set(
      'undrilled',
      lastDrill === null
        ? 'No backup was ever restored to prove it'
        : 'No backup was restored to prove it for over a week',
    );
  if (lastDrill !== null && !lastDrill.good)
    found.set('drill-failed', `The backup ${lastDrill.backup} did not prove good in its drill`);
  return found;
}
