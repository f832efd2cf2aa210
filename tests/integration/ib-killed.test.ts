import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundleWorkflowCode } from '@temporalio/worker';
import { PROJECT_ROOT } from '../../config/project';
import { decimalString as d } from '../../domain/money/decimal';
import { nodeArguments } from '../../infra/local/node-service';
import { freePort } from '../../infra/local/ports';
import { IbSimulator } from '../../simulators/ib/simulator';
import { createTestDatabase } from '../support/database';
import { Harness } from '../support/harness';

const ACCOUNT = 'ib-killed';
const CODE = 'DU1234567';
const AAPL = 265598;
const CLIENT_ID = 11;

/** The worker is a process of its own, as in an installation, with every role in it: when it is killed, nothing of ours is left. */
let harness: Harness;
let simulator: IbSimulator;
let databaseUrl: string;
let drop: () => Promise<void>;
let folder: string;
let running: ChildProcess | undefined;

beforeAll(async () => {
  const database = await createTestDatabase();
  ({ drop, url: databaseUrl } = database);
  simulator = await IbSimulator.start({ port: 0, accounts: [{ code: CODE, cash: '1000000' }], prices: 'written' });
  harness = await Harness.open({
    databaseUrl,
    temporalAddress: process.env['TEST_TEMPORAL_ADDRESS'] ?? '',
    clock: { kind: 'live' },
  });
  folder = mkdtempSync(join(tmpdir(), 'tradewind-ib-'));
  writeFileSync(join(folder, 'accounts.json'), JSON.stringify({ accounts: [account()] }));
  const quiet = (): void => undefined;
  const { code } = await bundleWorkflowCode({
    workflowsPath: join(PROJECT_ROOT, 'workflows/index.ts'),
    logger: { log: quiet, trace: quiet, debug: quiet, info: quiet, warn: quiet, error: quiet },
  });
  writeFileSync(join(folder, 'workflows.js'), code);
}, 120_000);

afterAll(async () => {
  await kill();
  await harness.close();
  await simulator.close();
  await drop();
  rmSync(folder, { recursive: true, force: true });
});

// A test runs at any hour: the simulated market is always open, and so is the calendar.
const account = (): object => ({
  ...{ name: ACCOUNT, venue: 'ib', mode: 'paper', accountCode: CODE, port: simulator.port, clientId: CLIENT_ID },
  instruments: [{ symbol: 'AAPL', calendar: 'ALWAYS' }],
  policy: { maxConcentration: '1' },
});

/** Starts the worker process; settles when the gateway has let it in. */
async function start(): Promise<void> {
  const port = await freePort();
  running = spawn(process.execPath, nodeArguments('workers/main'), {
    cwd: PROJECT_ROOT,
    stdio: 'ignore',
    env: {
      PATH: process.env['PATH'],
      HOME: process.env['HOME'],
      DATABASE_URL: databaseUrl,
      TEMPORAL_ADDRESS: process.env['TEST_TEMPORAL_ADDRESS'],
      TEMPORAL_NAMESPACE: harness.namespace,
      TRADEWIND_WORKFLOW_BUNDLE: join(folder, 'workflows.js'),
      ACCOUNTS_FILE: join(folder, 'accounts.json'),
      PAPER_CLOCK: 'live',
      WORKERS_PORT: String(port),
    },
  });
  await patiently('the gateway has no line of ours', () => Promise.resolve(simulator.clientIds.includes(CLIENT_ID)));
}

/** SIGKILL; settles when the gateway has noticed. */
async function kill(): Promise<void> {
  const child = running;
  running = undefined;
  if (child === undefined) return;
  const died = once(child, 'exit');
  child.kill('SIGKILL');
  await died;
  await patiently('the gateway still has a line of ours', () => Promise.resolve(simulator.clientIds.length === 0));
}

/** Longer than the usual wait: a process has to start, and another one to be given up by Temporal. */
async function patiently(what: string, holds: () => Promise<boolean>): Promise<void> {
  const until = performance.now() + 120_000;
  while (!(await holds())) {
    if (performance.now() > until) throw new Error(what);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** What the broker's own ledger has: side, kind and state, oldest first. */
const ledger = (): readonly string[] =>
  simulator.ledger.orders.map(({ quantity, side, state, type }) => `${side} ${quantity} ${type} ${state}`);

async function fallsTo(price: number): Promise<void> {
  for (let print = 0; print < 2; print += 1) {
    await new Promise((resolve) => setTimeout(resolve, 5));
    simulator.tapes.get(AAPL)?.print(Date.now(), price, 1_000_000);
    simulator.ledger.advance();
  }
}

async function isOpen(): Promise<boolean> {
  const { rows } = await harness.database.query('SELECT FROM accounts WHERE name = $1 AND quarantine IS NULL', [
    ACCOUNT,
  ]);
  return rows.length === 1;
}

describe('a stop at Interactive Brokers, once acknowledged', () => {
  it('outlives the death of every process of ours, is guarded again by the next one, and sells when none is there', async () => {
    await start();
    await patiently('the account does not open', isOpen);
    const tradeId = await harness.accept('killed', {
      ...{ account: ACCOUNT, instrument: 'AAPL', direction: 'long', stopPrice: d('95'), maxQuantity: d('10') },
    });
    const stands = ['buy 10 MKT filled', 'sell 10 STP open'];
    const acknowledged = async (): Promise<boolean> => {
      const { orders } = await harness.trades.facts(tradeId);
      return orders.some(({ leg, state }) => leg.startsWith('stop') && state === 'open');
    };
    await patiently('the stop is not acknowledged', acknowledged);
    await kill();
    expect(ledger()).toEqual(stands);

    await start();
    const polled = async (): Promise<string> => {
      const { rows } = await harness.database.query<{ at: string }>(
        'SELECT polled_at::text AS at FROM accounts WHERE name = $1',
        [ACCOUNT],
      );
      return rows[0]?.at ?? '';
    };
    const before = await polled();
    await patiently('nobody looks at the account', async () => (await polled()) !== before);
    expect(ledger()).toEqual(stands);
    expect(await harness.row(tradeId)).toMatchObject({ phase: 'managing', position: '10', attention: null });

    await kill();
    await fallsTo(94);
    expect(ledger()).toEqual(['buy 10 MKT filled', 'sell 10 STP filled']);
    expect(await harness.row(tradeId)).toMatchObject({ phase: 'managing', position: '10' });

    await start();
    await patiently('the trade does not end', async () => (await harness.row(tradeId)).phase === 'ended');
    expect(await harness.row(tradeId)).toMatchObject({ outcome: 'completed', position: '0' });
    expect(ledger()).toHaveLength(2);
  }, 400_000);
});
