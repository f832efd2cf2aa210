import { readFile } from 'node:fs/promises';
import { Context } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import { drillBackup } from '../../database/backup/drill';
import { BackupFolder } from '../../database/backup/folder';
import { deleteExpired, newestWhole, storeDrill, tellFailure, tellHealth } from '../../database/backup/keep';
import { summaryOf } from '../../database/backup/place';
import type { BackupPlace } from '../../database/backup/place';
import { recordBackups } from '../../database/backup/record';
import type { PlaceName } from '../../database/backup/record';
import { S3Backups } from '../../database/backup/s3';
import type { S3Settings } from '../../database/backup/s3';
import { shipBackups } from '../../database/backup/ship';
import type { Shipped } from '../../database/backup/ship';
import { takeBackup } from '../../database/backup/take';
import { verifyCopies } from '../../database/backup/verify';
import type { Database } from '../../database/pool';
import { pruneHistory } from '../../database/prune';
import type { BackupDatabaseResult } from '../../temporal/messages/back-up-database';
import type { DrillRestoreResult } from '../../temporal/messages/drill-restore';
import type { VerifyBackupResult } from '../../temporal/messages/verify-backup';
import type { PruneHistoryResult } from '../../temporal/messages/prune-history';

/** What saving the database works with. */
export interface SavingDeps {
  readonly database: Database;
  readonly databaseUrl: string;
  /** Version of the software, for manifests. */
  readonly software: string;
  readonly backup: {
    readonly dir: string;
    readonly recipient?: string;
    /** File with the age identity that drills decrypt with. */
    readonly identityFile?: string;
    /** Object storage that backups are copied to as well. */
    readonly s3?: S3Settings;
  };
}

const HEARTBEAT_MS = 5_000;

/** Upkeep of the database. Each may run any number of times, and after a kill at any moment. */
export function createSavingActivities(deps: SavingDeps) {
  const { database, databaseUrl, software, backup } = deps;
  const folder = new BackupFolder(backup.dir);
  const now = (): number => Date.now();
  const identity = async (): Promise<string | undefined> =>
    backup.identityFile === undefined ? undefined : (await readFile(backup.identityFile, 'utf8')).trim();
  const withStorage = async <T>(work: (storage: S3Backups | undefined) => Promise<T>): Promise<T> => {
    const storage = backup.s3 === undefined ? undefined : new S3Backups(backup.s3);
    try {
      return await work(storage);
    } finally {
      storage?.close();
    }
  };
  return {
    /** Takes a backup, deletes what is too old to keep, and tells the health of what there is, also when it failed. */
    async backUp(): Promise<Omit<BackupDatabaseResult, 'storage'>> {
      return beating(async () => {
        try {
          const recipient = backup.recipient === undefined ? {} : { recipient: backup.recipient };
          const manifest = await tellFailure(database, () =>
            takeBackup({ databaseUrl, folder, software, now: () => new Date(), ...recipient }),
          );
          const { id, seconds } = manifest;
          const { rows, bytes } = summaryOf(manifest);
          return { id, rows, bytes, seconds, deleted: await deleteExpired(folder) };
        } finally {
          await tellHealth(database, folder, now());
        }
      });
    },

    /** Brings the object storage up to date; null where there is none. One that is away is told, and is no failure. */
    async ship(): Promise<Shipped | null> {
      return beating(() =>
        withStorage(async (storage) => {
          if (storage !== undefined) return shipBackups(database, folder, storage, now());
          await recordBackups(database, 's3', []);
          return null;
        }),
      );
    },

    /** Reads every byte of every copy of a backup and writes down how each was found. */
    async verifyCopies(id: string): Promise<VerifyBackupResult['copies']> {
      return beating(() =>
        withStorage(async (storage) => {
          const places = new Map<PlaceName, BackupPlace>([['local', folder]]);
          if (storage !== undefined) places.set('s3', storage);
          const copies = await verifyCopies(database, places, id, await identity());
          if (copies.length === 0) throw ApplicationFailure.nonRetryable(`there is no backup ${id}`, 'NoBackup');
          return copies;
        }),
      );
    },

    /** Restores the newest backup into a scratch database and keeps how it proved. */
    async drill(): Promise<DrillRestoreResult> {
      return beating(async () => {
        const manifest = newestWhole(await folder.list());
        if (manifest === undefined) throw ApplicationFailure.nonRetryable('there is no backup to restore', 'NoBackup');
        const key = await identity();
        const monotonic = (): number => performance.now();
        const result = await drillBackup({
          ...{ databaseUrl, place: folder, manifest, monotonic },
          ...(key === undefined ? {} : { identity: key }),
        });
        await storeDrill(database, result);
        await tellHealth(database, folder, now());
        if (!result.good)
          throw ApplicationFailure.nonRetryable(`${result.backup}: ${result.problems.join('; ')}`, 'BadBackup');
        return result;
      });
    },

    /** Makes the next partitions and deletes what the policy does not keep. */
    async prune(): Promise<PruneHistoryResult> {
      return beating(() => pruneHistory(database, new Date()));
    },
  };
}

export type SavingActivities = ReturnType<typeof createSavingActivities>;

/** Says that the work goes on for as long as it does. */
async function beating<T>(work: () => Promise<T>): Promise<T> {
  const context = Context.current();
  const beats = setInterval(() => context.heartbeat(), HEARTBEAT_MS);
  try {
    return await work();
  } finally {
    clearInterval(beats);
  }
}
