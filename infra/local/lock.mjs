// One at a time, across processes. Node built-ins only: setup uses it before the packages are installed.
import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { identify, isRunning } from './process-identity.mjs';

const TELL_EVERY_MS = 10_000;

export function tryLock(path) {
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

/** Does work while nobody else does work under this lock; `onWait` is told of the holder at once and every ten seconds. */
export async function withLock(path, work, onWait = () => undefined) {
  let tellAt = 0;
  for (;;) {
    const attempt = tryLock(path);
    if (attempt.kind === 'taken') {
      try {
        return await work();
      } finally {
        attempt.release();
      }
    }
    if (performance.now() >= tellAt) {
      onWait(attempt.holder);
      tellAt = performance.now() + TELL_EVERY_MS;
    }
    await sleep(50);
  }
}

/** A link appears whole or not at all, so a lock never lacks its holder's name. */
function linked(own, path) {
  try {
    linkSync(own, path);
    return true;
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw error;
  }
}

/** Takes a dead process's lock away. Should somebody have taken it in between, theirs is put back. */
function setAside(path) {
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

function readHolder(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return undefined;
  }
}
