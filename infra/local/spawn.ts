import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, fstatSync, mkdirSync, openSync, readFileSync, renameSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { identify, type ProcessIdentity } from './process-identity.mjs';

/** A log larger than this is set aside (one generation) when its process starts. */
const LARGEST_LOG_BYTES = 16 * 1024 * 1024;

/** How to start one long-lived process of the local stack. */
export interface SpawnOptions {
  readonly command: string;
  readonly args: readonly string[];
  /** Standard output and errors are appended to this file. */
  readonly logFile: string;
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  /** The user and group to run as, when they differ from ours. */
  readonly uid?: number;
  readonly gid?: number;
}

/** A started process and its identity. */
export interface Spawned {
  readonly child: ChildProcess;
  readonly identity: ProcessIdentity;
  /** Settles when the process has ended, with the reason in words. */
  readonly ended: Promise<string>;
  /** Whether it has ended. */
  readonly hasEnded: () => boolean;
  /** The last lines that this start wrote to its log, for an error message. */
  readonly logTail: () => string;
}

/**
 * Starts a process that writes to a file and sits in a process group of its own: Ctrl-C in the terminal then reaches
 * only the stack, which stops its children in order, and a child outlives a stack that was killed, with its log intact.
 * @throws Error when the program cannot be started, naming it.
 */
export async function spawnLogged(options: SpawnOptions): Promise<Spawned> {
  const log = openLog(options.logFile);
  const logStart = fstatSync(log).size;
  try {
    const child = spawn(options.command, options.args, {
      stdio: ['ignore', log, log],
      detached: true,
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
      ...(options.env === undefined ? {} : { env: options.env }),
      ...(options.uid === undefined ? {} : { uid: options.uid }),
      ...(options.gid === undefined ? {} : { gid: options.gid }),
    });
    const ended = new Promise<string>((resolve) => {
      child.once('exit', (code, signal) => resolve(signal === null ? `exit code ${code ?? 0}` : `signal ${signal}`));
    });
    await new Promise<void>((resolve, reject) => {
      child.once('spawn', resolve);
      child.once('error', (error) => reject(new Error(`cannot start ${options.command}: ${error.message}`)));
    });
    child.unref();
    const pid = child.pid ?? 0;
    let over = false;
    void ended.then(() => (over = true));
    return {
      child,
      identity: identify(pid) ?? { pid, started: 'ended at once' },
      ended,
      hasEnded: () => over,
      logTail: () => tailOf(options.logFile, logStart),
    };
  } finally {
    closeSync(log);
  }
}

function tailOf(logFile: string, from: number): string {
  try {
    return readFileSync(logFile).subarray(from).toString('utf8').trimEnd().split('\n').slice(-12).join('\n');
  } catch {
    return '';
  }
}

function openLog(logFile: string): number {
  mkdirSync(dirname(logFile), { recursive: true });
  if ((statSync(logFile, { throwIfNoEntry: false })?.size ?? 0) > LARGEST_LOG_BYTES)
    renameSync(logFile, `${logFile}.1`);
  return openSync(logFile, 'a', 0o600);
}
