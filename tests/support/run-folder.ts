import { existsSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { removePostgres } from '../../infra/local/postgres';
import { isRunning, type ProcessIdentity } from '../../infra/local/process-identity.mjs';
import { removeTemporal } from '../../infra/local/temporal-server';

/** Everything that test runs keep on disk; each run has a folder of its own in it. */
export const TEST_DIR = resolve(__dirname, '../../var/test');

/** In a run's folder: which process it belongs to. */
export const OWNER_FILE = 'owner.json';

/** Ends the servers of a run and deletes its folder. */
export async function removeRun(runDir: string): Promise<void> {
  await Promise.all([removePostgres(join(runDir, 'postgres')), removeTemporal(join(runDir, 'temporal'))]);
  rmSync(runDir, { recursive: true, force: true });
}

/** Removes the runs whose process was killed before it could. */
export async function sweepDeadRuns(): Promise<void> {
  if (!existsSync(TEST_DIR)) return;
  for (const name of readdirSync(TEST_DIR)) {
    const ownerFile = join(TEST_DIR, name, OWNER_FILE);
    if (!name.startsWith('run-') || !existsSync(ownerFile)) continue;
    const owner = JSON.parse(readFileSync(ownerFile, 'utf8')) as ProcessIdentity;
    if (!isRunning(owner)) await removeRun(join(TEST_DIR, name));
  }
}
