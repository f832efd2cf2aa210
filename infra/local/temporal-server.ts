import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Connection } from '@temporalio/client';
import { LOOPBACK, freePort } from './ports';
import { isRunning, type ProcessIdentity } from './process-identity.mjs';
import { endOf, stopProcess, type StopStep } from './processes';
import { spawnLogged, type Spawned } from './spawn';
import { ensureSearchAttributes, searchAttributeFlags } from './temporal-search-attributes';

const READY_WITHIN_MS = 60_000;
/** Far longer than a busy server takes to describe its namespace. */
const SERVES_WITHIN_MS = 10_000;
/** Besides the port that we choose it takes some by itself, and ends when another process was faster: it is started anew. */
const STARTS = 3;
const STOP_STEPS: readonly StopStep[] = [
  { signal: 'SIGTERM', waitMs: 10_000 },
  { signal: 'SIGKILL', waitMs: 5_000 },
];
/** For a server whose histories are thrown away: it takes a second to end politely. */
const REMOVE_STEPS: readonly StopStep[] = [{ signal: 'SIGKILL', waitMs: 5_000 }];

/**
 * Without the two poll rates every hop of an idle server waits 50 ms, and without the shift a timer may fire up to a
 * second late, which is more than a whole session at the speed of a replay; the batcher's rates decide how soon a halt
 * has signalled all trades; fairness keeps one busy account from starving the others.
 */
const DYNAMIC_CONFIG: readonly string[] = [
  'system.enableActivityEagerExecution=true',
  'history.transferProcessorMaxPollRPS=5000',
  'history.timerProcessorMaxPollRPS=5000',
  'history.timerProcessorMaxTimeShift="10ms"',
  'matching.useNewMatcher=true',
  'matching.enableFairness=true',
  'worker.batcherRPS=2000',
  'worker.batcherConcurrency=50',
  'frontend.MaxConcurrentBatchOperationPerNamespace=5',
];

/** How to start the Temporal development server. */
export interface TemporalOptions {
  /** The `temporal` program. */
  readonly cliPath: string;
  readonly namespace: string;
  /** What is remembered between starts: process, ports, and the database file unless it is kept in memory. */
  readonly stateDir: string;
  /** The server's log is appended to this file. */
  readonly log: string;
  /** Whether histories survive a stop. Memory is for tests. */
  readonly storage: 'file' | 'memory';
  /** The port to try first; any free one when it is taken. */
  readonly preferredPort?: number;
  /** The port to try first for the Web UI; without it the server runs without a Web UI. */
  readonly preferredUiPort?: number;
  /** Further dynamic configuration, `key=value` each; a key that is unknown has no effect. */
  readonly dynamicConfig?: readonly string[];
}

/** A running Temporal server. */
export interface RunningTemporal {
  /** Host and port of the frontend. */
  readonly address: string;
  /** Address of the Web UI, when it has one. */
  readonly uiUrl?: string;
  readonly pid: number;
  /** Settles when the server has ended, with the reason in words. */
  readonly ended: Promise<string>;
  /** True when the server was left running by an earlier process. */
  readonly adopted: boolean;
  /** Ends the server by its process number and waits for the end. */
  readonly stop: () => Promise<void>;
  /**
   * Whether it reads its file. The driver of that file may answer "interrupted" for ever after a request was given up in
   * a bad moment (https://github.com/superseriousbusiness/gotosocial/pull/2731 tells of the same driver); the server
   * then runs on and serves nobody. Started again, it goes on where it was.
   */
  readonly serves: () => Promise<boolean>;
}

interface ServerFile {
  readonly identity: ProcessIdentity;
  readonly namespace: string;
  readonly port: number;
  readonly uiPort?: number;
}

/**
 * Starts the development server on the loopback address, or adopts the one that a killed process left. It has neither
 * TLS nor log-in, hence never another address. Our search attributes exist when the promise settles.
 * @throws Error with the end of the server's log when the frontend does not answer within a minute.
 */
export async function startTemporal(options: TemporalOptions): Promise<RunningTemporal> {
  mkdirSync(options.stateDir, { recursive: true });
  const stateFile = join(options.stateDir, 'server.json');
  const remembered = readServerFile(stateFile);
  if (remembered !== undefined && isRunning(remembered.identity)) {
    const wanted =
      remembered.namespace === options.namespace &&
      (remembered.uiPort === undefined) === (options.preferredUiPort === undefined);
    if (wanted && (await ready(addressOf(remembered.port), options.namespace, 10_000)))
      return running(remembered, true, endOf(remembered.identity));
    await stopProcess(remembered.identity, STOP_STEPS);
  }
  for (let start = 1; ; start += 1) {
    const { server, file } = await startOnFreePorts(options, stateFile, start === 1 ? remembered : undefined);
    if (await ready(addressOf(file.port), file.namespace, READY_WITHIN_MS, server.hasEnded))
      return running(file, false, server.ended);
    const endedByItself = server.hasEnded();
    await stopProcess(server.identity, STOP_STEPS);
    if (!endedByItself || start === STARTS)
      throw new Error(`the Temporal server did not start on port ${file.port}; its log ends:\n${server.logTail()}`);
  }
}

async function startOnFreePorts(
  options: TemporalOptions,
  stateFile: string,
  remembered: ServerFile | undefined,
): Promise<{ readonly server: Spawned; readonly file: ServerFile }> {
  const port = await freePort(remembered?.port ?? 0, options.preferredPort ?? 0);
  const uiPort =
    options.preferredUiPort === undefined
      ? undefined
      : await freePort(options.preferredUiPort, remembered?.uiPort ?? 0);
  const server = await spawnLogged({
    command: options.cliPath,
    args: serverArguments(options, port, uiPort),
    logFile: options.log,
  });
  const file: ServerFile = {
    identity: server.identity,
    namespace: options.namespace,
    port,
    ...(uiPort === undefined ? {} : { uiPort }),
  };
  writeFileSync(stateFile, JSON.stringify(file), { mode: 0o600 });
  return { server, file };
}

/** Stops the server of a state folder if one runs, and deletes the folder with its histories. */
export async function removeTemporal(stateDir: string): Promise<void> {
  const remembered = readServerFile(join(stateDir, 'server.json'));
  if (remembered !== undefined) await stopProcess(remembered.identity, REMOVE_STEPS);
  rmSync(stateDir, { recursive: true, force: true });
}

function running(file: ServerFile, adopted: boolean, ended: Promise<string>): RunningTemporal {
  return {
    address: addressOf(file.port),
    ...(file.uiPort === undefined ? {} : { uiUrl: `http://${LOOPBACK}:${file.uiPort}` }),
    pid: file.identity.pid,
    ended,
    adopted,
    stop: () => stopProcess(file.identity, STOP_STEPS),
    serves: () => serves(addressOf(file.port), file.namespace),
  };
}

/** The description of a namespace is read from the file at each question. */
async function serves(address: string, namespace: string): Promise<boolean> {
  try {
    const connection = await Connection.connect({ address, connectTimeout: SERVES_WITHIN_MS });
    try {
      const until = Date.now() + SERVES_WITHIN_MS;
      await connection.withDeadline(until, () => connection.workflowService.describeNamespace({ namespace }));
      return true;
    } finally {
      await connection.close();
    }
  } catch {
    return false;
  }
}

function serverArguments(options: TemporalOptions, port: number, uiPort: number | undefined): string[] {
  const storage =
    options.storage === 'memory'
      ? []
      : [
          '--db-filename',
          join(options.stateDir, 'temporal.db'),
          '--sqlite-pragma',
          'journal_mode=WAL',
          '--sqlite-pragma',
          'synchronous=NORMAL',
        ];
  return [
    ...['server', 'start-dev', '--ip', LOOPBACK, '--port', String(port), '--namespace', options.namespace],
    ...(uiPort === undefined ? ['--headless'] : ['--ui-port', String(uiPort)]),
    ...['--log-format', 'json', '--log-level', 'warn'],
    ...storage,
    ...searchAttributeFlags(),
    ...[...DYNAMIC_CONFIG, ...(options.dynamicConfig ?? [])].flatMap((entry) => ['--dynamic-config-value', entry]),
  ];
}

/** Waits until the frontend serves the namespace and our search attributes exist in it. */
async function ready(
  address: string,
  namespace: string,
  withinMs: number,
  over: () => boolean = () => false,
): Promise<boolean> {
  const deadline = performance.now() + withinMs;
  while (!over() && performance.now() < deadline) {
    try {
      const connection = await Connection.connect({ address, connectTimeout: 2_000 });
      try {
        await connection.withDeadline(Date.now() + 5_000, () => ensureSearchAttributes(connection, namespace));
        return true;
      } finally {
        await connection.close();
      }
    } catch {
      await sleep(50);
    }
  }
  return false;
}

function addressOf(port: number): string {
  return `${LOOPBACK}:${port}`;
}

function readServerFile(path: string): ServerFile | undefined {
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as ServerFile) : undefined;
}
