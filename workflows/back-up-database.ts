import { backupHaltSignal } from '../temporal/messages/back-up-database';
import type { BackupDatabaseResult } from '../temporal/messages/back-up-database';
import { saving } from './saving';
import { throughHalts } from './upkeep';

/** Saves the database, deletes what is too old to keep, and judges the health of the backups. */
export async function backupDatabase(): Promise<BackupDatabaseResult> {
  return throughHalts(backupHaltSignal, () => saving.backUp());
}
