import { patched } from '@temporalio/workflow';
import { backupHaltSignal } from '../temporal/messages/back-up-database';
import type { BackupDatabaseResult } from '../temporal/messages/back-up-database';
import { saving } from './saving';
import { throughHalts } from './upkeep';

/** Saves the database, deletes what is too old to keep, judges the health of the backups, and copies them to object storage. */
export async function backupDatabase(): Promise<BackupDatabaseResult> {
  return throughHalts(backupHaltSignal, async () => {
    const saved = await saving.backUp();
    // Runs of the version before end with the backup.
    return { ...saved, storage: patched('ship-backups') ? await saving.ship() : null };
  });
}
