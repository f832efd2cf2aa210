import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { BackupFolder } from '../../database/backup/folder';
import type { BackupMethod, Manifest } from '../../database/backup/manifest';
import { restoreBackup } from '../../database/backup/restore';
import { backupId } from '../../database/backup/place';
import { S3Backups } from '../../database/backup/s3';
import type { S3Settings } from '../../database/backup/s3';
import { takeBackup } from '../../database/backup/take';

/** What a process of its own is to do, and at which step it kills itself; at none it ends by itself. */
interface Deed {
  readonly databaseUrl: string;
  readonly path: string;
  /** A step, or `within`: in the middle of the dump. */
  readonly at: string | null;
  readonly method?: BackupMethod;
  /** To be restored; absent: a backup is taken. */
  readonly manifest?: Manifest;
  /** Where it is to be uploaded instead; it dies when it has read all of the dump, before the last part has arrived. */
  readonly storage?: S3Settings;
}

/** Takes, uploads or restores a backup, and dies by SIGKILL when the step is reached. Run as `node … killed-backup JSON`. */
async function main({ databaseUrl, path, at, method = 'copy', manifest, storage }: Deed): Promise<void> {
  const folder = new BackupFolder(path);
  const started = new Date();
  const die = (): void => void process.kill(process.pid, 'SIGKILL');
  const step = (reached: string): void => {
    if (reached === at) die();
    if (reached !== 'dumping' || at !== 'within') return;
    const name = method === 'copy' ? 'database.copy.gz' : 'database.dump';
    const file = join(path, `.partial-${backupId(started)}`, name);
    setInterval(() => existsSync(file) && die(), 1);
  };
  if (manifest === undefined)
    await takeBackup({ databaseUrl, folder, method, software: '9.9.9', now: () => started, step });
  else if (storage !== undefined) {
    const open = async (id: string, file: string): Promise<Readable> => (await folder.open(id, file)).once('end', die);
    await new S3Backups(storage).upload({ open }, manifest);
  } else {
    const guard = { operator: 'boss', seenEpoch: 0 };
    await restoreBackup({ databaseUrl, place: folder, manifest, guard, force: true, step });
  }
}

main(JSON.parse(process.argv.at(-1) ?? '') as Deed).catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? `${error.name}: ${error.message}` : String(error)}\n`);
  process.exit(1);
});
