import { join } from 'node:path';
import type { HaltDetailView } from '../../api/contract/halt-views';
import type { TradeView } from '../../api/contract/views';
import { STATE_DIR } from '../../config/project';
import { openDatabase } from '../../database/pool';
import type { Database } from '../../database/pool';
import { breaches } from '../../domain/halt/describe-report';
import type { SignedReport } from '../../domain/halt/report';
import { runCli } from '../support/cli';
import type { CliResult } from '../support/cli';
import { heldAtVenue, ledgerOf, summary } from '../support/venue-ledger';
import { claimFolder, releaseFolder } from './trade/run-folder';
import { ChaosStack } from './trade/stack';

const ACCOUNT = 'outage';
const START = [
  ...['trade', 'start', '--account', ACCOUNT, '--instrument', 'SIM', '--strategy', 'manual'],
  ...['--direction', 'long', '--stop', '90'],
] as const;
/** Processes of ours besides PostgreSQL, as they are killed all together. */
const OURS = ['api', 'worker', 'temporal'] as const;

/** Real processes: the halt is made while one of them is away, and judged by the paper venue's own tables. */
describe('a halt', () => {
  let dir: string;
  let stack: ChaosStack;
  let database: Database;
  beforeAll(async () => {
    dir = await claimFolder(join(STATE_DIR, 'halt-outage'));
    stack = await ChaosStack.start(dir, {
      workers: [{ name: 'worker', entry: 'workers/main', args: ['--roles=trade,analysis,orders,operations'] }],
      accounts: [ACCOUNT],
      openingCash: '1000000',
    });
    database = openDatabase(stack.databaseUrl, { max: 4 });
  });
  afterAll(async () => {
    await database.end();
    await stack.stop();
    await releaseFolder(dir);
  });

  /** A command line as an operator of this stack types it. */
  function cli(...line: string[]): Promise<CliResult> {
    return runCli(line, {
      env: { TRADEWIND_API_URL: stack.apiUrl, TRADEWIND_API_KEY: stack.key, DATABASE_URL: stack.databaseUrl },
      fetch: (url, init) => fetch(url, init),
      now: () => Date.now(),
      sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    });
  }

  async function json<T>(...line: string[]): Promise<T> {
    const { code, stdout, stderr } = await cli(...line, '--json');
    if (code === 1 || code === 2) throw new Error(`${line.join(' ')}: ${stderr}`);
    return JSON.parse(stdout) as T;
  }

  async function start(key: string, ...options: string[]): Promise<string> {
    const { id } = await json<TradeView>(...START, '--max-quantity', '3', '--key', key, ...options);
    return id;
  }

  /** Asks until it holds, for as long as a slow machine may take. */
  async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
    const deadline = Date.now() + 120_000;
    while (!(await holds().catch(() => false))) {
      if (Date.now() > deadline) throw new Error(`${what}: not within two minutes`);
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }

  const atVenue = async (tradeId: string): Promise<readonly string[]> => summary(await ledgerOf(database, tradeId));
  const isAtVenue = (tradeId: string, ...orders: string[]): Promise<void> =>
    until(`${tradeId} has ${orders.join(', ')} at the venue`, async () => {
      return JSON.stringify(await atVenue(tradeId)) === JSON.stringify(orders);
    });

  it('made with Temporal down stands at once, is carried out when it is back, and outlives the death of every process', async () => {
    const holding = await start('holding');
    const resting = await start('resting', '--entry', 'limit', '--price', '95');
    await isAtVenue(holding, 'entry/1 filled', 'stop/1 open');
    await isAtVenue(resting, 'entry/1 open');

    const temporalBack = await stack.keepDown('temporal');
    const engaged = await cli('halt', 'engage', '--mode', 'halt-all', '--flatten', '--reason', 'drill', '--wait', '1s');
    expect(engaged).toMatchObject({ code: 4, stdout: expect.stringMatching(/^Halted: global/) as string });
    const [, epoch = ''] = /epoch (\d+)/.exec(engaged.stdout) ?? [];
    // What remains is said; what would add exposure is refused with no Temporal to ask.
    expect(engaged.stdout + engaged.stderr).toMatch(/0 of 2 trades acknowledged/);
    const refused = await cli(...START);
    expect(refused).toMatchObject({ code: 3, stderr: expect.stringContaining('The kill switch is engaged') as string });
    expect(await atVenue(resting)).toEqual(['entry/1 open']);

    await temporalBack();
    await until('the halt is done', async () => {
      return (await json<HaltDetailView>('halt', 'show', epoch)).finishedAt !== null;
    });
    const { report } = await json<SignedReport>('halt', 'report', epoch);
    expect(breaches(report)).toEqual([]);
    expect(await atVenue(holding)).toEqual(['entry/1 filled', 'stop/1 cancelled', 'exit/1 filled']);
    expect(heldAtVenue(await ledgerOf(database, holding))).toBe(0);
    expect(await atVenue(resting)).toEqual(['entry/1 cancelled']);

    // Everything dies at once, the database first; nothing of the halt was only in memory.
    for (const name of ['postgres', ...OURS]) stack.kill(name);
    await until('everything is up again', async () => (await fetch(`${stack.apiUrl}/health`)).ok);
    for (const name of OURS) await stack.untilUp(name);
    const still = await cli(...START);
    expect(still).toMatchObject({ code: 3, stderr: expect.stringContaining('The kill switch is engaged') as string });

    await json('halt', 'release', epoch, '--reason', 'drill is over');
    const after = await start('after');
    await isAtVenue(after, 'entry/1 filled', 'stop/1 open');
  }, 420_000);

  it('made with the API down closes what is held, by the database and the workers alone', async () => {
    const holding = await start('without-api');
    await isAtVenue(holding, 'entry/1 filled', 'stop/1 open');
    const apiBack = await stack.keepDown('api');
    try {
      const engaged = await cli('halt', 'engage', '--flatten', '--reason', 'drill', '--wait', '0');
      expect(engaged).toMatchObject({ code: 0, stdout: expect.stringMatching(/^Halted: global/) as string });
      await isAtVenue(holding, 'entry/1 filled', 'stop/1 cancelled', 'exit/1 filled');
    } finally {
      await apiBack();
    }
  }, 240_000);
});
