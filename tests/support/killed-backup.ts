import { BackupFolder } from '../../database/backup/folder';
import type { Manifest } from '../../database/backup/manifest';
import { restoreBackup } from '../../database/backup/restore';
import { takeBackup } from '../../database/backup/take';

/** What a process of its own is to do, and at which step it kills itself. */
interface Deed {
  readonly databaseUrl: string;
  readonly path: string;
  readonly at: string;
  readonly manifest?: Manifest;
}

/** Takes or restores a backup, and dies by SIGKILL when the step is reached. Run as `node … killed-backup JSON`. */
async function main({ databaseUrl, path, at, manifest }: Deed): Promise<void> {
  const folder = new BackupFolder(path);
  const step = (reached: string): void => {
    if (reached === at) process.kill(process.pid, 'SIGKILL');
  };
  if (manifest === undefined) await takeBackup({ databaseUrl, folder, software: '9.9.9', now: () => new Date(), step });
  else {
    const guard = { operator: 'boss', seenEpoch: 0 };
    await restoreBackup({ databaseUrl, folder, manifest, guard, force: true, step });
  }
}

void main(JSON.parse(process.argv.at(-1) ?? '') as Deed);
