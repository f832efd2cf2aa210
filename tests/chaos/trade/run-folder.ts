import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { removePostgres } from '../../../infra/local/postgres';
import { identify, isRunning } from '../../../infra/local/process-identity.mjs';
import type { ProcessIdentity } from '../../../infra/local/process-identity.mjs';
import { stopProcess } from '../../../infra/local/processes';
import { removeTemporal } from '../../../infra/local/temporal-server';

const OWNER_FILE = 'owner.json';

/** A folder for this run, after the folders of runs that were killed have been cleared. */
export async function claimFolder(parent: string): Promise<string> {
  mkdirSync(parent, { recursive: true });
  for (const name of readdirSync(parent)) {
    const ownerFile = join(parent, name, OWNER_FILE);
    if (!existsSync(ownerFile)) continue;
    const owner = JSON.parse(readFileSync(ownerFile, 'utf8')) as ProcessIdentity;
    if (!isRunning(owner)) await releaseFolder(join(parent, name));
  }
  const dir = join(parent, `run-${process.pid}`);
  mkdirSync(dir, { recursive: true });
  writeFileSync(join(dir, OWNER_FILE), JSON.stringify(identify(process.pid)));
  return dir;
}

/** Ends whatever still runs from a folder and deletes it; its logs are kept beside it for whoever asks what happened. */
export async function releaseFolder(dir: string): Promise<void> {
  for (const name of readdirSync(dir).filter((file) => file.endsWith('.pid.json'))) {
    const identity = JSON.parse(readFileSync(join(dir, name), 'utf8')) as ProcessIdentity;
    await stopProcess(identity, [{ signal: 'SIGKILL', waitMs: 5_000 }]);
  }
  await Promise.all([removePostgres(join(dir, 'postgres')), removeTemporal(join(dir, 'temporal'))]);
  keepLogs(join(dir, 'log'), join(dir, '..', 'log'));
  rmSync(dir, { recursive: true, force: true });
}

function keepLogs(from: string, to: string): void {
  if (!existsSync(from)) return;
  rmSync(to, { recursive: true, force: true });
  renameSync(from, to);
}
