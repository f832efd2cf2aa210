import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { STATE_DIR } from '../../config/project';
import type { Environment, Settings } from '../../config/settings';
import { nodeService, stopLeftover } from './node-service';
import { LOOPBACK, steadyPort } from './ports';
import { startPostgres } from './postgres';
import { prepareDatabase } from './prepare-database';
import { prepareTemporal } from './prepare-temporal';
import { identify, type ProcessIdentity } from './process-identity.mjs';
import { signalProcess } from './processes';
import { removeStackState, writeStackState, type StackAddresses } from './stack-state';
import { Supervisor, type Running, type SupervisorEvent } from './supervisor';
import { bundleWorkflows, type Bundling } from './workflow-bundle';
import { findTemporalCli } from './temporal-cli.mjs';
import { fetchTemporalCli } from './temporal-cli-fetch.mjs';
import { startTemporal } from './temporal-server';

const TEMPORAL_PORT = 7233;
const READY_WITHIN_MS = 120_000;

/** Where the API and the workers find their servers. */
interface Servers {
  readonly databaseUrl: string;
  readonly temporalAddress: string;
  readonly temporalUiUrl?: string;
}

/**
 * Everything that one clone runs on this machine: PostgreSQL and Temporal unless the settings name servers, then the
 * API and the workers. What ends is started again; what a killed predecessor left is adopted or stopped.
 */
export class LocalStack {
  private readonly supervisor = new Supervisor({ onEvent: (event) => this.onEvent(event) });
  private readonly keeper: ProcessIdentity;
  private readonly logDir: string;
  private servers: Servers | undefined;
  private addresses: StackAddresses | undefined;
  private bundling: Bundling | undefined;

  /**
   * @param env What the API and the workers inherit.
   * @param report Gets one line for people at each event.
   */
  constructor(
    private readonly settings: Settings,
    private readonly env: Environment,
    private readonly report: (line: string) => void,
    private readonly stateDir: string = STATE_DIR,
  ) {
    const keeper = identify(process.pid);
    if (keeper === undefined) throw new Error('this process cannot find itself in the process table');
    this.keeper = keeper;
    this.logDir = join(stateDir, 'log');
  }

  /** Starts everything in order. @throws Error when a part does not start; call {@link stop} then. */
  async start(): Promise<StackAddresses> {
    mkdirSync(this.logDir, { recursive: true });
    await this.stopLeftovers();
    this.save();
    this.bundling = await bundleWorkflows(join(this.stateDir, 'workflows.js'), join(this.logDir, 'bundle.log'));
    const databaseUrl = this.settings.databaseUrl ?? (await this.startPostgres());
    const servers = { databaseUrl, ...(await this.temporal()) };
    this.servers = servers;
    this.report('preparing the database');
    await prepareDatabase(databaseUrl, this.settings);
    const apiUrl = await this.startApi(servers);
    const { port, ordersPort } = this.settings.workers;
    // Who sends orders asks no language model and gets no key for one: an empty setting counts as unset.
    const ordersUrl = await this.startWorkers('orders', 'orders', ordersPort, servers, { OPENAI_API_KEY: '' });
    const bundle = await this.bundling.made;
    const bundled = bundle === undefined ? {} : { TRADEWIND_WORKFLOW_BUNDLE: bundle };
    const workersUrl = await this.startWorkers('workers', 'trade,analysis,operations,market', port, servers, bundled);
    const { temporalAddress, temporalUiUrl } = servers;
    const ui = temporalUiUrl === undefined ? {} : { temporalUiUrl };
    this.addresses = { apiUrl, temporalAddress, workersUrl, ordersUrl, ...ui };
    this.save();
    return this.addresses;
  }

  /** Stops everything in the reverse order. */
  async stop(): Promise<void> {
    this.bundling?.stop();
    await this.supervisor.stop();
    removeStackState(this.stateDir);
  }

  /** Ends everything at once; the databases recover at the next start. */
  abandon(): void {
    for (const { pid } of this.supervisor.pids()) {
      const identity = identify(pid);
      if (identity !== undefined) signalProcess(identity, 'SIGQUIT');
    }
  }

  private async startPostgres(): Promise<string> {
    const start = (): Promise<Running & { url: string }> =>
      startPostgres({ stateDir: join(this.stateDir, 'postgres'), log: join(this.logDir, 'postgres.log') });
    return (await this.keep('postgres', start, ({ url }) => url)).url;
  }

  private async temporal(): Promise<Omit<Servers, 'databaseUrl'>> {
    const { address, namespace, uiPort } = this.settings.temporal;
    if (address !== undefined) {
      await prepareTemporal({ temporal: { ...this.settings.temporal, address } }, namespace);
      return { temporalAddress: address };
    }
    const cliPath =
      findTemporalCli(this.env)?.path ?? (await fetchTemporalCli({ env: this.env, log: (line) => this.report(line) }));
    const start = (): ReturnType<typeof startTemporal> =>
      startTemporal({
        cliPath,
        namespace,
        stateDir: join(this.stateDir, 'temporal'),
        log: join(this.logDir, 'temporal.log'),
        storage: 'file',
        preferredPort: TEMPORAL_PORT,
        preferredUiPort: uiPort,
      });
    const server = await this.keep('temporal', start, (started) => started.address);
    return { temporalAddress: server.address, ...(server.uiUrl === undefined ? {} : { temporalUiUrl: server.uiUrl }) };
  }

  private async startApi(servers: Servers): Promise<string> {
    const { host, port: wanted } = this.settings.api;
    const port = await this.port('api', wanted);
    const url = `http://${host === '0.0.0.0' || host === '::' ? LOOPBACK : host}:${port}`;
    await this.startProcess('api', 'api/main', [], servers, { API_PORT: String(port) }, url);
    return url;
  }

  /** Two processes, by name: what sends orders has nothing else to do, and alone would hold the keys of a broker. */
  private async startWorkers(
    name: string,
    roles: string,
    wanted: number,
    servers: Servers,
    bundled: Environment = {},
  ): Promise<string> {
    const port = await this.port(name, wanted);
    const url = `http://${LOOPBACK}:${port}`;
    const env = { WORKERS_PORT: String(port), ...bundled };
    await this.startProcess(name, 'workers/main', [`--roles=${roles}`], servers, env, url);
    return url;
  }

  private async startProcess(
    name: string,
    entry: string,
    args: readonly string[],
    servers: Servers,
    own: Environment,
    url: string,
  ): Promise<void> {
    const env = { ...this.env, ...own, DATABASE_URL: servers.databaseUrl, TEMPORAL_ADDRESS: servers.temporalAddress };
    const logFile = join(this.logDir, `${name}.log`);
    this.report(`starting ${name}`);
    await this.supervisor.add(
      nodeService({
        name,
        entry,
        args,
        env,
        healthUrl: `${url}/health`,
        logFile,
        pidFile: this.pidFile(name),
        readyWithinMs: READY_WITHIN_MS,
      }),
    );
  }

  /** Keeps a server running, at the address where the API and the workers know it. */
  private async keep<T extends Running>(
    name: string,
    start: () => Promise<T>,
    address: (server: T) => string,
  ): Promise<T> {
    this.report(`starting ${name}`);
    const firsts: T[] = [];
    await this.supervisor.add({
      name,
      start: async () => {
        const server = await start();
        const [first = server] = firsts;
        if (address(server) !== address(first)) {
          await server.stop();
          throw new Error(`${name} has to come back on its old port, which another program uses now`);
        }
        if (firsts.length === 0) firsts.push(server);
        return server;
      },
    });
    const [server] = firsts;
    if (server === undefined) throw new Error(`${name} was not started`);
    return server;
  }

  /** The API and the workers of a killed stack end before anything changes; its servers are adopted. */
  private async stopLeftovers(): Promise<void> {
    for (const name of ['workers', 'orders', 'api']) {
      const pid = await stopLeftover(this.pidFile(name));
      if (pid !== undefined) this.report(`stopped ${name}, which a killed stack had left running as process ${pid}`);
    }
  }

  private onEvent(event: SupervisorEvent): void {
    this.save();
    this.report(told(event, join(this.logDir, `${event.name}.log`)));
  }

  private port(name: string, wanted: number): Promise<number> {
    return steadyPort(join(this.stateDir, 'ports.json'), name, wanted);
  }

  private pidFile(name: string): string {
    return join(this.stateDir, `${name}.pid.json`);
  }

  private save(): void {
    const processes = this.supervisor.pids().flatMap(({ name, pid }) => {
      const identity = identify(pid);
      return identity === undefined ? [] : [{ name, identity }];
    });
    writeStackState(this.stateDir, {
      keeper: this.keeper,
      processes,
      ...(this.addresses === undefined ? {} : { addresses: this.addresses }),
      ...(this.servers === undefined ? {} : { databaseUrl: this.servers.databaseUrl }),
    });
  }
}

function told(event: SupervisorEvent, log: string): string {
  switch (event.kind) {
    case 'started':
      return `${event.name}: up as process ${event.pid}`;
    case 'not-serving':
      return `${event.name} runs, but did not serve when asked ${event.questions} times: ending it; its log: ${log}`;
    case 'ended':
      return `${event.name} ended (${event.reason}), starting it again in ${event.restartInMs / 1000} s; its log: ${log}`;
    case 'restart-failed':
      return `${event.name} did not start again, next try in ${event.restartInMs / 1000} s: ${event.error.message}`;
    case 'stopped':
      return `${event.name}: stopped`;
  }
}
