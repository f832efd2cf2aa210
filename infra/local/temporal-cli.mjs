// Finding the Temporal CLI. Node built-ins only: this also runs before the packages are installed.
import { accessSync, constants, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';

/** The version that is downloaded or built; newer modules cannot be built by `go install`. */
export const TEMPORAL_CLI_VERSION = '1.5.1';

/** Our own copy in the user's cache folder. */
export function cachedTemporalCli(env) {
  const cache = env.XDG_CACHE_HOME || join(env.HOME || homedir(), '.cache');
  return join(cache, 'tradewind', `temporal-cli-${TEMPORAL_CLI_VERSION}`, 'temporal');
}

/**
 * Looks for the CLI without fetching it: TEMPORAL_CLI_PATH, then PATH, then our cache.
 * Throws when TEMPORAL_CLI_PATH is set and no program is there: a wrong setting is never passed over.
 */
export function findTemporalCli(env) {
  if (env.TEMPORAL_CLI_PATH) {
    if (isProgram(env.TEMPORAL_CLI_PATH)) return { path: env.TEMPORAL_CLI_PATH, source: 'TEMPORAL_CLI_PATH' };
    throw new Error(`TEMPORAL_CLI_PATH is set to ${env.TEMPORAL_CLI_PATH}, and there is no program that can be run`);
  }
  for (const folder of (env.PATH ?? '').split(delimiter)) {
    if (folder !== '' && isProgram(join(folder, 'temporal'))) return { path: join(folder, 'temporal'), source: 'PATH' };
  }
  const cached = cachedTemporalCli(env);
  return isProgram(cached) ? { path: cached, source: 'cache' } : undefined;
}

function isProgram(path) {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
