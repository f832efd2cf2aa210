import { constants, existsSync } from 'node:fs';
import { access, mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { BadBackup, parseManifest } from './manifest';
import type { Manifest } from './manifest';

const MANIFEST = 'manifest.json';
/** A folder that is being written: it gets its final name when everything in it is on disk. */
const PARTIAL = '.partial-';
const ID = /^\d{4}-\d{2}-\d{2}T\d{2}-\d{2}-\d{2}Z$/;

/** A backup as the folder shows it; one that cannot be read says why. */
export type FoundBackup =
  | { readonly id: string; readonly kind: 'whole'; readonly manifest: Manifest }
  | { readonly id: string; readonly kind: 'bad'; readonly reason: string };

/** The id of a backup that is taken at this moment, such as `2026-11-25T02-00-00Z`: the order of names is that of time. */
export function backupId(at: Date): string {
  return `${at.toISOString().slice(0, 19).replaceAll(':', '-')}Z`;
}

/** When a backup was taken, in milliseconds since 1970; undefined when this is no id. */
export function takenAt(id: string): number | undefined {
  if (!ID.test(id)) return undefined;
  const [date = '', time = ''] = id.slice(0, -1).split('T');
  const millis = Date.parse(`${date}T${time.replaceAll('-', ':')}Z`);
  return Number.isNaN(millis) ? undefined : millis;
}

/** The backups of one folder on this machine. Nothing under a final name is ever incomplete. */
export class BackupFolder {
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
    try {
      const manifest = parseManifest(
        await readFile(this.fileOf(id, MANIFEST), 'utf8').catch(() => {
          throw new BadBackup('it has no manifest: it is not one of ours, or incomplete');
        }),
      );
      if (manifest.id !== id) return { id, kind: 'bad', reason: `its manifest is that of ${manifest.id}` };
      for (const file of [manifest.dump, ...(manifest.config === null ? [] : [manifest.config])]) {
        const size = await stat(this.fileOf(id, file.name)).then(
          (found) => found.size,
          () => undefined,
        );
        if (size === undefined) return { id, kind: 'bad', reason: `its file ${file.name} is missing` };
        if (size !== file.bytes)
          return { id, kind: 'bad', reason: `its file ${file.name} has ${size} bytes instead of ${file.bytes}` };
      }
      return { id, kind: 'whole', manifest };
    } catch (error) {
      if (error instanceof BadBackup) return { id, kind: 'bad', reason: error.message };
      throw error;
    }
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
