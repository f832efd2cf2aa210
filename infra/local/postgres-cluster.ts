import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { SYSTEM_DIR, postgresProgram, type PostgresProgram } from './postgres-program';
import { identify, type ProcessIdentity } from './process-identity.mjs';
import { commandLine } from './processes';

/** The first role of a cluster and the database of the product. */
export const DATABASE_NAME = 'tradewind';

/** What is remembered of a cluster between starts. */
export interface ClusterFile {
  /** Names the data folder; random, so that a new clone at the same path never meets an old database. */
  readonly id: string;
  readonly password: string;
  readonly port: number;
}

/** A cluster on disk and the programs that serve it. */
export interface Cluster {
  readonly file: ClusterFile;
  readonly filePath: string;
  readonly dataDir: string;
  readonly program: PostgresProgram;
}

/** Where a cluster lives. */
export interface ClusterPlace {
  /** This cluster's own folder: secrets, and the data unless we are root. Deleting it forgets the cluster. */
  readonly stateDir: string;
  /** Where root keeps program and data. Default {@link SYSTEM_DIR}. */
  readonly systemDir?: string;
  /** The port to try first on a cluster that has none yet; 0 for any. Default 15432. */
  readonly preferredPort?: number;
}

/** Not 5432, which a server of the machine may want. */
const PREFERRED_PORT = 15432;

/** Opens the cluster of a state folder; at the first call makes its password and prepares the place of its data. */
export function openCluster(options: ClusterPlace): Cluster {
  const systemDir = options.systemDir ?? SYSTEM_DIR;
  const program = postgresProgram(systemDir);
  const filePath = clusterFilePath(options.stateDir);
  mkdirSync(options.stateDir, { recursive: true });
  if (!existsSync(filePath)) {
    const port = options.preferredPort ?? PREFERRED_PORT;
    writePrivate(
      filePath,
      JSON.stringify({ id: randomBytes(8).toString('hex'), password: randomBytes(24).toString('hex'), port }),
    );
  }
  const file = readClusterFile(filePath);
  const dataDir = dataDirOf(file.id, options.stateDir, systemDir);
  if (program.user !== undefined) claimDataParent(dirname(dataDir), options.stateDir, program.user);
  return { file, filePath, dataDir, program };
}

function clusterFilePath(stateDir: string): string {
  return join(stateDir, 'cluster.json');
}

function readClusterFile(filePath: string): ClusterFile {
  return JSON.parse(readFileSync(filePath, 'utf8')) as ClusterFile;
}

function dataDirOf(id: string, stateDir: string, systemDir: string): string {
  return process.getuid?.() === 0 ? join(systemDir, 'data', id, 'cluster') : join(resolve(stateDir), 'data', 'cluster');
}

/** Root's data lies outside the clone: the folder says whose it is, and data of a deleted clone at this path goes. */
function claimDataParent(parent: string, stateDir: string, user: { uid: number; gid: number }): void {
  const owner = resolve(stateDir);
  const all = dirname(parent);
  mkdirSync(all, { recursive: true });
  chmodSync(all, 0o755);
  if (existsSync(parent)) return;
  for (const id of readdirSync(all)) {
    const other = join(all, id);
    const ownerFile = join(other, 'owner');
    if (
      existsSync(ownerFile) &&
      readFileSync(ownerFile, 'utf8') === owner &&
      leftover(join(other, 'cluster')) === undefined
    ) {
      rmSync(other, { recursive: true, force: true });
    }
  }
  mkdirSync(parent, { mode: 0o700 });
  chownSync(parent, user.uid, user.gid);
  writeFileSync(join(parent, 'owner'), owner);
}

/**
 * Makes the cluster's data when there is none: beside its place and then renamed, so that an interrupted first start
 * leaves nothing half-made.
 */
export async function initialiseOnce(cluster: Cluster): Promise<void> {
  const { dataDir, program, file } = cluster;
  if (existsSync(join(dataDir, 'PG_VERSION'))) return;
  const parent = dirname(dataDir);
  const unfinished = `${dataDir}.new`;
  const passwordFile = join(parent, 'password.new');
  mkdirSync(parent, { recursive: true, mode: 0o700 });
  rmSync(unfinished, { recursive: true, force: true });
  writePrivate(passwordFile, file.password);
  if (program.user !== undefined) chownSync(passwordFile, program.user.uid, program.user.gid);
  const how = [
    '--username',
    DATABASE_NAME,
    '--auth',
    'scram-sha-256',
    '--encoding',
    'UTF8',
    '--locale',
    'C',
    '--data-checksums',
  ];
  try {
    await promisify(execFile)(
      join(program.binDir, 'initdb'),
      [...how, '--no-instructions', '--pwfile', passwordFile, '--pgdata', unfinished],
      { cwd: parent, ...program.user },
    );
    renameSync(unfinished, dataDir);
  } finally {
    rmSync(passwordFile, { force: true });
  }
}

/** Remembers the port that the cluster was last served on. */
export function rememberPort(cluster: Cluster, port: number): void {
  if (port !== cluster.file.port) writePrivate(cluster.filePath, JSON.stringify({ ...cluster.file, port }));
}

/** The data folder of an existing cluster; undefined when the state folder holds none. */
export function existingDataDir(stateDir: string, systemDir: string): string | undefined {
  const filePath = clusterFilePath(stateDir);
  return existsSync(filePath) ? dataDirOf(readClusterFile(filePath).id, stateDir, systemDir) : undefined;
}

/** The server that still runs on this data, told by its lock file and its command line; never by the number alone. */
export function leftover(dataDir: string): { identity: ProcessIdentity; port: number } | undefined {
  const lockFile = join(dataDir, 'postmaster.pid');
  if (!existsSync(lockFile)) return undefined;
  const lines = readFileSync(lockFile, 'utf8').split('\n');
  const pid = Number(lines[0]);
  const identity = Number.isInteger(pid) && pid > 0 ? identify(pid) : undefined;
  if (identity === undefined || commandLine(pid)?.includes(dataDir) !== true) return undefined;
  return { identity, port: Number(lines[3]) };
}

function writePrivate(path: string, text: string): void {
  const unfinished = `${path}.${process.pid}`;
  writeFileSync(unfinished, text, { mode: 0o600 });
  renameSync(unfinished, path);
}
