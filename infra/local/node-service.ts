import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { PROJECT_ROOT } from '../../config/project';
import { isRunning, type ProcessIdentity } from './process-identity.mjs';
import { stopProcess, type StopStep } from './processes';
import { spawnLogged } from './spawn';
import type { Running, Service } from './supervisor';

/** Our processes end within 20 s of SIGTERM: an order that is being sent gets its answer and its journal row. */
const STOP_STEPS: readonly StopStep[] = [
  { signal: 'SIGTERM', waitMs: 25_000 },
  { signal: 'SIGKILL', waitMs: 5_000 },
];

/** One of our own processes. */
export interface NodeServiceOptions {
  readonly name: string;
  /** The main file from the project's root, without its extension. */
  readonly entry: string;
  readonly args: readonly string[];
  /** The whole environment of the process. */
  readonly env: NodeJS.ProcessEnv;
  /** Answers 2xx once the process is ready. */
  readonly healthUrl: string;
  /** Its output is appended to this file. */
  readonly logFile: string;
  /** Remembers the process from the moment it exists, so that the next start finds one that was left running. */
  readonly pidFile: string;
  readonly readyWithinMs: number;
}

/** One of our own processes as a service: ready when its health address answers. */
export function nodeService(options: NodeServiceOptions): Service {
  return { name: options.name, start: (signal) => start(options, signal) };
}

/** Stops the process that a killed stack left running under this file, if any, and answers its number. */
export async function stopLeftover(pidFile: string): Promise<number | undefined> {
  if (!existsSync(pidFile)) return undefined;
  const identity = JSON.parse(readFileSync(pidFile, 'utf8')) as ProcessIdentity;
  const running = isRunning(identity);
  await stopProcess(identity, STOP_STEPS);
  rmSync(pidFile);
  return running ? identity.pid : undefined;
}

/**
 * Arguments of Node that run a main file of the project: from source as long as we run from source ourselves, else the
 * compiled one.
 */
export function nodeArguments(entry: string, compiled: boolean = __filename.endsWith('.js')): string[] {
  if (compiled) return [join(PROJECT_ROOT, 'dist', `${entry}.js`)];
  return [...nodeLoader(), join(PROJECT_ROOT, `${entry}.ts`)];
}

/** Arguments of Node with which it runs TypeScript. */
export function nodeLoader(): string[] {
  return ['--require', createRequire(join(PROJECT_ROOT, 'package.json')).resolve('tsx/cjs')];
}

async function start(options: NodeServiceOptions, signal: AbortSignal): Promise<Running> {
  await stopLeftover(options.pidFile);
  const spawned = await spawnLogged({
    command: process.execPath,
    args: [...nodeArguments(options.entry), ...options.args],
    cwd: PROJECT_ROOT,
    env: options.env,
    logFile: options.logFile,
  });
  writeFileSync(options.pidFile, JSON.stringify(spawned.identity));
  const stop = async (): Promise<void> => {
    await stopProcess(spawned.identity, STOP_STEPS);
    rmSync(options.pidFile, { force: true });
  };
  const deadline = performance.now() + options.readyWithinMs;
  while (!spawned.hasEnded() && !signal.aborted && performance.now() < deadline) {
    if (await isHealthy(options.healthUrl)) return { pid: spawned.identity.pid, ended: spawned.ended, stop };
    await sleep(100);
  }
  const reason = spawned.hasEnded() ? await spawned.ended : `no answer from ${options.healthUrl}`;
  await stop();
  if (signal.aborted) throw new Error(`${options.name} was stopped before it was ready`);
  throw new Error(`${options.name} did not start (${reason}); ${options.logFile} ends:\n${spawned.logTail()}`);
}

async function isHealthy(url: string): Promise<boolean> {
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(2_000) });
    await answer.body?.cancel();
    return answer.ok;
  } catch {
    return false;
  }
}
