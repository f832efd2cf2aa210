import { constants, createReadStream, existsSync } from 'node:fs';
import { access, mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { BadBackup } from './manifest';
import type { Manifest } from './manifest';
import { judged, MANIFEST, takenAt } from './place';
import type { BackupPlace, FoundBackup } from './place';

/** A folder that is being written: it gets its final name when everything in it is on disk. */
const PARTIAL = '.partial-';

/** The backups of one folder on this machine. */
export class BackupFolder implements BackupPlace {
  constructor(readonly path: string) {}

  /** Where the files of a backup lie. */
  fileOf(id: string, name: string): string {
    return join(this.path, id, name);
  }

  /** Begins a backup: a folder under a temporary name, empty. Whoever calls holds the lock of backups. */
  async begin(id: string): Promise<string> {
    await mkdir(this.path, { recursive: true, mode: 0o700 });
    await access(this.path, constants.W_OK);
    await this.sweep();
    if (existsSync(join(this.path, id))) throw new Error(`there is a backup ${id} already`);
    const partial = join(this.path, `${PARTIAL}${id}`);
    await mkdir(partial, { mode: 0o700 });
    return partial;
  }

  /** Puts a backup under its final name, when its files and their folder are on disk. */
  async finish(id: string, manifest: Manifest): Promise<void> {
    const partial = join(this.path, `${PARTIAL}${id}`);
    const file = await open(join(partial, MANIFEST), 'wx', 0o600);
    try {
      await file.writeFile(`${JSON.stringify(manifest, undefined, 2)}\n`);
      await file.sync();
    } finally {
      await file.close();
    }
    await syncFolder(partial);
    await rename(partial, join(this.path, id));
    await syncFolder(this.path);
  }

  /** Removes what an earlier run left unfinished, or half deleted. */
  async sweep(): Promise<void> {
    for (const name of await this.names())
      if (name.startsWith(PARTIAL)) await rm(join(this.path, name), { recursive: true, force: true });
  }

  /** Every backup, newest first. */
  async list(): Promise<readonly FoundBackup[]> {
    const ids = (await this.names())
      .filter((name) => takenAt(name) !== undefined)
      .sort()
      .reverse();
    return Promise.all(ids.map((id) => this.find(id)));
  }

  /** One backup. @throws BadBackup when there is none of this id */
  async find(id: string): Promise<FoundBackup> {
    if (takenAt(id) === undefined || !existsSync(join(this.path, id)))
      throw new BadBackup('there is no backup of this id');
    const text = await readFile(this.fileOf(id, MANIFEST), 'utf8').catch(() => undefined);
    return judged(id, text, (name) =>
      stat(this.fileOf(id, name)).then(
        ({ size }) => size,
        () => undefined,
      ),
    );
  }

  open(id: string, file: string): Promise<Readable> {
    return Promise.resolve(createReadStream(this.fileOf(id, file)));
  }

  /** Deletes a backup; a kill in between leaves nothing under a final name. */
  async remove(id: string): Promise<void> {
    const going = join(this.path, `${PARTIAL}${id}`);
    await rename(join(this.path, id), going);
    await rm(going, { recursive: true, force: true });
  }

  private async names(): Promise<readonly string[]> {
    return existsSync(this.path) ? readdir(this.path) : [];
  }
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
