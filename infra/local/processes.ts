import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * One process, told apart from a later one with the same number. Process numbers are reused, so a number read from a
 * file is never signalled before its start mark has been compared.
 */
export interface ProcessIdentity {
  readonly pid: number;
  /** Opaque mark of the moment it started: clock ticks since boot on Linux, a date elsewhere. */
  readonly started: string;
}

/** One step of ending a process: a signal, and how long to wait for the end before the next step, in milliseconds. */
export interface StopStep {
  readonly signal: NodeJS.Signals;
  readonly waitMs: number;
}

/** The process with this number as it is now; undefined when none runs (one that ended but was not reaped does not run). */
export function identify(pid: number): ProcessIdentity | undefined {
  const started = process.platform === 'linux' ? startMarkFromProc(pid) : startMarkFromPs(pid);
  return started === undefined ? undefined : { pid, started };
}

/** Whether this very process, and not a later one with its number, runs. */
export function isRunning(identity: ProcessIdentity): boolean {
  return identify(identity.pid)?.started === identity.started;
}

/** The command line of a process, its arguments joined by a space; undefined when it cannot be read. */
export function commandLine(pid: number): string | undefined {
  try {
    if (process.platform === 'linux') {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
    }
    return ps(pid, 'command=');
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
export async function waitForEnd(identity: ProcessIdentity, waitMs: number): Promise<boolean> {
  const deadline = performance.now() + waitMs;
  while (isRunning(identity)) {
    if (performance.now() >= deadline) return false;
    await sleep(20);
  }
  return true;
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

/** Field 22 of /proc/PID/stat, counted after the name, which may itself hold spaces and brackets (proc(5)). */
function startMarkFromProc(pid: number): string | undefined {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return undefined;
  }
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const state = fields[0];
  return state === 'Z' || state === 'X' ? undefined : fields[19];
}

function startMarkFromPs(pid: number): string | undefined {
  try {
    const answer = ps(pid, 'stat=,lstart=');
    return answer === '' || answer.startsWith('Z') ? undefined : answer.slice(answer.indexOf(' ')).trim();
  } catch {
    return undefined;
  }
}

function ps(pid: number, columns: string): string {
  return execFileSync('ps', ['-o', columns, '-p', String(pid)], { encoding: 'utf8' }).trim();
}
