import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { migrate } from '../../database/migrate';
import { removePostgres, startPostgres } from '../../infra/local/postgres';
import { findTemporalCli } from '../../infra/local/temporal-cli.mjs';
import { removeTemporal, startTemporal } from '../../infra/local/temporal-server';
import { STATE_DIR } from '../../config/project';
import { endWithUs } from './end-with-us';

/** A PostgreSQL that waits for the disk and a Temporal server on a file: what production has, for one measurement. */
export interface OwnServers {
  readonly databaseUrl: string;
  readonly temporalAddress: string;
  readonly namespace: string;
  /** Ends both and deletes their data. */
  stop(): Promise<void>;
}

/** Starts servers of our own on free ports, with a migrated database. @throws Error when one does not start. */
export async function startOwnServers(name: string): Promise<OwnServers> {
  const dir = join(STATE_DIR, `${name}-${process.pid}`);
  mkdirSync(dir, { recursive: true });
  const cli = findTemporalCli(process.env);
  if (!cli) throw new Error('the Temporal CLI is missing: npm test fetches it, or set TEMPORAL_CLI_PATH');
  const namespace = 'trading';
  const [postgresDir, temporalDir] = [join(dir, 'postgres'), join(dir, 'temporal')];
  const postgres = await startPostgres({ stateDir: postgresDir, log: join(dir, 'postgres.log'), preferredPort: 0 });
  const temporal = await startTemporal({
    cliPath: cli.path,
    namespace,
    stateDir: temporalDir,
    log: join(dir, 'temporal.log'),
    storage: 'file',
  });
  endWithUs(postgres, temporal);
  await migrate(postgres.url);
  return {
    databaseUrl: postgres.url,
    temporalAddress: temporal.address,
    namespace,
    stop: async () => {
      await temporal.stop();
      await postgres.stop();
      await removeTemporal(temporalDir);
      await removePostgres(postgresDir);
    },
  };
}
