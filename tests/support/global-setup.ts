import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from 'jest';
import { startPostgres } from '../../infra/local/postgres';
import { identify } from '../../infra/local/process-identity.mjs';
import { findTemporalCli } from '../../infra/local/temporal-cli.mjs';
import { startTemporal } from '../../infra/local/temporal-server';
import { endWithUs, exitOnSignals } from './end-with-us';
import { OWNER_FILE, TEST_DIR, removeRun, sweepDeadRuns } from './run-folder';

/** The namespace of the test server. */
const NAMESPACE = 'trading';

/**
 * Starts what the `system` project needs, once for the run and apart from every other run of this clone: one
 * PostgreSQL that does not wait for the disk, and one Temporal server in memory. Tests find them through
 * `TEST_DATABASE_URL`, `TEST_TEMPORAL_ADDRESS` and `TEST_TEMPORAL_NAMESPACE`, and get databases of their own from
 * `createTestDatabase`. Migrations and the workflow bundle wait for the first test that asks.
 */
export default async function globalSetup(globalConfig: Pick<Config, 'collectCoverage'>): Promise<void> {
  await sweepDeadRuns();
  const runDir = join(TEST_DIR, `run-${process.pid}`);
  mkdirSync(runDir, { recursive: true });
  writeFileSync(join(runDir, OWNER_FILE), JSON.stringify(identify(process.pid)));
  process.env['TEST_RUN_DIR'] = runDir;
  process.env['TEST_COLLECT_COVERAGE'] = globalConfig.collectCoverage === true ? '1' : '0';
  try {
    const [postgres, temporal] = await Promise.all([
      startPostgres({
        stateDir: join(runDir, 'postgres'),
        log: join(runDir, 'postgres.log'),
        fsync: false,
        preferredPort: 0,
      }),
      startTemporal({
        cliPath: cliPath(),
        namespace: NAMESPACE,
        stateDir: join(runDir, 'temporal'),
        log: join(runDir, 'temporal.log'),
        storage: 'memory',
      }),
    ]);
    process.env['TEST_DATABASE_URL'] = postgres.url;
    process.env['TEST_TEMPORAL_ADDRESS'] = temporal.address;
    process.env['TEST_TEMPORAL_NAMESPACE'] = NAMESPACE;
    // An interrupted run leaves no server behind; what it leaves on disk is swept by the next run.
    endWithUs(postgres, temporal);
    exitOnSignals();
  } catch (error) {
    await removeRun(runDir);
    throw error;
  }
}

function cliPath(): string {
  const found = findTemporalCli(process.env);
  if (found !== undefined) return found.path;
  throw new Error('the Temporal CLI is missing: npm test fetches it, or set TEMPORAL_CLI_PATH');
}
