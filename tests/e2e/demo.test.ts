import { spawn } from 'node:child_process';
import { join } from 'node:path';
import type { DemoDocument } from '../../infra/local/demo-document';
import { freePort } from '../../infra/local/ports';
import { removePostgres } from '../../infra/local/postgres';
import { removeTemporal } from '../../infra/local/temporal-server';
import { ProjectCopy } from '../support/project-copy';

const project = new ProjectCopy();
project.copyAll();

afterAll(async () => {
  await removePostgres(join(project.root, 'var', 'postgres'));
  await removeTemporal(join(project.root, 'var', 'temporal'));
  project.remove();
});

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** `npm start` with these options, in the copy, on ports of our own. */
async function start(...options: readonly string[]): Promise<Ended> {
  const names = ['TEMPORAL_UI_PORT', 'API_PORT', 'WORKERS_PORT', 'ORDERS_PORT'];
  const ports = await Promise.all(names.map(async (name) => [name, String(await freePort())] as const));
  const script = join(project.root, 'infra', 'local', 'start.mjs');
  const child = spawn(process.execPath, [script, ...options], {
    env: { ...process.env, ...Object.fromEntries(ports) },
  });
  const texts = { stdout: '', stderr: '' };
  child.stdout.on('data', (text: Buffer) => (texts.stdout += text.toString()));
  child.stderr.on('data', (text: Buffer) => (texts.stderr += text.toString()));
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, ...texts })));
}

test('npm start -- --once --json carries one trade through every phase and prints nothing else on standard output', async () => {
  const { code, stdout, stderr } = await start('--once', '--json');
  expect({ code, stderr }).toMatchObject({ code: 0 });
  const trade = JSON.parse(stdout) as DemoDocument;
  expect(trade).toMatchObject({
    account: 'paper',
    instrument: 'US500',
    strategy: 'technical',
    outcome: 'completed',
    signal: { kind: 'directional', direction: 'long', stopPrice: '2731.89' },
    risk: { approved: true },
  });
  expect(trade.phases.map(({ phase }) => phase)).toEqual(
    expect.arrayContaining(['accepted', 'analysing', 'awaiting-open', 'executing', 'managing', 'reconciling', 'ended']),
  );
  expect(trade.phases[0]?.marketAt).toBe('2018-07-10T13:25:00.000Z');

  // What was bought was sold, and the cash that is left over is the result.
  const cash = trade.fills.map(({ leg, price, quantity, fee }) => {
    return Number(price) * Number(quantity) * (leg === 'entry' ? -1 : 1) - Number(fee);
  });
  const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
  expect(sum(cash)).toBeCloseTo(Number(trade.realisedPnl), 6);
  const units = (entry: boolean): number =>
    sum(trade.fills.filter(({ leg }) => (leg === 'entry') === entry).map(({ quantity }) => Number(quantity)));
  expect(units(true)).toBeCloseTo(units(false), 6);
  expect(stderr).toContain('ended: completed');
});
