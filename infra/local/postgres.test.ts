import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { isRunning, identify } from './process-identity.mjs';
import { LOOPBACK } from './ports';
import { ensureDatabase, removePostgres, startPostgres, type PostgresOptions, type RunningPostgres } from './postgres';
import { existingDataDir } from './postgres-cluster';
import { SYSTEM_DIR } from './postgres-program';
import { calledByAKilledProcess } from '../../tests/support/killed-process';

let base: string;
let options: PostgresOptions;

beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'a closed home '));
  const stateDir = join(base, 'my clone', 'var', 'postgres');
  options = { stateDir, log: join(base, 'my clone', 'postgres.log'), preferredPort: 0 };
});
afterEach(async () => {
  await removePostgres(options.stateDir);
  rmSync(base, { recursive: true, force: true });
});

async function ask(url: string, sql: string): Promise<unknown> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<Record<string, unknown>>(sql);
    return Object.values(rows[0] ?? {})[0];
  } finally {
    await client.end();
  }
}

function startedByAKilledProcess(): Promise<unknown> {
  return calledByAKilledProcess(join(__dirname, 'postgres.ts'), 'startPostgres', options);
}

describe('the embedded PostgreSQL', () => {
  it('keeps data, password and port from one start to the next', async () => {
    const first = await startPostgres(options);
    await ask(first.url, 'CREATE TABLE kept AS SELECT 42 AS n');
    await first.stop();
    const second = await startPostgres(options);
    expect(second).toMatchObject({ url: first.url, adopted: false });
    expect(await ask(second.url, 'SELECT n FROM kept')).toBe(42);
  });

  it('ends before its stop returns', async () => {
    const server = await startPostgres(options);
    const identity = identify(server.pid);
    await server.stop();
    expect(identity !== undefined && isRunning(identity)).toBe(false);
    await expect(ask(server.url, 'SELECT 1')).rejects.toThrow('ECONNREFUSED');
    await expect(server.ended).resolves.toBe('exit code 0');
  });

  it('waits for the disk and checks pages unless told otherwise', async () => {
    const { url } = await startPostgres(options);
    expect(await ask(url, 'SHOW fsync')).toBe('on');
    expect(await ask(url, 'SHOW synchronous_commit')).toBe('on');
    expect(await ask(url, 'SHOW data_checksums')).toBe('on');
  });

  it('listens on the loopback address only, and on no socket file', async () => {
    const { url } = await startPostgres(options);
    expect(await ask(url, 'SHOW listen_addresses')).toBe(LOOPBACK);
    expect(await ask(url, 'SHOW unix_socket_directories')).toBe('');
  });

  it('lets nobody in without the password, which only its owner can read', async () => {
    const { url } = await startPostgres({ ...options, fsync: false });
    const wrong = new URL(url);
    wrong.password = 'guess';
    await expect(ask(wrong.href, 'SELECT 1')).rejects.toThrow('password authentication failed');
    expect(await ask(url, "SELECT rolpassword LIKE 'SCRAM-SHA-256%' FROM pg_authid WHERE rolname = 'tradewind'")).toBe(
      true,
    );
    const secret = join(options.stateDir, 'cluster.json');
    expect(readFileSync(secret, 'utf8')).toContain(new URL(url).password);
    expect(statSync(secret).mode & 0o777).toBe(0o600);
  });

  it('makes further databases on request, once', async () => {
    const { url } = await startPostgres({ ...options, fsync: false });
    await ensureDatabase(url, 'another "one"');
    await ensureDatabase(url, 'another "one"');
    expect(await ask(url, "SELECT count(*)::int FROM pg_database WHERE datname LIKE 'another%'")).toBe(1);
  });

  it('takes another port when its own is in use', async () => {
    const first = await startPostgres({ ...options, fsync: false });
    await first.stop();
    const intruder = createServer();
    await new Promise<void>((resolve) => intruder.listen(Number(new URL(first.url).port), LOOPBACK, resolve));
    const second = await startPostgres({ ...options, fsync: false });
    intruder.close();
    expect(new URL(second.url).port).not.toBe(new URL(first.url).port);
    expect(await ask(second.url, 'SELECT 1')).toBe(1);
  });
});

describe('a PostgreSQL left behind', () => {
  it('by a killed process is adopted by the next start, and can be stopped', async () => {
    const left = (await startedByAKilledProcess()) as RunningPostgres;
    const adopted = await startPostgres(options);
    expect(adopted).toMatchObject({ adopted: true, pid: left.pid, url: left.url });
    await adopted.stop();
    await expect(adopted.ended).resolves.toBe('it ended');
    await expect(ask(left.url, 'SELECT 1')).rejects.toThrow('ECONNREFUSED');
  });

  it('dead recovers: what was committed is there', async () => {
    const left = (await startedByAKilledProcess()) as RunningPostgres;
    await ask(left.url, 'CREATE TABLE kept AS SELECT 42 AS n');
    process.kill(left.pid, 'SIGKILL');
    const again = await startPostgres(options);
    expect(again.adopted).toBe(false);
    expect(await ask(again.url, 'SELECT n FROM kept')).toBe(42);
  });

  it('with a lock file whose number another program has now leaves that program alone', async () => {
    const first = await startPostgres({ ...options, fsync: false });
    await first.stop();
    const dataDir = existingDataDir(options.stateDir, SYSTEM_DIR) ?? '';
    writeFileSync(join(dataDir, 'postmaster.pid'), `${process.pid}\n${dataDir}\n0\n1\n\n\n\n`);
    expect(await startPostgres({ ...options, fsync: false })).toMatchObject({ adopted: false });
  });

  it('half made, by a first start that was interrupted, is made anew', async () => {
    const first = await startPostgres({ ...options, fsync: false });
    await first.stop();
    const dataDir = existingDataDir(options.stateDir, SYSTEM_DIR) ?? '';
    rmSync(dataDir, { recursive: true });
    mkdirSync(`${dataDir}.new`);
    writeFileSync(`${dataDir}.new/rest`, '');
    const second = await startPostgres({ ...options, fsync: false });
    expect(await ask(second.url, 'SELECT 1')).toBe(1);
    expect(existsSync(`${dataDir}.new`)).toBe(false);
  });

  it('by a deleted clone at the same path is not taken over', async () => {
    const first = await startPostgres({ ...options, fsync: false });
    await ask(first.url, 'CREATE TABLE old_trades (id int)');
    await first.stop();
    const oldData = existingDataDir(options.stateDir, SYSTEM_DIR) ?? '';
    rmSync(options.stateDir, { recursive: true });
    const second = await startPostgres({ ...options, fsync: false });
    expect(await ask(second.url, "SELECT to_regclass('old_trades')")).toBeNull();
    expect(existsSync(oldData)).toBe(false);
  });
});
