import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../../infra/local/ports';
import { removePostgres } from '../../infra/local/postgres';
import { identify, isRunning, type ProcessIdentity } from '../../infra/local/process-identity.mjs';
import { stopProcess } from '../../infra/local/processes';
import type { StackAddresses, StackState } from '../../infra/local/stack-state';
import { removeTemporal } from '../../infra/local/temporal-server';
import { ProjectCopy } from '../support/project-copy';

/** `npm start` in a copy of the project, with what it has said so far. */
class Start {
  readonly child: ChildProcess;
  stdout = '';
  stderr = '';
  readonly exit: Promise<number | null>;

  constructor(root: string, ports: Readonly<Record<string, string>>) {
    const env = { ...process.env, ...ports };
    this.child = spawn(process.execPath, [join(root, 'infra', 'local', 'start.mjs'), '--no-demo', '--json'], { env });
    this.child.stdout?.on('data', (text: Buffer) => (this.stdout += text.toString()));
    this.child.stderr?.on('data', (text: Buffer) => (this.stderr += text.toString()));
    this.exit = new Promise((resolve) => this.child.once('close', resolve));
  }

  /** The addresses, once everything is up. */
  async addresses(): Promise<StackAddresses> {
    const failed = this.exit.then(() => {
      throw new Error(this.stderr);
    });
    await Promise.race([failed, until(() => this.stdout.includes('\n'))]);
    return JSON.parse(this.stdout) as StackAddresses;
  }
}

const project = new ProjectCopy();
project.copyAll();
const { root } = project;
const statePath = join(root, 'var', 'stack.json');
const seen = new Map<number, ProcessIdentity>();

afterAll(async () => {
  for (const identity of seen.values()) await stopProcess(identity, [{ signal: 'SIGKILL', waitMs: 5_000 }]);
  await removePostgres(join(root, 'var', 'postgres'));
  await removeTemporal(join(root, 'var', 'temporal'));
  project.remove();
});

/** The process number of each part that runs now. */
function parts(): Record<string, number> {
  const { processes } = JSON.parse(readFileSync(statePath, 'utf8')) as StackState;
  for (const { identity } of processes) seen.set(identity.pid, identity);
  return Object.fromEntries(processes.map(({ name, identity }) => [name, identity.pid]));
}

async function healthy(url: string): Promise<boolean> {
  return (await fetch(`${url}/health`).catch(() => undefined))?.ok ?? false;
}

async function until(what: () => boolean): Promise<void> {
  while (!what()) await sleep(50);
}

test('npm start brings everything up, mends what breaks, survives its own death and leaves nothing behind', async () => {
  // Ports of our own: the usual ones may come and go with other stacks on this machine.
  const names = ['TEMPORAL_UI_PORT', 'API_PORT', 'WORKERS_PORT', 'ORDERS_PORT'];
  const ports = Object.fromEntries(
    await Promise.all(names.map(async (name) => [name, String(await freePort())] as const)),
  );
  const first = new Start(root, ports);
  const addresses = await first.addresses();
  expect(await healthy(addresses.apiUrl)).toBe(true);
  expect(await healthy(addresses.workersUrl)).toBe(true);
  expect((await fetch(addresses.temporalUiUrl ?? '')).ok).toBe(true);
  expect(Object.keys(parts())).toEqual(['postgres', 'temporal', 'api', 'orders', 'workers']);
  expect(statSync(statePath).mode & 0o777).toBe(0o600);
  expect(statSync(join(root, 'var', 'api-key')).mode & 0o777).toBe(0o600);

  // A second start finds the first.
  const second = new Start(root, ports);
  expect(await second.exit).toBe(0);
  expect(JSON.parse(second.stdout)).toEqual(addresses);
  expect(second.stderr).toContain(`already running as process ${first.child.pid ?? 0}`);

  // A part that dies comes back at its address.
  const { api = 0, ...others } = parts();
  process.kill(api, 'SIGKILL');
  await until(() => ![api, undefined].includes(parts()['api']));
  expect(await healthy(addresses.apiUrl)).toBe(true);
  expect(parts()).toMatchObject(others);

  // Killed without a chance to tidy up, it leaves servers that the next start adopts and processes that it replaces.
  const left = parts();
  first.child.kill('SIGKILL');
  await first.exit;
  expect(await healthy(addresses.apiUrl)).toBe(true);
  const third = new Start(root, ports);
  expect(await third.addresses()).toEqual(addresses);
  const now = parts();
  expect(now).toMatchObject({ postgres: left['postgres'], temporal: left['temporal'] });
  const ours = ['api', 'workers', 'orders'].map((name) => left[name] ?? 0);
  expect(ours.filter((pid) => identify(pid) !== undefined)).toEqual([]);

  // Asked to end, it ends everything, the last started first.
  third.child.kill('SIGTERM');
  expect(await third.exit).toBe(0);
  expect([...seen.values()].filter(isRunning)).toEqual([]);
  expect(third.stderr.match(/(?<=^tradewind: )\w+(?=: stopped$)/gm)).toEqual([
    'workers',
    'orders',
    'api',
    'temporal',
    'postgres',
  ]);
  expect(existsSync(statePath)).toBe(false);
});
