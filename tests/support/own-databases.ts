import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startPostgres } from '../../infra/local/postgres';
import { identify } from '../../infra/local/process-identity.mjs';
import { endWithUs } from './end-with-us';
import { OWNER_FILE, TEST_DIR, removeRun, sweepDeadRuns } from './run-folder';

/**
 * Runs `work` with a PostgreSQL of its own, on which `createTestDatabase` works as it does in tests.
 * @param fsync whether it waits for the disk, as in production; not unless told
 */
export async function withOwnDatabases<Result>(work: () => Promise<Result>, fsync = false): Promise<Result> {
  await sweepDeadRuns();
  const runDir = join(TEST_DIR, `run-${process.pid}`);
  mkdirSync(runDir, { recursive: true });
  writeFileSync(join(runDir, OWNER_FILE), JSON.stringify(identify(process.pid)));
  try {
    const postgres = await startPostgres({
      stateDir: join(runDir, 'postgres'),
      log: join(runDir, 'postgres.log'),
      fsync,
      preferredPort: 0,
    });
    endWithUs(postgres);
    process.env['TEST_DATABASE_URL'] = postgres.url;
    return await work();
  } finally {
    await removeRun(runDir);
  }
}
