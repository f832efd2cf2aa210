import { setTimeout as sleep } from 'node:timers/promises';
import { join } from 'node:path';
import { STATE_DIR } from '../../config/project';
import { SettingsError, environment, loadSettings } from '../../config/settings';
import { listenForEnd } from './asked-to-end';
import { runDemo } from './demo';
import { tryLock } from './lock.mjs';
import { isRunning, type ProcessIdentity } from './process-identity.mjs';
import { LocalStack } from './stack';
import { readRunningStack, type StackAddresses } from './stack-state';

/** How to run the local stack. */
export interface UpOptions {
  /** End after the demo trade, or when everything has answered, instead of running until a signal comes. */
  readonly once: boolean;
  /** One JSON document on standard output instead of text: of the demo trade with `once`, else of the addresses. */
  readonly json: boolean;
  /** Run a demo trade once everything is up. */
  readonly demo: boolean;
}

const START_WITHIN_MS = 300_000;

/**
 * `npm start` and `tradewind up`: starts the local stack, runs a demo trade, prints where everything can be reached and
 * keeps it running until Ctrl-C or SIGTERM; then stops it in order. A second Ctrl-C ends everything at once. Where a
 * stack of this clone runs already, that one is used. Progress goes to standard error.
 * @returns the exit code: 0 when everything went well (with `once`: when the demo trade completed and its books agree),
 *   1 when something did not, 2 for wrong settings.
 */
export async function up(options: UpOptions): Promise<number> {
  const lock = tryLock(join(STATE_DIR, 'stack.lock'));
  try {
    return lock.kind === 'held' ? await useRunning(lock.holder, options) : await run(options);
  } catch (error) {
    fail(error, options);
    return error instanceof SettingsError ? 2 : 1;
  } finally {
    if (lock.kind !== 'held') lock.release();
  }
}

async function run(options: UpOptions): Promise<number> {
  const env = environment();
  const stack = new LocalStack(loadSettings(env), env, report);
  const { asked, signal, forget } = listenForEnd(() => stack.abandon());
  let code = 0;
  try {
    const started = stack.start();
    started.catch(() => undefined);
    const addresses = await Promise.race([started, asked]);
    if (typeof addresses === 'object') {
      const shown = await present(addresses, options, signal);
      if (options.once) code = shown;
      else await asked;
    }
  } catch (error) {
    fail(error, options);
    code = 1;
  }
  report('stopping');
  try {
    await stack.stop();
  } catch (error) {
    report(error instanceof Error ? error.message : String(error));
    code = 1;
  } finally {
    forget();
  }
  return code;
}

async function useRunning(holder: ProcessIdentity, options: UpOptions): Promise<number> {
  report(`a stack of this clone is already running as process ${holder.pid}`);
  const deadline = performance.now() + START_WITHIN_MS;
  while (isRunning(holder) && performance.now() < deadline) {
    const state = readRunningStack(STATE_DIR);
    if (state !== undefined) {
      // Its open demo trade, if any, is told by the process that runs it.
      if (options.once) return present(state.addresses, options, new AbortController().signal);
      print(state.addresses, options, `Ctrl-C in its terminal, or kill -INT ${holder.pid}, stops everything.`);
      return 0;
    }
    await sleep(200);
  }
  throw new Error(`process ${holder.pid} ended before everything was up: start again`);
}

/** Runs the demo and prints what was asked for; answers the exit code. Without a demo everything has gone well. */
async function present(addresses: StackAddresses, options: UpOptions, signal: AbortSignal): Promise<number> {
  let done = true;
  try {
    if (options.demo) {
      const { namespace } = loadSettings().temporal;
      const result = await runDemo({ addresses, stateDir: STATE_DIR, namespace, tell: teller(options), signal });
      done = result.done;
      if (options.once && options.json) process.stdout.write(`${JSON.stringify(result.document, undefined, 2)}\n`);
    }
  } catch (error) {
    if (signal.aborted) return 1;
    fail(error, options);
    done = false;
  }
  if (!options.once || !options.demo) print(addresses, options, options.once ? undefined : 'Ctrl-C stops everything.');
  return done ? 0 : 1;
}

/** The demo's lines are the result for people; a program that reads standard output gets them on the other stream. */
function teller({ json }: UpOptions): (line: string) => void {
  const stream = json ? process.stderr : process.stdout;
  return (line) => stream.write(`${line}\n`);
}

function print(addresses: StackAddresses, options: UpOptions, howToStop?: string): void {
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
    ['Order metrics', `${addresses.ordersUrl}/metrics`],
    ['First API key', join(STATE_DIR, 'api-key')],
    ['Logs', join(STATE_DIR, 'log')],
  ];
  for (const [name, value] of lines)
    if (value !== undefined) process.stdout.write(`${`${name}:`.padEnd(20)}${value}\n`);
  if (howToStop !== undefined) process.stdout.write(`${howToStop}\n`);
}

/** Says what went wrong; a program that waits for the one document gets it there too. */
function fail(error: unknown, options: UpOptions): void {
  const message = error instanceof Error ? error.message : String(error);
  report(message);
  if (options.json && options.once) process.stdout.write(`${JSON.stringify({ error: { message } })}\n`);
}

function report(line: string): void {
  process.stderr.write(`tradewind: ${line}\n`);
}
