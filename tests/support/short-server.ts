import { join } from 'node:path';
import { findTemporalCli } from '../../infra/local/temporal-cli.mjs';
import { removeTemporal, startTemporal } from '../../infra/local/temporal-server';

/** A server that calls a history long from its fortieth event on; another one would at 4,096. */
const LONG = 'limit.historyCount.suggestContinueAsNew=40';

/** A Temporal server of its own, for trades that are to continue as new. */
export async function startShortServer(): Promise<{ readonly address: string; remove(): Promise<void> }> {
  const cli = findTemporalCli(process.env);
  if (cli === undefined) throw new Error('the Temporal CLI is missing: npm test fetches it, or set TEMPORAL_CLI_PATH');
  const stateDir = join(process.env['TEST_RUN_DIR'] ?? '', 'temporal-of-short-histories');
  const { address } = await startTemporal({
    cliPath: cli.path,
    namespace: 'trading',
    stateDir,
    log: join(stateDir, 'server.log'),
    storage: 'memory',
    dynamicConfig: [LONG],
  });
  return { address, remove: () => removeTemporal(stateDir) };
}
