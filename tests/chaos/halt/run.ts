import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { STATE_DIR } from '../../../config/project';
import { ensurePaperAccount } from '../../../database/paper-account';
import { openDatabase, transaction } from '../../../database/pool';
import type { Database } from '../../../database/pool';
import { dec, text } from '../../../domain/money/decimal';
import { DEFAULT_RISK_POLICY } from '../../../domain/risk/policy';
import { atLeast, atMost } from '../../support/report';
import type { Goal, ReportRow } from '../../support/report';
import { weaken, WEAKENINGS } from '../explore/weakening';
import { claimFolder, releaseFolder } from '../trade/run-folder';
import { ChaosStack } from '../trade/stack';
import type { StackLayout } from '../trade/stack';
import { CYCLE_ACCOUNTS } from './cycles';
import type { HaltVerdict } from './judge';
import { CLOSED_ACCOUNT, LIVE_ACCOUNTS, planHalts } from './plan';
import { playHaltRound } from './round';
import type { HaltPlace, JudgedRound } from './round';
import { WEEKEND } from './trades';
import { isPlanted, paperBooks } from './venue';
import type { VenueBooks } from './venue';

/** What the suite is to do. */
export interface HaltChaosOptions {
  /** Trades of a round. */
  readonly trades: number;
  readonly rounds: number;
  readonly seed: number;
  readonly minutes?: number;
  readonly log?: (line: string) => void;
}

export interface HaltChaosResult {
  readonly rows: readonly ReportRow[];
  readonly goals: readonly Goal[];
  readonly remarks: readonly string[];
  readonly versions: Readonly<Record<string, string>>;
}

/** Limits that nothing reaches: the fence of the halt is what is looked at. */
const HIGHEST = text(dec('100000000000000000000'));
const POLICY = {
  maxOpenTrades: 1_000_000,
  maxDailyLoss: HIGHEST,
  maxPositionNotional: HIGHEST,
  maxOrdersPerMinute: 1_000_000,
};
const OPENING_CASH = '10000000000000000000000';

const LAYOUT: StackLayout = {
  workers: [1, 2, 3].map((n) => ({ name: `worker-${n}`, entry: 'tests/chaos/halt/worker', args: [] })),
  accounts: [...LIVE_ACCOUNTS, ...CYCLE_ACCOUNTS],
  openingCash: OPENING_CASH,
  policy: POLICY,
};

/** Halts of trades everywhere while the machinery breaks, judged by the venue's own books. Everything it starts is ended again. */
export async function runHaltChaos(options: HaltChaosOptions): Promise<HaltChaosResult> {
  const dir = await claimFolder(join(STATE_DIR, 'chaos'));
  const awake = setInterval(() => undefined, 1_000);
  const log = options.log ?? (() => undefined);
  const until = performance.now() + (options.minutes ?? Infinity) * 60_000;
  try {
    const stack = await ChaosStack.start(dir, LAYOUT);
    const database = openDatabase(stack.databaseUrl, { max: 40 });
    const connection = await Connection.connect({ address: stack.temporalAddress });
    try {
      await addClosedAccount(database);
      const books = await paperBooks(database);
      await setUpWorkers(stack);
      for (const account of LIVE_ACCOUNTS) await books.plant(account);
      const place = { stack, database, client: new Client({ connection, namespace: stack.namespace }), books, log };
      log('everything is up');
      const { broken, judged } = await playRounds(place, options, until);
      const planted = await touchedPlants(books);
      // A stage that a broken round left as it was is none for the control.
      const control = broken.length > 0 ? 0 : await playControl(place, options);
      return {
        rows: rowsOf(judged),
        goals: goalsOf(judged, broken.length, planted.length, control),
        remarks: [...broken, ...judged.flatMap(remarks), ...planted],
        versions: await stack.versions(),
      };
    } finally {
      await connection.close();
      await database.end();
      await stack.stop();
    }
  } finally {
    await releaseFolder(dir);
    clearInterval(awake);
  }
}

/** Workers read the list of accounts when they start. */
async function setUpWorkers(stack: ChaosStack): Promise<void> {
  for (const { name } of LAYOUT.workers) await stack.restart(name);
}

async function addClosedAccount(database: Database): Promise<void> {
  const account = {
    name: CLOSED_ACCOUNT,
    currency: 'USD',
    openingCash: text(dec(OPENING_CASH)),
    policy: { ...DEFAULT_RISK_POLICY, ...POLICY },
  };
  await transaction(database, (client) =>
    ensurePaperAccount(client, account, { kind: 'replay', start: WEEKEND, speed: 1 }),
  );
}

/** What was judged, and what broke a round: the rounds before it count all the same, and none is played after it. */
interface PlayedRounds {
  readonly judged: readonly JudgedRound[];
  readonly broken: readonly string[];
}

async function playRounds(place: HaltPlace, options: HaltChaosOptions, until: number): Promise<PlayedRounds> {
  const judged: JudgedRound[] = [];
  for (const plan of planHalts(options.seed, options.rounds, options.trades)) {
    if (performance.now() > until) break;
    const begun = performance.now();
    try {
      judged.push(...(await playHaltRound(place, plan)));
    } catch (error) {
      return { judged, broken: [`round ${plan.round + 1} (${plan.disturbance}) broke: ${String(error)}`] };
    }
    place.log(`round ${plan.round + 1} of ${options.rounds}: ${((performance.now() - begun) / 1_000).toFixed(0)} s`);
  }
  return { judged, broken: [] };
}

/** A planted order that is not open any more, or a planted position whose order changed. */
async function touchedPlants(books: VenueBooks): Promise<readonly string[]> {
  const { orders } = await books.read(LIVE_ACCOUNTS);
  const planted = orders.filter(({ clientOrderId }) => isPlanted(clientOrderId));
  const sound = planted.filter(({ type, open, filled }) =>
    type === 'limit' ? open && filled === '0' : filled === '7',
  );
  const missing = 2 * LIVE_ACCOUNTS.length - sound.length;
  return missing === 0 ? [] : [`${missing} foreign orders were touched`];
}

/** Orders that increase and were permitted after the moment when nothing but signals stops trades. */
async function playControl(place: HaltPlace, { seed, trades }: HaltChaosOptions): Promise<number> {
  place.log('control: the same without the fence, by signals alone');
  const fence = WEAKENINGS.find(({ name }) => name === 'no_fence');
  if (fence === undefined) throw new Error('the explorer has no weakening no_fence');
  await weaken(place.database, fence);
  const [plan] = planHalts(seed + 1, 1, 1);
  if (plan === undefined) return 0;
  const burst = Array.from({ length: Math.min(trades, 200) }, (_, index) => ({
    key: `control-${index}`,
    account: LIVE_ACCOUNTS[index % LIVE_ACCOUNTS.length] ?? LIVE_ACCOUNTS[0],
    stand: 'about to send' as const,
  }));
  const control = {
    ...plan,
    round: 1_000,
    flatten: true,
    disturbance: 'nothing' as const,
    disturbedAfterMs: 0,
    schedules: false,
    trades: burst,
  };
  const [judged] = await playHaltRound(place, control);
  return judged?.verdict.increaseAfterMoment.length ?? 0;
}

const NAMES = [
  'increaseAfterMoment',
  'oldEpoch',
  'overCapacity',
  'unacknowledged',
  'unguarded',
  'notFlat',
  'journalDiffers',
  'strangers',
] as const satisfies readonly (keyof HaltVerdict)[];

function goalsOf(judged: readonly JudgedRound[], broken: number, foreignTouched: number, control: number): Goal[] {
  const sum = (name: keyof HaltVerdict): number =>
    judged.reduce((total, { verdict }) => total + verdict[name].length, 0);
  return [
    atLeast('halts', 1, judged.length),
    atMost('broken_rounds', 0, broken),
    atLeast(
      'partly_filled',
      1,
      judged.reduce((total, { partly }) => total + (partly ?? 0), 0),
    ),
    atMost('unfinished', 0, judged.filter(({ done }) => !done).length),
    atMost('increase_after_moment', 0, sum('increaseAfterMoment') + sum('strangers')),
    atMost('over_capacity', 0, sum('overCapacity')),
    atMost('old_epoch', 0, sum('oldEpoch')),
    atMost(
      'let_in_after_moment',
      0,
      judged.reduce((total, { letIn }) => total + letIn, 0),
    ),
    atLeast('schedules_fired', 1, fired(judged)),
    atMost(
      'schedules_running',
      0,
      judged.reduce((total, { schedules }) => total + (schedules?.running.length ?? 0), 0),
    ),
    atMost('unacknowledged', 0, sum('unacknowledged')),
    atMost('unguarded', 0, sum('unguarded')),
    atMost('not_flat', 0, sum('notFlat')),
    atMost('journal_differs', 0, sum('journalDiffers')),
    atMost('foreign_touched', 0, foreignTouched),
    atLeast('control_after_moment', 1, control),
  ];
}

/** Cycles that schedules began while trades were halted. */
function fired(judged: readonly JudgedRound[]): number {
  return judged.reduce((total, { schedules }) => total + (schedules?.fired ?? 0), 0);
}

function remarks({ plan, verdict, done, times }: JudgedRound): string[] {
  const where = `round ${plan.round + 1} (${plan.disturbance}${plan.flatten ? ', flatten' : ''}), halt ${times.epoch}`;
  return [
    ...(done ? [] : [`${where}: not done: ${JSON.stringify(times.waits)}`]),
    ...NAMES.flatMap((name) =>
      verdict[name].length === 0 ? [] : [`${where}: ${name}: ${verdict[name].slice(0, 5).join(', ')}`],
    ),
  ];
}

/** One row a halt, then the spread of all. */
function rowsOf(judged: readonly JudgedRound[]): ReportRow[] {
  const rows = judged.map(({ plan, partly, commitMs, times, schedules }) => ({
    halt: `${plan.round + 1}${plan.flatten ? ' flatten' : ''}: ${plan.disturbance}`,
    trades: times.trades.length,
    'partly filled': partly ?? null,
    acknowledged: times.acknowledged,
    'taken over': times.takenOver,
    'cycles fired': schedules?.fired ?? null,
    'cycles that traded': schedules?.started ?? null,
    'commit ms': Math.round(commitMs),
    'drained ms': rounded(times.drained),
    'last acknowledged ms': rounded(times.lastAcknowledged),
    'last closed ms': rounded(times.lastClosed),
    'report ms': rounded(times.finished),
  }));
  return [...rows, spread('p50', rows, 0.5), spread('p95', rows, 0.95), spread('max', rows, 1)];
}

function rounded(ms: number | null): number | null {
  return ms === null ? null : Math.round(ms);
}

function spread(name: string, rows: readonly ReportRow[], share: number): ReportRow {
  const columns = Object.keys(rows[0] ?? {}).filter((column) => column.endsWith(' ms'));
  const at = (column: string): number | null => {
    const values = rows.map((row) => row[column]).filter((value) => typeof value === 'number');
    const sorted = values.sort((a, b) => a - b);
    return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? null;
  };
  const empty = {
    halt: name,
    trades: null,
    'partly filled': null,
    acknowledged: null,
    'taken over': null,
    'cycles fired': null,
    'cycles that traded': null,
  };
  return { ...empty, ...Object.fromEntries(columns.map((column) => [column, at(column)])) };
}
