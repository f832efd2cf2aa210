import { execFile } from 'node:child_process';
import { accessSync, constants, existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { withLock } from '../../infra/local/lock.mjs';

/** An S3-compatible server under the Apache licence that `go install` builds: an object is a file of a folder. */
const VERSION = '1.8.0';
const MODULE = `github.com/versity/versitygw/cmd/versitygw@v${VERSION}`;

/**
 * The S3-compatible server of the tests: from PATH, from the user's cache, or built with Go into that cache (two to five
 * minutes, once for a machine, however many ask).
 * @throws Error when it is nowhere and cannot be built
 */
export async function s3Program(): Promise<string> {
  for (const folder of (process.env['PATH'] ?? '').split(delimiter)) {
    const program = join(folder, 'versitygw');
    if (folder !== '' && isProgram(program)) return program;
  }
  const cache = process.env['XDG_CACHE_HOME'] ?? join(process.env['HOME'] ?? homedir(), '.cache');
  const target = join(cache, 'tradewind', `versitygw-${VERSION}`, 'versitygw');
  if (isProgram(target)) return target;
  return withLock(`${dirname(target)}.lock`, async () => {
    if (isProgram(target)) return target;
    // One name for all: an attempt that was killed leaves its folder to the next, which holds the lock.
    const work = `${dirname(target)}.new`;
    rmSync(work, { recursive: true, force: true });
    mkdirSync(work, { recursive: true });
    try {
      await build(work);
      mkdirSync(dirname(target), { recursive: true });
      renameSync(join(work, 'versitygw'), target);
      return target;
    } finally {
      rmSync(work, { recursive: true, force: true });
    }
  });
}

function build(folder: string): Promise<void> {
  return new Promise((resolve, reject) => {
    execFile('go', ['install', MODULE], { env: { ...process.env, GOBIN: folder } }, (error, _stdout, stderr) => {
      if (error === null) {
        resolve();
        return;
      }
      const reason = stderr.trim().split('\n').slice(-5).join('\n') || error.message;
      reject(
        new Error(`the S3-compatible server versitygw ${VERSION} is not on PATH and Go cannot build it: ${reason}`),
      );
    });
  });
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return existsSync(path);
  } catch {
    return false;
  }
}
