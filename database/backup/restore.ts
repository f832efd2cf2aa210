import { spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Client } from 'pg';
import { copyIn } from './copy';
import { BadBackup } from './manifest';
import type { Manifest } from './manifest';
import type { BackupPlace } from './place';
import { findPrograms, programTarget } from './programs';
import { CLEAR_SQL, emptySchemaSql, literal, upgradeSql, verifySql } from './schema';
import { openSealed } from './seal';
import { SCHEMAS } from './tables';

/** What a restored system is held by: nothing trades before the venues were read. */
export interface RestoreGuard {
  /** The person who answers for it. */
  readonly operator: string;
  /** Highest epoch of a halt that anybody outside these databases has seen: Temporal's visibility. */
  readonly seenEpoch: number;
}

export interface RestoreOptions {
  readonly databaseUrl: string;
  /** Where the backup lies. */
  readonly place: BackupPlace;
  readonly manifest: Manifest;
  /** An age identity, for a backup that is encrypted. */
  readonly identity?: string;
  /** Null only for a scratch database that nothing trades on. */
  readonly guard: RestoreGuard | null;
  /** True: what is in the database is replaced. */
  readonly force: boolean;
  /** Told of each step, before it is taken. */
  readonly step?: (step: RestoreStep) => void;
}

/** Each is told before it is taken, so that a test may end the process there. */
export type RestoreStep = 'begun' | 'loading' | 'loaded' | 'checked' | 'committing' | 'committed';

/** The database holds something, and nobody said that it may be replaced. */
export class NotEmpty extends Error {
  constructor() {
    super('the database is not empty: name --force and an --operator to replace what it holds');
    this.name = 'NotEmpty';
  }
}

/** How a method runs the one transaction of a restore. */
interface Session {
  run(sql: string): Promise<void>;
  /** Loads the rows of the dump. */
  load(dump: Readable): Promise<void>;
  commit(): Promise<void>;
  /** Ends it without effect, if it was not committed. */
  abandon(): Promise<void>;
}

/**
 * Restores a backup in one transaction: what was there goes, the rows come, counts and checksums are compared with the
 * manifest, this version's schema is laid over them, and the guard is set; only then is it committed. A kill before that
 * leaves the database as it was, and one after it finds the guard there.
 * @throws BadBackup, NotEmpty, or what the database failed with; nothing has then changed
 */
export async function restoreBackup(options: RestoreOptions): Promise<void> {
  const { databaseUrl, place, manifest, guard, step = () => undefined } = options;
  const serverMajor = await examine(databaseUrl, options.force);
  const source = await openSealed(await place.open(manifest.id, manifest.dump.name), manifest.dump, options.identity);
  const session =
    manifest.method === 'copy' ? await copySession(databaseUrl, manifest) : await psqlSession(databaseUrl, serverMajor);
  try {
    step('begun');
    await session.run(CLEAR_SQL);
    step('loading');
    await Promise.all([session.load(source.stream), source.checked]);
    step('loaded');
    await session.run(verifySql(manifest));
    step('checked');
    await session.run(upgradeSql(manifest));
    if (guard !== null) await session.run(guardSql(manifest, guard));
    step('committing');
    await session.commit();
    step('committed');
  } catch (error) {
    source.stream.destroy();
    await session.abandon();
    // What the file is outweighs how reading it failed.
    await source.checked.catch((reason: unknown) => {
      if (reason instanceof BadBackup && !(error instanceof BadBackup)) throw reason;
    });
    throw error;
  }
}

function guardSql({ id, takenAt, killEpoch }: Manifest, { operator, seenEpoch }: RestoreGuard): string {
  const document = JSON.stringify({ backup: id, takenAt, operator, seenEpoch: Math.max(seenEpoch, killEpoch) });
  return `SELECT guard_restored(${literal(document)}::jsonb, (SELECT max(epoch) FROM seen_epochs));`;
}

/** Major version of the server. @throws NotEmpty */
async function examine(databaseUrl: string, force: boolean): Promise<number> {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const { rows } = await client.query<{ number: string; tables: number | string }>(
      `SELECT current_setting('server_version_num') AS number, (SELECT count(*) FROM pg_class c JOIN pg_namespace n
         ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'p') AND n.nspname = ANY ($1)) AS tables`,
      [[...SCHEMAS]],
    );
    if (Number(rows[0]?.tables) > 0 && !force) throw new NotEmpty();
    return Math.floor(Number(rows[0]?.number) / 10_000);
  } finally {
    await client.end();
  }
}

/** The transaction of a dump of COPY: one connection. */
async function copySession(databaseUrl: string, manifest: Manifest): Promise<Session> {
  const client = new Client({ connectionString: databaseUrl, application_name: 'tradewind-restore' });
  client.on('error', () => undefined);
  await client.connect();
  await client.query('BEGIN');
  return {
    run: async (sql) => {
      await client.query(sql);
    },
    load: async (dump) => {
      await client.query(emptySchemaSql(manifest));
      await copyIn(client, dump);
    },
    commit: async () => {
      await client.query('COMMIT');
      await client.end();
    },
    abandon: () => client.end().catch(() => undefined),
  };
}

/**
 * The transaction of a dump of `pg_dump`: one `psql`, whose input is what `pg_restore` makes of the dump and what we add.
 * It never sees a COMMIT before all of that went well: an input that ends early is rolled back.
 */
async function psqlSession(databaseUrl: string, serverMajor: number): Promise<Session> {
  if ((await findPrograms(serverMajor)) === undefined)
    throw new Error(`this backup needs psql and pg_restore of version ${serverMajor} or newer on PATH`);
  const { address, env } = programTarget(databaseUrl);
  const flags = ['--no-psqlrc', '--quiet', '--set=ON_ERROR_STOP=1', '--output=/dev/null'];
  const psql = spawn('psql', [...flags, '--dbname', address, '--file=-'], { env, stdio: ['pipe', 'ignore', 'pipe'] });
  const told = { text: '' };
  psql.stderr.on('data', (text: Buffer) => (told.text = `${told.text}${text.toString()}`.slice(-1_000)));
  const ended = new Promise<number | null>((resolve, reject) => {
    psql.once('error', reject);
    psql.once('close', resolve);
  });
  ended.catch(() => undefined);
  // A broken pipe is told by the exit of the program.
  psql.stdin.on('error', () => undefined);
  const failure = async (): Promise<Error> => {
    await ended.catch(() => undefined);
    const line = /ERROR:\s*(.*)/.exec(told.text)?.[1] ?? told.text.trim().replace(/\s+/g, ' ');
    return line.startsWith('restored wrongly') ? new BadBackup(line) : new Error(`the restore failed: ${line}`);
  };
  const write = async (sql: string): Promise<void> => {
    const written = new Promise<void>((resolve, reject) => {
      psql.stdin.write(`${sql}\n`, (error) => (error ? reject(error) : resolve()));
    });
    await written.catch(async () => {
      throw await failure();
    });
  };
  await write('BEGIN;\nSET LOCAL client_min_messages TO warning;');
  return {
    run: write,
    load: (dump) => loadScript(dump, psql.stdin, failure, env),
    commit: async () => {
      await write('COMMIT;');
      psql.stdin.end();
      if ((await ended) !== 0) throw await failure();
    },
    abandon: async () => {
      psql.stdin.destroy();
      psql.kill('SIGKILL');
      await ended.catch(() => undefined);
    },
  };
}

/** Turns a dump into SQL with `pg_restore` and feeds it to `psql`. */
async function loadScript(
  dump: Readable,
  psql: NodeJS.WritableStream,
  failure: () => Promise<Error>,
  env: NodeJS.ProcessEnv,
): Promise<void> {
  const flags = ['--no-owner', '--no-privileges', '--exit-on-error', '--file=-'];
  const restore = spawn('pg_restore', flags, { env, stdio: ['pipe', 'pipe', 'pipe'] });
  let told = '';
  restore.stderr.on('data', (text: Buffer) => (told = `${told}${text.toString()}`.slice(-500)));
  const ended = new Promise<number | null>((resolve, reject) => {
    restore.once('error', reject);
    restore.once('close', resolve);
  });
  ended.catch(() => undefined);
  const fed = pipeline(dump, restore.stdin).catch(() => undefined);
  try {
    await pipeline(restore.stdout, psql, { end: false });
  } catch {
    restore.kill('SIGKILL');
    throw await failure();
  }
  await fed;
  if ((await ended) !== 0)
    throw new BadBackup(`its dump cannot be read to its end: ${told.trim().replace(/\s+/g, ' ').slice(0, 200)}`);
}
