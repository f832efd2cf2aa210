import { rmSync } from 'node:fs';
import { PROJECT_ROOT } from '../../config/project';
import { nodeArguments } from './node-service';
import { signalProcess } from './processes';
import { spawnLogged } from './spawn';

/** A bundle in the making. */
export interface Bundling {
  /** Settles with the file when it is made, or with undefined when it could not be: the workers then make their own. */
  readonly made: Promise<string | undefined>;
  /** Ends the making at once. */
  readonly stop: () => void;
}

/**
 * Bundles the workflows while the servers start, in a process of its own: the workers then start, and after a crash start
 * again, without the seconds that it takes. A file of an earlier start, which may be older than the code, is removed.
 */
export async function bundleWorkflows(file: string, logFile: string): Promise<Bundling> {
  rmSync(file, { force: true });
  const { identity, ended } = await spawnLogged({
    command: process.execPath,
    args: [...nodeArguments('infra/local/bundle-workflows'), file],
    cwd: PROJECT_ROOT,
    logFile,
  });
  return {
    made: ended.then((reason) => (reason === 'exit code 0' ? file : undefined)),
    stop: () => void signalProcess(identity, 'SIGKILL'),
  };
}
