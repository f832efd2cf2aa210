import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { isRunning, type ProcessIdentity } from './process-identity.mjs';

/** One step of ending a process: a signal, and how long to wait for the end before the next step, in milliseconds. */
export interface StopStep {
  readonly signal: NodeJS.Signals;
  readonly waitMs: number;
}

/** The command line of a process, its arguments joined by a space; undefined when it cannot be read. */
export function commandLine(pid: number): string | undefined {
  try {
    if (process.platform === 'linux') {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
    }
    return execFileSync('ps', ['-o', 'command=', '-p', String(pid)], { encoding: 'utf8', stdio: 'pipe' }).trim();
  } catch {
    return undefined;
  }
}

/** Sends a signal if this very process still runs; answers whether it was sent. */
export function signalProcess(identity: ProcessIdentity, signal: NodeJS.Signals): boolean {
  if (!isRunning(identity)) return false;
  try {
    process.kill(identity.pid, signal);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ESRCH') return false;
    throw error;
  }
}

/** Waits until the process has ended, at most `waitMs` milliseconds; answers whether it has. */
async function waitForEnd(identity: ProcessIdentity, waitMs: number): Promise<boolean> {
  const deadline = performance.now() + waitMs;
  while (isRunning(identity)) {
    if (performance.now() >= deadline) return false;
    await sleep(20);
  }
  return true;
}

/** Settles when the process has ended. For processes that are not our children: it looks twice a second. */
export async function endOf(identity: ProcessIdentity): Promise<string> {
  while (isRunning(identity)) await sleep(500, undefined, { ref: false });
  return 'it ended';
}

/**
 * Ends a process by its number, step by step, until it is gone.
 * @throws Error when it outlives the last step.
 */
export async function stopProcess(identity: ProcessIdentity, steps: readonly StopStep[]): Promise<void> {
  for (const step of steps) {
    if (!signalProcess(identity, step.signal)) return;
    if (await waitForEnd(identity, step.waitMs)) return;
  }
  throw new Error(`process ${identity.pid} did not end after ${steps.map((step) => step.signal).join(', ')}`);
}
