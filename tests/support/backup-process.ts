import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { nodeLoader } from '../../infra/local/node-service';

/** How a process of its own ended that took or restored a backup. */
export interface EndedProcess {
  readonly code: number | null;
  readonly signal: string | null;
  readonly stderr: string;
}

/** Real time that programs get which a killed process had started. */
const ORPHANS_MS = 30_000;

/**
 * Takes or restores a backup in a process of its own, as `killed-backup.ts` describes it. It has ended when the programs that it
 * started have: `psql` outlives a kill, and would still read what was in its pipe.
 * @param blocks the largest file that it may write, in KiB; any unless told
 */
export function backupProcess(deed: object, blocks?: number): Promise<EndedProcess> {
  const line = [...nodeLoader(), join(__dirname, 'killed-backup.ts'), JSON.stringify(deed)];
  const limit = ['-c', `ulimit -f ${blocks ?? 0}; exec "$0" "$@"`, process.execPath, ...line];
  const env = { ...process.env, TSX_DISABLE_CACHE: blocks === undefined ? '' : '1' };
  const child =
    blocks === undefined
      ? spawn(process.execPath, line, { detached: true, stdio: ['ignore', 'ignore', 'pipe'] })
      : spawn('bash', limit, { env, detached: true, stdio: ['ignore', 'ignore', 'pipe'] });
  let stderr = '';
  child.stderr.on('data', (text: Buffer) => (stderr += text.toString()));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => {
      groupEnded(child.pid).then(() => resolve({ code, signal, stderr }), reject);
    });
  });
}

/** Waits until no process of a group is left. */
async function groupEnded(leader: number | undefined): Promise<void> {
  const deadline = performance.now() + ORPHANS_MS;
  while (leader !== undefined && isGroupAlive(leader)) {
    if (performance.now() > deadline) throw new Error(`a program that process ${leader} started does not end`);
    await sleep(20);
  }
}

function isGroupAlive(leader: number): boolean {
  try {
    return process.kill(-leader, 0);
  } catch {
    return false;
  }
}
