import { setTimeout as sleep } from 'node:timers/promises';
import { join } from 'node:path';
import { STATE_DIR } from '../../config/project';
import { SettingsError, environment, loadSettings } from '../../config/settings';
import { tryLock } from './lock.mjs';
import { isRunning, type ProcessIdentity } from './process-identity.mjs';
import { LocalStack } from './stack';
import { readRunningStack, type StackAddresses } from './stack-state';

/** How to run the local stack. */
export interface UpOptions {
  /** End when everything has answered, instead of running until a signal comes. */
  readonly once: boolean;
  /** One JSON document on standard output instead of text. */
  readonly json: boolean;
}

const START_WITHIN_MS = 300_000;

/**
 * `npm start` and `tradewind up`: starts the local stack, prints where it can be reached and keeps it running until
 * Ctrl-C or SIGTERM; then stops it in order. A second Ctrl-C ends everything at once. Where a stack of this clone runs
 * already, it only prints the addresses. Progress goes to standard error.
 * @returns the exit code: 0 when everything went well, 1 when a part did not start or stop, 2 for wrong settings.
 */
export async function up(options: UpOptions): Promise<number> {
  const lock = tryLock(join(STATE_DIR, 'stack.lock'));
  if (lock.kind === 'held') return showRunning(lock.holder, options);
  try {
    return await run(options);
  } catch (error) {
    report(error instanceof Error ? error.message : String(error));
    return error instanceof SettingsError ? 2 : 1;
  } finally {
    lock.release();
  }
}

async function run(options: UpOptions): Promise<number> {
  const env = environment();
  const stack = new LocalStack(loadSettings(env), env, report);
  const { asked, forget } = signals(() => stack.abandon());
  let failure: Error | undefined;
  try {
    const started = stack.start();
    started.catch(() => undefined);
    const addresses = await Promise.race([started, asked]);
    if (typeof addresses === 'object') {
      print(addresses, options);
      if (!options.once) await asked;
    }
  } catch (error) {
    failure = error instanceof Error ? error : new Error(String(error));
    report(failure.message);
  }
  report('stopping');
  try {
    await stack.stop();
  } finally {
    forget();
  }
  return failure === undefined ? 0 : 1;
}

async function showRunning(holder: ProcessIdentity, options: UpOptions): Promise<number> {
  report(`a stack of this clone is already running as process ${holder.pid}`);
  const deadline = performance.now() + START_WITHIN_MS;
  while (isRunning(holder) && performance.now() < deadline) {
    const state = readRunningStack(STATE_DIR);
    if (state !== undefined) {
      print(state.addresses, options);
      return 0;
    }
    await sleep(200);
  }
  report(`process ${holder.pid} ended before everything was up: start again`);
  return 1;
}

/** Waits for a signal that asks us to end. Until `forget` is called the process stays alive and handles signals. */
function signals(atOnce: () => void): { readonly asked: Promise<void>; readonly forget: () => void } {
  const names = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  const alive = setInterval(() => undefined, 60_000);
  let ask: () => void = () => undefined;
  const asked = new Promise<void>((resolve) => (ask = resolve));
  let count = 0;
  const onSignal = (): void => {
    count += 1;
    if (count > 1) atOnce();
    ask();
  };
  for (const name of names) process.on(name, onSignal);
  return {
    asked,
    forget: () => {
      clearInterval(alive);
      for (const name of names) process.off(name, onSignal);
    },
  };
}

function print(addresses: StackAddresses, options: UpOptions): void {
  if (options.json) {
    process.stdout.write(`${JSON.stringify(addresses)}\n`);
    return;
  }
  const lines: readonly (readonly [string, string | undefined])[] = [
    ['API', addresses.apiUrl],
    ['API documentation', `${addresses.apiUrl}/docs`],
    ['Temporal Web UI', addresses.temporalUiUrl],
    ['Temporal', addresses.temporalAddress],
    ['Worker metrics', `${addresses.workersUrl}/metrics`],
    ['First API key', join(STATE_DIR, 'api-key')],
    ['Logs', join(STATE_DIR, 'log')],
  ];
  for (const [name, value] of lines)
    if (value !== undefined) process.stdout.write(`${`${name}:`.padEnd(20)}${value}\n`);
  if (!options.once) process.stdout.write('Ctrl-C stops everything.\n');
}

function report(line: string): void {
  process.stderr.write(`tradewind: ${line}\n`);
}
