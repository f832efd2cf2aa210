import { spawn } from 'node:child_process';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { Client } from 'pg';
import { copyOut } from './copy';
import type { BackupFolder } from './folder';
import type { BackupFile, BackupMethod, Manifest } from './manifest';
import { backupId } from './place';
import { findPrograms, programTarget } from './programs';
import type { ClientPrograms } from './programs';
import { literal } from './schema';
import { COMPRESSION, writeSealed } from './seal';
import { ONE_TEXT_SQL, readTables, SCHEMAS } from './tables';

/** Any fixed number: one backup at a time is taken of a database. */
const BACKUP_LOCK = 7_316_003;

/** What a backup is taken with. */
export interface TakeOptions {
  readonly databaseUrl: string;
  readonly folder: BackupFolder;
  /** Version of the software, for the manifest. */
  readonly software: string;
  /** An age recipient, `age1…`; without one the files are not encrypted. */
  readonly recipient?: string;
  /** Packs settings and bundled data; the archive is written only encrypted. */
  readonly config?: () => Readable;
  /** Real time. */
  readonly now: () => Date;
  /** The method to use; `pg_dump` where the client programs are, else `copy`. */
  readonly method?: BackupMethod;
  /** Told of each step, before it is taken. */
  readonly step?: (step: TakeStep) => void;
}

/** Each is told before it is taken, so that a test may end the process there. */
export type TakeStep = 'locked' | 'begun' | 'dumping' | 'dumped' | 'counted' | 'finishing' | 'finished';

/** Another backup of this database is under way. */
export class BackupRunning extends Error {
  constructor() {
    super('another backup of this database is under way');
    this.name = 'BackupRunning';
  }
}

/** There is no room for it where backups lie. */
export class DiskFull extends Error {
  constructor(path: string) {
    super(`the disk of the backup folder ${path} is full: there is no new backup, and those before stand`);
    this.name = 'DiskFull';
  }
}

/** No room, no quota left, or a file larger than this process may write. */
const FULL = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);

/**
 * Takes a backup of the database: the dump and the manifest's counts see one snapshot, and the folder gets its final name
 * when all of it is on disk. May be repeated after a kill at any moment.
 * @throws BackupRunning, DiskFull; or what the database, a program or the disk failed with: there is then no new backup
 */
export async function takeBackup(options: TakeOptions): Promise<Manifest> {
  const { folder, step = () => undefined } = options;
  if (options.config !== undefined && options.recipient === undefined)
    throw new Error('settings are archived only encrypted: set BACKUP_AGE_RECIPIENT');
  const client = new Client({ connectionString: options.databaseUrl, application_name: 'tradewind-backup' });
  // A server that goes away is told by the next query.
  client.on('error', () => undefined);
  await client.connect();
  try {
    const { rows } = await client.query<{ free: boolean }>('SELECT pg_try_advisory_lock($1) AS free', [BACKUP_LOCK]);
    if (rows[0]?.free !== true) throw new BackupRunning();
    step('locked');
    const started = options.now();
    const id = backupId(started);
    const partial = await folder.begin(id);
    step('begun');
    const manifest = await write(client, id, partial, started, options);
    step('finishing');
    await folder.finish(id, manifest);
    step('finished');
    return manifest;
  } catch (error) {
    await folder.sweep().catch(() => undefined);
    const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
    if (typeof code === 'string' && FULL.has(code)) throw new DiskFull(folder.path);
    throw error;
  } finally {
    await client.end().catch(() => undefined);
  }
}

async function write(
  client: Client,
  id: string,
  partial: string,
  started: Date,
  options: TakeOptions,
): Promise<Manifest> {
  const { step = () => undefined, recipient } = options;
  await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
  const facts = await readFacts(client);
  const programs = options.method === 'copy' ? undefined : await findPrograms(facts.serverMajor);
  if (options.method === 'pg_dump' && programs === undefined)
    throw new Error(`there is no pg_dump, pg_restore and psql of version ${facts.serverMajor} or newer on PATH`);
  step('dumping');
  const path = (name: string): string => join(partial, name);
  const suffix = recipient === undefined ? '' : '.age';
  const name = `database.${programs === undefined ? 'copy.gz' : 'dump'}${suffix}`;
  const dumpRows = programs === undefined ? copyDump : pgDump;
  // Side by side, on one snapshot.
  const [written, read] = await Promise.allSettled([
    dumpRows(options.databaseUrl, facts.snapshot, path(name), name, recipient),
    readTables(client),
  ]);
  if (written.status === 'rejected') throw written.reason;
  if (read.status === 'rejected') throw read.reason;
  const [dump, tables] = [written.value, read.value];
  step('dumped');
  step('counted');
  await client.query('COMMIT');
  const configName = 'config.json.gz.age';
  const config =
    options.config === undefined ? null : await writeSealed(options.config(), path(configName), configName, recipient);
  const { installation, server, walPosition, killEpoch, migrations } = facts;
  return {
    ...{
      product: 'tradewind',
      format: 2,
      id,
      takenAt: started.toISOString(),
      installation,
      software: options.software,
    },
    ...{ server, method: programs === undefined ? 'copy' : 'pg_dump', writer: writerOf(programs, options.software) },
    ...{ walPosition, killEpoch, migrations, tables: [...tables], dump, config },
    seconds: (options.now().getTime() - started.getTime()) / 1_000,
  };
}

function writerOf(programs: ClientPrograms | undefined, software: string): string {
  return programs === undefined ? `tradewind ${software}` : `pg_dump ${programs.version}`;
}

interface DatabaseFacts {
  readonly snapshot: string;
  readonly serverMajor: number;
  readonly server: string;
  readonly installation: string;
  readonly walPosition: string;
  readonly killEpoch: number;
  readonly migrations: string[];
}

/** What the manifest says of the database as a whole, and the snapshot to dump. */
async function readFacts(client: Client): Promise<DatabaseFacts> {
  const { rows } = await client.query<Omit<DatabaseFacts, 'serverMajor' | 'migrations'> & { number: string }>(
    `SELECT pg_export_snapshot() AS snapshot, current_setting('server_version') AS server,
       current_setting('server_version_num') AS number, (SELECT id::text FROM installation) AS installation,
       CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_lsn() END::text AS "walPosition",
       greatest((SELECT last_value FROM kill_epoch), (SELECT max(epoch) FROM kill_switch))::int AS "killEpoch"`,
  );
  const [facts] = rows;
  if (facts === undefined) throw new Error('the database does not say what it is');
  const names = await client.query<{ name: string }>('SELECT name FROM migrations ORDER BY id');
  const { number, ...rest } = facts;
  return { ...rest, serverMajor: Math.floor(Number(number) / 10_000), migrations: names.rows.map(({ name }) => name) };
}

/** Reads a snapshot by COPY, over a connection of its own, and writes it to a file. */
async function copyDump(
  databaseUrl: string,
  snapshot: string,
  path: string,
  name: string,
  recipient: string | undefined,
): Promise<BackupFile> {
  const client = new Client({ connectionString: databaseUrl, application_name: 'tradewind-backup' });
  client.on('error', () => undefined);
  await client.connect();
  try {
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    await client.query(`SET TRANSACTION SNAPSHOT ${literal(snapshot)}`);
    await client.query(ONE_TEXT_SQL);
    return await writeSealed(copyOut(client), path, name, recipient);
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** Runs `pg_dump` on a snapshot and writes what it says to a file. */
async function pgDump(
  databaseUrl: string,
  snapshot: string,
  path: string,
  name: string,
  recipient: string | undefined,
): Promise<BackupFile> {
  const { address, env } = programTarget(databaseUrl);
  const schemas = SCHEMAS.flatMap((schema) => ['--schema', schema]);
  const format = ['--format=custom', `--compress=${COMPRESSION}`, '--no-owner', '--no-privileges'];
  const args = [...format, ...schemas, `--snapshot=${snapshot}`];
  const child = spawn('pg_dump', [...args, '--dbname', address], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let told = '';
  child.stderr.on('data', (text: Buffer) => (told = `${told}${text.toString()}`.slice(-500)));
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  ended.catch(() => undefined);
  try {
    const written = await writeSealed(child.stdout, path, name, recipient);
    const code = await ended;
    // Only now is it known that the file is whole.
    if (code !== 0) throw new Error(`pg_dump failed: ${told.trim().replace(/\s+/g, ' ')}`);
    return written;
  } catch (error) {
    child.kill('SIGKILL');
    throw error;
  }
}
