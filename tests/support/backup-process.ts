import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { nodeLoader } from '../../infra/local/node-service';

/** How a process of its own ended that took or restored a backup. */
export interface EndedProcess {
  readonly code: number | null;
  readonly signal: string | null;
  readonly stderr: string;
}

/**
 * Takes or restores a backup in a process of its own, as `killed-backup.ts` describes it.
 * @param blocks the largest file that it may write, in KiB; any unless told
 */
export function backupProcess(deed: object, blocks?: number): Promise<EndedProcess> {
  const line = [...nodeLoader(), join(__dirname, 'killed-backup.ts'), JSON.stringify(deed)];
  const limit = ['-c', `ulimit -f ${blocks ?? 0}; exec "$0" "$@"`, process.execPath, ...line];
  const env = { ...process.env, TSX_DISABLE_CACHE: blocks === undefined ? '' : '1' };
  const child =
    blocks === undefined
      ? spawn(process.execPath, line, { stdio: ['ignore', 'ignore', 'pipe'] })
      : spawn('bash', limit, { env, stdio: ['ignore', 'ignore', 'pipe'] });
  let stderr = '';
  child.stderr.on('data', (text: Buffer) => (stderr += text.toString()));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve({ code, signal, stderr }));
  });
}
