import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PROJECT_ROOT } from '../../config/project';
import { nodeArguments } from '../../infra/local/node-service';
import { freePort } from '../../infra/local/ports';
import type { Harness } from './harness';
import { workflowBundlePath } from './workflow-bundle';

/** What a worker process is given. */
export interface WorkerProcessOptions {
  readonly databaseUrl: string;
  readonly harness: Pick<Harness, 'namespace'>;
  /** Contents of `ACCOUNTS_FILE` and of `CALENDARS_FILE`, where there are any. */
  readonly accounts?: object;
  readonly calendars?: object;
  /** Every role unless told. */
  readonly roles?: readonly string[];
  /** Further settings of its environment. */
  readonly settings?: Readonly<Record<string, string>>;
}

/** A worker in a process of its own, as in an installation: killed, it takes nothing along but itself. */
export class WorkerProcess {
  private running: ChildProcess | undefined;
  private readonly folder = mkdtempSync(join(tmpdir(), 'tradewind-worker-'));

  constructor(private readonly options: WorkerProcessOptions) {
    if (options.accounts) writeFileSync(this.path('accounts.json'), JSON.stringify(options.accounts));
    if (options.calendars) writeFileSync(this.path('calendars.json'), JSON.stringify(options.calendars));
  }

  /** Starts it; whether it works is for the caller to see. */
  async start(): Promise<void> {
    const { accounts, calendars, databaseUrl, harness, roles, settings } = this.options;
    const port = await freePort();
    const chosen = roles === undefined ? [] : [`--roles=${roles.join(',')}`];
    this.running = spawn(process.execPath, [...nodeArguments('workers/main'), ...chosen], {
      cwd: PROJECT_ROOT,
      stdio: 'ignore',
      env: {
        PATH: process.env['PATH'],
        HOME: process.env['HOME'],
        DATABASE_URL: databaseUrl,
        TEMPORAL_ADDRESS: process.env['TEST_TEMPORAL_ADDRESS'],
        TEMPORAL_NAMESPACE: harness.namespace,
        TRADEWIND_WORKFLOW_BUNDLE: await workflowBundlePath(),
        ...(accounts === undefined ? {} : { ACCOUNTS_FILE: this.path('accounts.json') }),
        ...(calendars === undefined ? {} : { CALENDARS_FILE: this.path('calendars.json') }),
        PAPER_CLOCK: 'live',
        WORKERS_PORT: String(port),
        ...settings,
      },
    });
  }

  /** SIGKILL; answers, when it is gone, the signal that it died of, and undefined when it was not running. */
  async kill(): Promise<unknown> {
    const child = this.running;
    this.running = undefined;
    if (child === undefined) return undefined;
    const died = once(child, 'exit');
    child.kill('SIGKILL');
    const [, signal] = (await died) as readonly unknown[];
    return signal;
  }

  /** Kills it, and removes its files. */
  async close(): Promise<void> {
    await this.kill();
    rmSync(this.folder, { recursive: true, force: true });
  }

  private path(name: string): string {
    return join(this.folder, name);
  }
}

/** Longer than the usual wait: a process has to start, and another one to be given up by Temporal. @throws Error with `what` */
export async function patiently(what: string, holds: () => Promise<boolean> | boolean): Promise<void> {
  const until = performance.now() + 120_000;
  while (!(await holds())) {
    if (performance.now() > until) throw new Error(what);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
