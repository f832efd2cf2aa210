import { openSealed } from './seal';
import { BadBackup } from './manifest';
import type { Manifest } from './manifest';
import type { Queryable } from '../pool';
import { filesOf } from './place';
import type { BackupPlace } from './place';
import { recordBackups, recordVerified } from './record';
import type { PlaceName } from './record';

/** What is known of a backup after all of its bytes were read. */
export interface Verified {
  readonly manifest: Manifest;
  /** True when the checksum of what is inside was compared too: not for an encrypted one without its identity. */
  readonly opened: boolean;
}

/** Reads every byte of a backup and compares its checksums. @throws BadBackup with the reason */
export async function verifyBackup(place: BackupPlace, id: string, identity?: string): Promise<Verified> {
  const found = await place.find(id);
  if (found.kind === 'bad') throw new BadBackup(found.reason);
  const { manifest } = found;
  let opened = true;
  for (const file of filesOf(manifest)) {
    const sealed = file.encrypted && identity === undefined;
    // Without its identity only the file as it lies there can be compared.
    const asStored = sealed ? { ...file, encrypted: false, plainSha256: file.sha256 } : file;
    const { stream, checked } = await openSealed(await place.open(id, file.name), asStored, identity);
    stream.resume();
    await checked;
    if (sealed) opened = false;
  }
  return { manifest, opened };
}

/** How one copy of a backup was found. */
export interface VerifiedCopy {
  readonly place: PlaceName;
  /** What is wrong with it; null when every checksum agrees. */
  readonly problem: string | null;
}

/**
 * Verifies a backup in every place that has it, and writes down how it was found.
 * @throws what a place failed with: nothing is then known of the copy there
 */
export async function verifyCopies(
  database: Queryable,
  places: ReadonlyMap<PlaceName, BackupPlace>,
  id: string,
  identity?: string,
): Promise<readonly VerifiedCopy[]> {
  const copies: VerifiedCopy[] = [];
  for (const [place, at] of places) {
    const found = await at.list();
    await recordBackups(database, place, found);
    if (!found.some((one) => one.id === id)) continue;
    const problem = await verifyBackup(at, id, identity).then(
      () => null,
      (error: unknown) => {
        if (error instanceof BadBackup) return error.message;
        throw error;
      },
    );
    await recordVerified(database, id, place, problem);
    copies.push({ place, problem });
  }
  return copies;
}
