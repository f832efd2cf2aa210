import { openSealed } from './seal';
import type { BackupFolder } from './folder';
import { BadBackup } from './manifest';
import type { Manifest } from './manifest';

/** What is known of a backup after all of its bytes were read. */
export interface Verified {
  readonly manifest: Manifest;
  /** True when the checksum of what is inside was compared too: not for an encrypted one without its identity. */
  readonly opened: boolean;
}

/** Reads every byte of a backup and compares its checksums. @throws BadBackup with the reason */
export async function verifyBackup(folder: BackupFolder, id: string, identity?: string): Promise<Verified> {
  const found = await folder.find(id);
  if (found.kind === 'bad') throw new BadBackup(found.reason);
  const { manifest } = found;
  let opened = true;
  for (const file of [manifest.dump, ...(manifest.config === null ? [] : [manifest.config])]) {
    const sealed = file.encrypted && identity === undefined;
    // Without its identity only the file as it lies there can be compared.
    const asStored = sealed ? { ...file, encrypted: false, plainSha256: file.sha256 } : file;
    const { stream, checked } = await openSealed(folder.fileOf(id, file.name), asStored, identity);
    stream.resume();
    await checked;
    if (sealed) opened = false;
  }
  return { manifest, opened };
}
