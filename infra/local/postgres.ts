import { rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { LOOPBACK, freePort } from './ports';
import {
  DATABASE_NAME,
  existingDataDir,
  initialiseOnce,
  leftover,
  openCluster,
  rememberPort,
  type Cluster,
  type ClusterPlace,
} from './postgres-cluster';
import { SYSTEM_DIR } from './postgres-program';
import type { ProcessIdentity } from './process-identity.mjs';
import { endOf, stopProcess, type StopStep } from './processes';
import { spawnLogged, type Spawned } from './spawn';

const READY_WITHIN_MS = 60_000;

/** A server left behind may be in recovery; it gets this long to answer before it is stopped. */
const ADOPT_WITHIN_MS = 10_000;

/** "Fast" ends sessions and writes a checkpoint; "immediate" leaves recovery to the next start, and loses no commit. */
const STOP_STEPS: readonly StopStep[] = [
  { signal: 'SIGINT', waitMs: 15_000 },
  { signal: 'SIGQUIT', waitMs: 5_000 },
];

/** How to start the embedded PostgreSQL. */
export interface PostgresOptions extends ClusterPlace {
  /** The server's log is appended to this file. */
  readonly log: string;
  /** Wait for the disk at each commit; off only where nothing must survive, as in tests. Default true. */
  readonly fsync?: boolean;
}

/** A running server. */
export interface RunningPostgres {
  /** Connection string of the database {@link DATABASE_NAME}, with its password. */
  readonly url: string;
  readonly pid: number;
  /** Settles when the server has ended, with the reason in words. */
  readonly ended: Promise<string>;
  /** True when the server was left running by an earlier process. */
  readonly adopted: boolean;
  /** Ends the server by its process number and waits for the end. */
  readonly stop: () => Promise<void>;
}

/**
 * Starts the embedded PostgreSQL on the loopback address, or adopts the one that a killed process left on the same
 * data. Passwords are checked with SCRAM-SHA-256; the password is made at the first start and kept with mode 600.
 * @throws Error with the end of the server's log when it does not answer within a minute.
 */
export async function startPostgres(options: PostgresOptions): Promise<RunningPostgres> {
  const cluster = openCluster(options);
  const left = leftover(cluster.dataDir);
  if (left !== undefined) {
    const url = serverUrl(cluster.file.password, left.port, DATABASE_NAME);
    if (await answersWithin(url, ADOPT_WITHIN_MS)) return running(url, left.identity, true);
    await stopProcess(left.identity, STOP_STEPS);
  }
  rmSync(join(cluster.dataDir, 'postmaster.pid'), { force: true });
  await initialiseOnce(cluster);
  const { server, port } = await launch(cluster, options);
  await ensureDatabase(serverUrl(cluster.file.password, port, 'postgres'), DATABASE_NAME);
  return running(serverUrl(cluster.file.password, port, DATABASE_NAME), server.identity, false, server.ended);
}

/** Stops the server of a state folder if one runs, and deletes its data and the folder. */
export async function removePostgres(stateDir: string, systemDir: string = SYSTEM_DIR): Promise<void> {
  const dataDir = existingDataDir(stateDir, systemDir);
  if (dataDir !== undefined) {
    const left = leftover(dataDir);
    if (left !== undefined) await stopProcess(left.identity, STOP_STEPS);
    rmSync(dirname(dataDir), { recursive: true, force: true });
  }
  rmSync(stateDir, { recursive: true, force: true });
}

/** Makes a database when it is missing; `serverUrl` names any other database of the same server. */
export async function ensureDatabase(serverUrl: string, name: string): Promise<void> {
  const client = new Client({ connectionString: serverUrl });
  await client.connect();
  try {
    const found = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [name]);
    if (found.rowCount === 0) await client.query(`CREATE DATABASE ${client.escapeIdentifier(name)}`);
  } finally {
    await client.end();
  }
}

function running(url: string, identity: ProcessIdentity, adopted: boolean, ended = endOf(identity)): RunningPostgres {
  return { url, pid: identity.pid, ended, adopted, stop: () => stopProcess(identity, STOP_STEPS) };
}

/** Starts the server; a port that somebody took in between, or memory of a dying predecessor, is worth another try. */
async function launch(cluster: Cluster, options: PostgresOptions): Promise<{ server: Spawned; port: number }> {
  const deadline = performance.now() + READY_WITHIN_MS;
  let preferred = cluster.file.port;
  for (;;) {
    const port = await freePort(preferred);
    const server = await spawnLogged({
      command: join(cluster.program.binDir, 'postgres'),
      args: serverArguments(cluster.dataDir, port, options.fsync ?? true),
      logFile: options.log,
      cwd: dirname(cluster.dataDir),
      ...cluster.program.user,
    });
    const left = deadline - performance.now();
    const ready = answersWithin(serverUrl(cluster.file.password, port, 'postgres'), left, server.hasEnded);
    if (await ready) {
      rememberPort(cluster, port);
      return { server, port };
    }
    await stopProcess(server.identity, STOP_STEPS);
    const log = server.logTail();
    if (performance.now() >= deadline || !/could not bind|shared memory block/.test(log)) {
      throw new Error(`PostgreSQL did not start; its log ends:\n${log}`);
    }
    preferred = 0;
    await sleep(500);
  }
}

/** TCP on the loopback address only: a socket file would meet the 107 bytes that a deep clone path overruns. */
function serverArguments(dataDir: string, port: number, fsync: boolean): string[] {
  const settings: Record<string, string> = {
    listen_addresses: LOOPBACK,
    unix_socket_directories: '',
    max_connections: '200',
    password_encryption: 'scram-sha-256',
    timezone: 'UTC',
    log_timezone: 'UTC',
    ...(fsync ? {} : { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' }),
  };
  return [
    '-D',
    dataDir,
    '-p',
    String(port),
    ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
  ];
}

async function answersWithin(url: string, withinMs: number, over: () => boolean = () => false): Promise<boolean> {
  const deadline = performance.now() + withinMs;
  while (!over() && performance.now() < deadline) {
    if (await answers(url)) return true;
    await sleep(25);
  }
  return false;
}

async function answers(url: string): Promise<boolean> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 3000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query('SELECT 1');
    return true;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => undefined);
  }
}

function serverUrl(password: string, port: number, database: string): string {
  return `postgres://${DATABASE_NAME}:${password}@${LOOPBACK}:${port}/${database}`;
}
