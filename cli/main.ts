import { spawn } from 'node:child_process';
import { userInfo } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { PROJECT_ROOT, STATE_DIR } from '../config/project';
import { environment } from '../config/settings';
import type { CliContext } from './context';
import { run } from './program';

/** The real outside. */
function processContext(): CliContext {
  return {
    env: environment(),
    fetch: (url, init) => fetch(url, init),
    stdout: (text) => process.stdout.write(text),
    stderr: (text) => process.stderr.write(text),
    stateDir: STATE_DIR,
    projectRoot: PROJECT_ROOT,
    now: () => Date.now(),
    sleep: (ms) => sleep(ms),
    user: userName(),
    runProgram,
    interrupted,
  };
}

function interrupted(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
  });
}

/** A container may run as a user without a name. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return String(process.getuid?.() ?? 'unknown');
  }
}

/** Ctrl-C reaches the program by itself, being in the same group; other signals are passed on. */
function runProgram(file: string, args: readonly string[]): Promise<number> {
  const child = spawn(process.execPath, [file, ...args], { stdio: 'inherit' });
  const ignore = (): void => undefined;
  const pass = (signal: NodeJS.Signals): void => {
    child.kill(signal);
  };
  process.on('SIGINT', ignore).on('SIGTERM', pass).on('SIGHUP', pass);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => resolve(code ?? 1));
  });
}

// A reader that has seen enough (`| head`) is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit();
});

run(process.argv.slice(2), processContext()).then(
  (code) => (process.exitCode = code),
  (error: unknown) => {
    process.stderr.write(`tradewind: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  },
);
