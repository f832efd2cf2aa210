import { z } from 'zod';

/** How the rows were written: by `pg_dump -Fc`, or by COPY where there are no client programs. */
export const BACKUP_METHODS = ['pg_dump', 'copy'] as const;
export type BackupMethod = (typeof BACKUP_METHODS)[number];

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);

const file = z.strictObject({
  name: z.string().regex(/^[a-z0-9.-]{1,64}$/),
  bytes: z.int().min(0),
  /** Of the file as it lies there. */
  sha256,
  /** Of what is in it before encryption. */
  plainSha256: sha256,
  encrypted: z.boolean(),
});

const manifest = z.strictObject({
  product: z.literal('tradewind'),
  /** 1: checksums by MD5; 2: by a faster hash. */
  format: z.union([z.literal(1), z.literal(2)]),
  id: z.string(),
  takenAt: z.iso.datetime(),
  /** Random id of the installation that was saved. */
  installation: z.string(),
  software: z.string(),
  server: z.string(),
  method: z.enum(BACKUP_METHODS),
  /** What wrote it, with its version. */
  writer: z.string(),
  /** Position in the write-ahead log at the snapshot. */
  walPosition: z.string(),
  /** Highest epoch of a halt at the snapshot. */
  killEpoch: z.int().min(0),
  migrations: z.array(z.string()),
  tables: z.array(
    z.strictObject({
      name: z.string().regex(/^(public|paper)\.[a-z_][a-z0-9_]*$/),
      rows: z.int().min(0),
      checksum: z.string().regex(/^-?\d+$/),
    }),
  ),
  dump: file,
  /** Encrypted settings and bundled data, when they were asked for. */
  config: file.nullable(),
  seconds: z.number().min(0),
});

/** What a backup holds and how to know that it is whole; one JSON document beside its files. */
export type Manifest = z.output<typeof manifest>;
export type BackupFile = z.output<typeof file>;

/** A backup that cannot be used, and why, in one sentence. */
export class BadBackup extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'BadBackup';
  }
}

/** Reads a manifest. @throws BadBackup when the text is no manifest of ours */
export function parseManifest(text: string): Manifest {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    throw new BadBackup('its manifest is no JSON: it is damaged, or not one of ours');
  }
  if (typeof document !== 'object' || document === null || Reflect.get(document, 'product') !== 'tradewind')
    throw new BadBackup('its manifest is not one of Tradewind: it is a foreign backup');
  if (![1, 2].includes(Reflect.get(document, 'format') as number))
    throw new BadBackup('its format is one that this version does not know');
  const read = manifest.safeParse(document);
  if (read.success) return read.data;
  const issue = read.error.issues[0];
  throw new BadBackup(`its manifest is damaged at ${issue?.path.join('.') ?? 'an unknown place'}`);
}
