import { existsSync, statSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { findTemporalCli } from '../../infra/local/temporal-cli.mjs';
import type { CliContext } from '../context';
import type { Finding } from './finding';

const OLDEST_NODE: readonly [number, number] = [20, 20];
/** Databases, logs and histories of a few days need about this much. */
const LOW_DISK_BYTES = 1_000_000_000;
const OTHERS = 0o077;

/** Node, the Temporal CLI, the disk, and who can read the files with secrets. */
export async function machineFindings(context: CliContext): Promise<Finding[]> {
  return [node(process.versions.node), temporalCli(context), await disk(context), ...privateFiles(context)];
}

/** @param version such as `20.20.2` */
export function node(version: string): Finding {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [oldestMajor, oldestMinor] = OLDEST_NODE;
  const recent = major > oldestMajor || (major === oldestMajor && minor >= oldestMinor);
  if (recent) return { name: 'Node', state: 'found', detail: version };
  return { name: 'Node', state: 'missing', detail: version, next: `install Node ${OLDEST_NODE.join('.')} or newer` };
}

function temporalCli(context: CliContext): Finding {
  const name = 'Temporal CLI';
  if (context.env['TEMPORAL_ADDRESS'] !== undefined) {
    return { name, state: 'off', detail: 'not needed: TEMPORAL_ADDRESS names a server' };
  }
  try {
    const found = findTemporalCli(context.env);
    if (found !== undefined) return { name, state: 'found', detail: `${found.path} (${found.source})` };
  } catch {
    return {
      name,
      state: 'missing',
      detail: 'TEMPORAL_CLI_PATH names no program',
      next: 'correct or unset TEMPORAL_CLI_PATH',
    };
  }
  return { name, state: 'missing', detail: 'nowhere', next: 'run `npm start`, which fetches it' };
}

async function disk(context: CliContext): Promise<Finding> {
  const folder = existsSync(context.stateDir) ? context.stateDir : context.projectRoot;
  const { bavail, bsize } = await statfs(folder);
  const free = bavail * bsize;
  const detail = `${(free / 1e9).toFixed(1)} GB free for ${folder}`;
  if (free >= LOW_DISK_BYTES) return { name: 'disk', state: 'found', detail };
  return { name: 'disk', state: 'unsafe', detail, next: 'free some space: a full disk stops the databases' };
}

/** Files that hold a key or a password: nobody else may read them. */
function privateFiles(context: CliContext): Finding[] {
  const files: readonly (readonly [string, string])[] = [
    ['first key', join(context.stateDir, 'api-key')],
    ['stack state', join(context.stateDir, 'stack.json')],
    ['.env', join(context.projectRoot, '.env')],
  ];
  return files.flatMap(([name, file]): Finding[] => {
    if (!existsSync(file)) return [];
    const mode = statSync(file).mode & 0o777;
    const shown = `${file}, mode ${mode.toString(8)}`;
    if ((mode & OTHERS) === 0) return [{ name, state: 'found', detail: shown }];
    return [{ name, state: 'unsafe', detail: `${shown}: others can read it`, next: `chmod 600 ${file}` }];
  });
}
