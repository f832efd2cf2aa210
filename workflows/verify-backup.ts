import { verifyHaltSignal } from '../temporal/messages/verify-backup';
import type { VerifyBackupInput, VerifyBackupResult } from '../temporal/messages/verify-backup';
import { saving } from './saving';
import { throughHalts } from './upkeep';

/** Reads every byte of every copy of a backup, and writes down how it was found. */
export async function verifyBackup({ id }: VerifyBackupInput): Promise<VerifyBackupResult> {
  return throughHalts(verifyHaltSignal, async () => ({ copies: await saving.verifyCopies(id) }));
}
