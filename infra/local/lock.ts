import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { identify, isRunning, type ProcessIdentity } from './processes';

/** The answer to an attempt to take a lock. */
export type LockAttempt =
  | { readonly kind: 'taken'; readonly release: () => void }
  | { readonly kind: 'held'; readonly holder: ProcessIdentity };

/**
 * Tries to take a lock file for this process. A lock whose process has ended counts as free, so a kill never blocks
 * the next start.
 */
export function tryLock(path: string): LockAttempt {
  mkdirSync(dirname(path), { recursive: true });
  const own = `${path}.${process.pid}`;
  writeFileSync(own, JSON.stringify(identify(process.pid)));
  try {
    for (;;) {
      if (linked(own, path)) return { kind: 'taken', release: () => rmSync(path, { force: true }) };
      const holder = readHolder(path);
      if (holder !== undefined && isRunning(holder)) return { kind: 'held', holder };
      setAside(path);
    }
  } finally {
    rmSync(own, { force: true });
  }
}

/** Runs the work while holding the lock, waiting for whoever holds it now. */
export async function withLock<T>(path: string, work: () => Promise<T>): Promise<T> {
  for (;;) {
    const attempt = tryLock(path);
    if (attempt.kind === 'held') {
      await sleep(50);
      continue;
    }
    try {
      return await work();
    } finally {
      attempt.release();
    }
  }
}

/** A link appears whole or not at all, so a lock never lacks its holder's name. */
function linked(own: string, path: string): boolean {
  try {
    linkSync(own, path);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
}

/** Takes a dead process's lock away. Should somebody have taken it in between, theirs is put back. */
function setAside(path: string): void {
  const aside = `${path}.dead.${process.pid}`;
  try {
    renameSync(path, aside);
  } catch {
    return;
  }
  const moved = readHolder(aside);
  if (moved !== undefined && isRunning(moved)) linked(aside, path);
  rmSync(aside, { force: true });
}

function readHolder(path: string): ProcessIdentity | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as ProcessIdentity;
  } catch {
    return undefined;
  }
}
