import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Connection } from '@temporalio/client';
import { bundleWorkflowCode } from '@temporalio/worker';
import { PROJECT_ROOT } from '../../../config/project';
import { generateKey, storeKey } from '../../../database/keys';
import { migrate } from '../../../database/migrate';
import { openDatabase } from '../../../database/pool';
import { seed } from '../../../database/seed';
import { dec, text } from '../../../domain/money/decimal';
import { DEFAULT_RISK_POLICY } from '../../../domain/risk/policy';
import type { RiskPolicy } from '../../../domain/risk/policy';
import { nodeService } from '../../../infra/local/node-service';
import { LOOPBACK, freePort } from '../../../infra/local/ports';
import { startPostgres } from '../../../infra/local/postgres';
import { identify } from '../../../infra/local/process-identity.mjs';
import { signalProcess, stopProcess } from '../../../infra/local/processes';
import type { StopStep } from '../../../infra/local/processes';
import { Supervisor } from '../../../infra/local/supervisor';
import type { Running, Service, SupervisorEvent } from '../../../infra/local/supervisor';
import { findTemporalCli } from '../../../infra/local/temporal-cli.mjs';
import { startTemporal } from '../../../infra/local/temporal-server';
import { CHAOS_ACCOUNTS } from './plan';

/** What runs besides PostgreSQL, Temporal and the API, and for whom. */
export interface StackLayout {
  readonly workers: readonly { readonly name: string; readonly entry: string; readonly args: readonly string[] }[];
  /** Paper accounts on the real clock. */
  readonly accounts: readonly string[];
  readonly openingCash: string;
  readonly policy?: Partial<RiskPolicy>;
}

const TRADE_LAYOUT: StackLayout = {
  workers: [
    { name: 'trade', entry: 'workers/main', args: ['--roles=trade,analysis,operations'] },
    { name: 'orders', entry: 'workers/main', args: ['--roles=orders'] },
  ],
  accounts: CHAOS_ACCOUNTS,
  openingCash: '10000000',
};

/** What a process is told for its next lifetime only. */
export interface Lifetime {
  /** Main file instead of the product's own. */
  readonly entry?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** One death of a process; real times in epoch milliseconds. */
export interface Death {
  readonly process: string;
  readonly at: number;
  /** When its successor was ready. */
  backAt: number | undefined;
  /** Whether it was killed only to arm its successor, with no trade open. */
  readonly arming: boolean;
  /** False for a process that ended by itself: the suite only ever uses SIGKILL. */
  readonly killed: boolean;
}

const NAMESPACE = 'trading';
const READY_WITHIN_MS = 60_000;
const POLL_MS = 10;
const KILL: readonly StopStep[] = [{ signal: 'SIGKILL', waitMs: 5_000 }];
/** PostgreSQL takes SIGQUIT as "at once"; nothing of it is needed afterwards. */
const QUIT: readonly StopStep[] = [{ signal: 'SIGQUIT', waitMs: 10_000 }, ...KILL];
/** What dies is started again at once: the suite measures how soon trades go on. */
const BACK_OFF = { firstMs: 10, longestMs: 200, calmAfterMs: 1_000 };

/**
 * A whole Tradewind of real processes that the suite may kill: PostgreSQL that waits for its disk, the Temporal server
 * on its WAL file, the API, and two workers. Whatever dies is started again where it was.
 */
export class ChaosStack {
  readonly deaths: Death[] = [];
  private readonly supervisor = new Supervisor({ backOff: BACK_OFF, onEvent: (event) => this.onEvent(event) });
  private readonly next = new Map<string, readonly Lifetime[]>();
  private arming: string | undefined;
  /** Settles for what is kept down when it may come back. */
  private readonly down = new Map<string, Promise<void>>();

  private constructor(
    private readonly dir: string,
    readonly key: string,
    private readonly layout: StackLayout,
  ) {}

  databaseUrl = '';
  temporalAddress = '';
  apiUrl = '';
  private bundle = '';

  /** Starts everything in a folder of its own; when it fails, what runs already is stopped. */
  static async start(dir: string, layout: StackLayout = TRADE_LAYOUT): Promise<ChaosStack> {
    mkdirSync(dir, { recursive: true });
    const stack = new ChaosStack(dir, generateKey(), layout);
    process.once('exit', stack.abandon);
    try {
      await Promise.all([stack.startPostgres(), stack.startTemporal(), stack.bundleWorkflows()]);
      await stack.prepareDatabase();
      await Promise.all([
        stack.startProcess('api', 'api/main', [], 'API_PORT'),
        ...layout.workers.map(({ name, entry, args }) => stack.startProcess(name, entry, args, 'WORKERS_PORT')),
      ]);
      return stack;
    } catch (error) {
      await stack.stop();
      throw error;
    }
  }

  get namespace(): string {
    return NAMESPACE;
  }

  logOf(name: string): string {
    return join(this.dir, 'log', `${name}.log`);
  }

  /** SIGKILL; answers whether there was anything to kill. */
  kill(name: string): boolean {
    const pid = this.pidOf(name);
    const identity = pid === undefined ? undefined : identify(pid);
    return identity !== undefined && signalProcess(identity, 'SIGKILL');
  }

  /** Stops a process where it stands (SIGSTOP), or lets it go on (SIGCONT). */
  freeze(name: string, frozen: boolean): void {
    const pid = this.pidOf(name);
    const identity = pid === undefined ? undefined : identify(pid);
    if (identity !== undefined) signalProcess(identity, frozen ? 'SIGSTOP' : 'SIGCONT');
  }

  /** Kills a process whose successors live by other rules, each its own; settles when the first one is ready. */
  async restart(name: string, ...lifetimes: readonly Lifetime[]): Promise<void> {
    await this.untilUp(name);
    this.next.set(name, lifetimes);
    this.arming = name;
    const deaths = this.deaths.length;
    this.kill(name);
    while (this.deaths.length === deaths) await sleep(POLL_MS);
    this.arming = undefined;
    await this.untilUp(name);
  }

  /** Kills a process and keeps it away until the answer is called, which settles when it is up again. */
  async keepDown(name: string): Promise<() => Promise<void>> {
    await this.untilUp(name);
    let letCome = (): void => undefined;
    this.down.set(name, new Promise((resolve) => (letCome = resolve)));
    this.kill(name);
    while (this.pidOf(name) !== undefined) await sleep(POLL_MS);
    return async () => {
      this.down.delete(name);
      letCome();
      await this.untilUp(name);
    };
  }

  /** Waits while it is kept down. @throws when everything is being stopped meanwhile. */
  private async mayStart(name: string, signal: AbortSignal): Promise<void> {
    const gate = this.down.get(name);
    if (gate === undefined) return;
    await Promise.race([gate, once(signal, 'abort')]);
    signal.throwIfAborted();
  }

  /** @throws Error when it is not up within a minute. */
  async untilUp(name: string): Promise<void> {
    const deadline = performance.now() + READY_WITHIN_MS;
    while (this.pidOf(name) === undefined) {
      if (performance.now() > deadline) throw new Error(`${name} does not come back; its log: ${this.logOf(name)}`);
      await sleep(POLL_MS);
    }
  }

  /** Versions of PostgreSQL and the Temporal server, by their own word. */
  async versions(): Promise<Readonly<Record<string, string>>> {
    const database = openDatabase(this.databaseUrl, { max: 1 });
    const { rows } = await database.query<{ server_version: string }>('SHOW server_version');
    await database.end();
    const connection = await Connection.connect({ address: this.temporalAddress });
    const { serverVersion } = await connection.workflowService.getSystemInfo({});
    await connection.close();
    return { postgres: rows[0]?.server_version ?? 'unknown', temporal: serverVersion };
  }

  /** Starts the control's worker beside the others and keeps it running. */
  async startControl(entry: string): Promise<void> {
    await this.startProcess('control', entry, [], 'WORKERS_PORT');
  }

  /** Ends every process. */
  async stop(): Promise<void> {
    await this.supervisor.stop();
    process.removeListener('exit', this.abandon);
  }

  /** Ends what runs without waiting: an interrupted suite leaves nothing but a folder, which the next one clears. */
  private readonly abandon = (): void => {
    for (const { pid } of this.supervisor.pids()) {
      const identity = identify(pid);
      if (identity !== undefined) signalProcess(identity, 'SIGQUIT');
    }
  };

  /** What every process of the suite is told. */
  environment(): NodeJS.ProcessEnv {
    const { PATH, HOME, TMPDIR } = process.env;
    return {
      ...{ PATH, HOME, TMPDIR },
      DATABASE_URL: this.databaseUrl,
      TEMPORAL_ADDRESS: this.temporalAddress,
      TEMPORAL_NAMESPACE: NAMESPACE,
      TRADEWIND_WORKFLOW_BUNDLE: this.bundle,
      PAPER_CLOCK: 'live',
      LOG_LEVEL: 'info',
    };
  }

  private async startPostgres(): Promise<void> {
    await this.supervisor.add({
      name: 'postgres',
      start: async (signal) => {
        await this.mayStart('postgres', signal);
        const server = await startPostgres({
          stateDir: join(this.dir, 'postgres'),
          log: this.logOf('postgres'),
          fsync: true,
          preferredPort: 0,
        });
        if (this.databaseUrl === '') this.databaseUrl = server.url;
        if (this.databaseUrl !== server.url) throw new Error('PostgreSQL came back on another port');
        return endingBy(server, QUIT);
      },
    });
  }

  private async startTemporal(): Promise<void> {
    const cli = findTemporalCli(process.env);
    if (cli === undefined)
      throw new Error('the Temporal CLI is missing: npm test fetches it, or set TEMPORAL_CLI_PATH');
    await this.supervisor.add({
      name: 'temporal',
      start: async (signal) => {
        await this.mayStart('temporal', signal);
        const server = await startTemporal({
          cliPath: cli.path,
          namespace: NAMESPACE,
          stateDir: join(this.dir, 'temporal'),
          log: this.logOf('temporal'),
          storage: 'file',
        });
        if (this.temporalAddress === '') this.temporalAddress = server.address;
        if (this.temporalAddress !== server.address) throw new Error('Temporal came back on another port');
        return endingBy(server, KILL);
      },
    });
  }

  private async bundleWorkflows(): Promise<void> {
    const quiet = (): void => undefined;
    const { code } = await bundleWorkflowCode({
      workflowsPath: join(PROJECT_ROOT, 'workflows/index.ts'),
      logger: { log: quiet, trace: quiet, debug: quiet, info: quiet, warn: quiet, error: quiet },
    });
    this.bundle = join(this.dir, 'workflows.js');
    writeFileSync(this.bundle, code);
  }

  /** The schema, the synthetic instrument, the accounts, and a key: the API then writes none into this clone. */
  private async prepareDatabase(): Promise<void> {
    await migrate(this.databaseUrl);
    await seed(this.databaseUrl, {
      dataDir: join(PROJECT_ROOT, 'data'),
      clock: { kind: 'live' },
      paperAccounts: this.layout.accounts.map((name) => ({
        name,
        openingCash: text(dec(this.layout.openingCash)),
        currency: 'USD',
        policy: { ...DEFAULT_RISK_POLICY, maxDailyLoss: text(dec('1000000')), ...this.layout.policy },
      })),
    });
    const database = openDatabase(this.databaseUrl, { max: 1 });
    await storeKey(database, this.key, 'chaos', 'admin');
    await database.end();
  }

  private async startProcess(name: string, entry: string, args: readonly string[], port: string): Promise<void> {
    const number = await freePort(0);
    const healthUrl = `http://${LOOPBACK}:${number}/health`;
    if (name === 'api') this.apiUrl = `http://${LOOPBACK}:${number}`;
    const service: Service = {
      name,
      start: async (signal) => {
        await this.mayStart(name, signal);
        const [lifetime, ...later] = this.next.get(name) ?? [];
        this.next.set(name, later);
        const running = await nodeService({
          name,
          entry: lifetime?.entry ?? entry,
          args,
          env: { ...this.environment(), [port]: String(number), ...lifetime?.env },
          healthUrl,
          logFile: this.logOf(name),
          pidFile: join(this.dir, `${name}.pid.json`),
          readyWithinMs: READY_WITHIN_MS,
        }).start(signal);
        return endingBy(running, KILL);
      },
    };
    await this.supervisor.add(service);
  }

  private pidOf(name: string): number | undefined {
    return this.supervisor.pids().find((one) => one.name === name)?.pid;
  }

  private onEvent(event: SupervisorEvent): void {
    const process = event.name;
    if (process === 'control') return;
    // One that reached its failpoint before it was seen healthy died all the same.
    const killedEarly = event.kind === 'restart-failed' && event.error.message.includes('signal SIGKILL');
    if (event.kind === 'ended' || killedEarly) {
      const killed = event.kind !== 'ended' || event.reason.includes('SIGKILL');
      this.deaths.push({ process, at: Date.now(), backAt: undefined, arming: this.arming === process, killed });
    }
    if (event.kind !== 'started') return;
    for (const death of this.deaths) if (death.process === process) death.backAt ??= Date.now();
  }
}

/** The same process, ended without ceremony: nothing that the suite leaves behind is wanted. */
function endingBy(running: Running, steps: readonly StopStep[]): Running {
  const identity = identify(running.pid);
  return { ...running, stop: () => (identity === undefined ? Promise.resolve() : stopProcess(identity, steps)) };
}
