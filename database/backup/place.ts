import type { Readable } from 'node:stream';
import { BadBackup, parseManifest } from './manifest';
import type { Manifest } from './manifest';

/** The file that is written last: what has none is no backup. */
export const MANIFEST = 'manifest.json';

const ID = /^\d{4}-\d{2}-\d{2}T\d{2}-\d{2}-\d{2}Z$/;

/** A backup as the place where it lies shows it; one that cannot be read says why. */
export type FoundBackup =
  | { readonly id: string; readonly kind: 'whole'; readonly manifest: Manifest }
  | { readonly id: string; readonly kind: 'bad'; readonly reason: string };

/** Where backups lie: a folder of this machine, or object storage. Nothing under a final name is ever incomplete. */
export interface BackupPlace {
  /** Every backup, newest first. */
  list(): Promise<readonly FoundBackup[]>;
  /** One backup. @throws BadBackup when there is none of this id */
  find(id: string): Promise<FoundBackup>;
  /** The bytes of one of its files. */
  open(id: string, file: string): Promise<Readable>;
  /** Deletes a backup; a kill in between leaves nothing under a final name. */
  remove(id: string): Promise<void>;
}

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

/** Judges a backup by its manifest's text and the sizes of its files, in bytes; undefined for what is not there. */
export async function judged(
  id: string,
  manifestText: string | undefined,
  sizeOf: (file: string) => Promise<number | undefined> | number | undefined,
): Promise<FoundBackup> {
  const bad = (reason: string): FoundBackup => ({ id, kind: 'bad', reason });
  if (manifestText === undefined) return bad('it has no manifest: it is not one of ours, or incomplete');
  try {
    const manifest = parseManifest(manifestText);
    if (manifest.id !== id) return bad(`its manifest is that of ${manifest.id}`);
    for (const { name, bytes } of filesOf(manifest)) {
      const size = await sizeOf(name);
      if (size === undefined) return bad(`its file ${name} is missing`);
      if (size !== bytes) return bad(`its file ${name} has ${size} bytes instead of ${bytes}`);
    }
    return { id, kind: 'whole', manifest };
  } catch (error) {
    if (error instanceof BadBackup) return bad(error.message);
    throw error;
  }
}

/** What lists show of a whole backup: the rows of all its tables, and its dump in bytes. */
export interface BackupSummary {
  readonly rows: number;
  readonly bytes: number;
  readonly encrypted: boolean;
  readonly writer: string;
}

/** Reads them from its manifest. */
export function summaryOf({ dump, tables, writer }: Manifest): BackupSummary {
  const rows = tables.reduce((sum, table) => sum + table.rows, 0);
  return { rows, bytes: dump.bytes, encrypted: dump.encrypted, writer };
}

/** The files of a backup besides its manifest. */
export function filesOf({ dump, config }: Manifest): readonly Manifest['dump'][] {
  return config === null ? [dump] : [dump, config];
}
