import type { WorkflowHandle } from '@temporalio/client';
import { aloneForAccount } from '../../database/cycles';
import { engageHalt, releaseHalt } from '../../database/halts';
import { ensurePaperAccount } from '../../database/paper-account';
import { transaction } from '../../database/pool';
import { alwaysCalendar } from '../../domain/calendar/always-calendar';
import { calendarOf } from '../../domain/calendar/calendars';
import { instant } from '../../domain/clock/instant';
import type { TradingCycle } from '../../domain/cycle/cycle';
import type { HaltScope } from '../../domain/halt/halt';
import { decimalString as d } from '../../domain/money/decimal';
import { DEFAULT_RISK_POLICY } from '../../domain/risk/policy';
import { OPERATIONS_QUEUE } from '../../temporal/messages/task-queues';
import { haltSignal } from '../../temporal/messages/trade';
import { TRADING_CYCLE_WORKFLOW } from '../../temporal/messages/trading-cycle';
import type { TradingCycleInput, TradingCycleResult } from '../../temporal/messages/trading-cycle';
import { startCycle } from '../../temporal/start-workflows';
import { createTestDatabase } from '../support/database';
import type { TestDatabase } from '../support/database';
import { Harness } from '../support/harness';

/** Where the clock of each account stands: 10 July 2018 is a Tuesday, and New York opens at 13:30 UTC. */
const CLOCKS = {
  ready: '2018-07-10T13:46:00Z',
  narrow: '2018-07-10T13:46:00Z',
  crowd: '2018-07-10T13:46:00Z',
  halted: '2018-07-10T13:46:00Z',
  busy: '2018-07-10T13:46:00Z',
  early: '2018-07-10T13:25:00Z',
  late: '2018-07-10T13:56:00Z',
  saturday: '2018-07-07T14:00:00Z',
} as const;

let database: TestDatabase;
let harness: Harness;

const cycleFor = (name: string, changes: Partial<TradingCycle> = {}): TradingCycle => ({
  name,
  account: name,
  strategy: 'technical',
  calendar: 'NYSE',
  instruments: ['US500', 'USCOMP'],
  at: { afterOpenMinutes: 15 },
  latenessSeconds: 600,
  trade: { timeExitSeconds: 3_600 },
  ...changes,
});

/** A zone in which it is morning now, so that an hour from now is still today there. */
function morningZone(): string {
  const ahead = Math.min(12, new Date().getUTCHours() - 6);
  return ahead < 0 ? `Etc/GMT-${-ahead}` : `Etc/GMT+${ahead}`;
}

/** A market that opens in an hour. */
function laterCalendar() {
  const open = Date.now() + 3_600_000;
  const session = { date: instant(open).slice(0, 10), open, close: open + 3_600_000, early: false, segments: [] };
  return { ...alwaysCalendar, id: 'LATER', timeZone: morningZone(), sessions: () => [session] };
}

beforeAll(async () => {
  database = await createTestDatabase();
  harness = await Harness.open({
    databaseUrl: database.url,
    temporalAddress: process.env['TEST_TEMPORAL_ADDRESS'] ?? '',
    clock: { kind: 'live' },
  });
  for (const [name, start] of Object.entries(CLOCKS)) {
    const policy = name === 'narrow' ? { ...DEFAULT_RISK_POLICY, maxOpenTrades: 1 } : DEFAULT_RISK_POLICY;
    const account = { name, currency: 'USD', openingCash: d('100000'), policy };
    await transaction(harness.database, (client) =>
      ensurePaperAccount(client, account, { kind: 'replay', start: instant(Date.parse(start)), speed: 1 }),
    );
  }
  const later = laterCalendar();
  const cycles = [
    ...Object.keys(CLOCKS).map((name) => cycleFor(name)),
    cycleFor('other', { account: 'ready' }),
    cycleFor('crowd-b', { account: 'crowd' }),
    cycleFor('later', { account: harness.account, calendar: 'LATER' }),
    cycleFor('nobody', {}),
    cycleFor('strange', { account: 'ready', instruments: ['NONE'] }),
  ];
  const wiring = await harness.wire({ cycles, calendarOf: (id) => (id === 'LATER' ? later : calendarOf(id)) });
  await harness.work(['operations'], wiring);
});
afterAll(async () => {
  await harness.close();
  await database.drop();
});

type Run = WorkflowHandle<(input: TradingCycleInput) => Promise<TradingCycleResult>>;

async function begun(cycle: string): Promise<Run> {
  return harness.client.workflow.getHandle(await startCycle(harness.client, { cycle }));
}

const ran = async (cycle: string): Promise<TradingCycleResult> => (await begun(cycle)).result();

/** Runs a cycle under an id of its own, as a schedule and a person may at once. */
function under(workflowId: string, cycle: string): Promise<TradingCycleResult> {
  const start = { workflowId, taskQueue: OPERATIONS_QUEUE, args: [{ cycle }] as [TradingCycleInput] };
  return harness.client.workflow.execute<(input: TradingCycleInput) => Promise<TradingCycleResult>>(
    TRADING_CYCLE_WORKFLOW,
    start,
  );
}

async function trades(account: string): Promise<string[]> {
  const { rows } = await harness.database.query<{ key: string }>(
    'SELECT key FROM trades WHERE account = $1 ORDER BY key',
    [account],
  );
  return rows.map(({ key }) => key);
}

const told = ({ state, results }: TradingCycleResult) => [
  state,
  ...results.map(({ instrument, result, code }) => `${instrument} ${result}${code === null ? '' : ` ${code}`}`),
];

describe('a trading cycle', () => {
  it('starts one trade in each instrument, and the same session never a second one', async () => {
    const first = await ran('ready');
    expect(told(first)).toEqual(['done', 'US500 started', 'USCOMP started']);
    expect(first.date).toBe('2018-07-10');
    const keys = await trades('ready');
    expect(keys).toHaveLength(2);
    expect(keys[0]).toMatch(/^ready-20180710-US500-[0-9a-f]{8}$/);
    expect(await ran('ready')).toEqual(first);
    // Even when its trades have ended and nobody remembers the session.
    await harness.database.query(
      `SELECT end_trade(id, '{"outcome": "cancelled", "code": "test"}') FROM trades WHERE account = 'ready'`,
    );
    await harness.database.query(`DELETE FROM trading_cycles WHERE cycle = 'ready'`);
    expect(told(await ran('ready'))).toEqual(told(first));
    expect(await trades('ready')).toEqual(keys);
    // The control: it is the key alone that kept it from that.
    expect(told(await ran('other'))).toEqual(['done', 'US500 started', 'USCOMP started']);
    expect(await trades('ready')).toHaveLength(4);
  });

  it('its trades are what was asked for, and end with the session', async () => {
    await ran('early');
    const { rows } = await harness.database.query<{ spec: object; by: string; until: string }>(
      `SELECT spec, created_by AS by, iso(valid_until) AS until FROM trades WHERE account = 'early' AND instrument = 'US500'`,
    );
    expect(rows).toEqual([
      {
        by: 'cycle:early',
        until: '2018-07-10T20:00:00.000Z',
        spec: expect.objectContaining({
          strategy: 'technical',
          whenClosed: 'wait',
          timeExitSeconds: 3_600,
        }) as object,
      },
    ]);
  });

  it('gives what room there is to the first of the list', async () => {
    expect(told(await ran('narrow'))).toEqual(['done', 'US500 started', 'USCOMP skipped open_trades']);
  });

  it('run at once under several ids, and beside another cycle of the account, starts each trade once', async () => {
    const runs = await Promise.all([
      under('crowd-1', 'crowd'),
      under('crowd-2', 'crowd'),
      under('crowd-3', 'crowd-b'),
      under('crowd-4', 'crowd'),
    ]);
    expect(runs.every(({ state }) => state === 'done')).toBe(true);
    expect(await trades('crowd')).toHaveLength(2);
  });

  it('waits while another one of the account starts trades', async () => {
    const run = await aloneForAccount(harness.database, 'busy', async () => {
      const handle = await begun('busy');
      await harness.poll('the cycle was not refused', async () => {
        const { raw } = await handle.describe();
        return (raw.pendingActivities ?? []).some(({ attempt }) => (attempt ?? 0) > 1);
      });
      expect(await trades('busy')).toEqual([]);
      return handle;
    });
    expect(told((await run?.result()) as TradingCycleResult)).toEqual(['done', 'US500 started', 'USCOMP started']);
  });
});

describe('a trading cycle starts no trade', () => {
  it('later than it may be', async () => {
    expect(told(await ran('late'))).toEqual(['missed']);
    expect(await trades('late')).toEqual([]);
  });

  it('on a day without a session', async () => {
    expect(await ran('saturday')).toMatchObject({ state: 'closed', date: '2018-07-07', results: [] });
    expect(await trades('saturday')).toEqual([]);
  });

  it('under a halt of its account, and does after the release', async () => {
    const scope = 'account:halted' as HaltScope;
    const wish = { scope, mode: 'reduce-only', flatten: false, everything: false, source: 'operator' } as const;
    await engageHalt(harness.database, { ...wish, reason: 'x', actor: 'test', limited: false });
    expect(told(await ran('halted'))).toEqual(['halted', 'US500 refused halted']);
    expect(await trades('halted')).toEqual([]);
    await releaseHalt(harness.database, { scope, reason: 'x', actor: 'test' });
    expect(told(await ran('halted'))).toEqual(['done', 'US500 started', 'USCOMP started']);
  });

  it('when a halt reaches it while it waits for its moment', async () => {
    const waiting = await begun('later');
    await harness.poll('the cycle does not wait', async () => {
      const { events } = await waiting.fetchHistory();
      return (events ?? []).some(({ timerStartedEventAttributes }) => timerStartedEventAttributes != null);
    });
    await waiting.signal(haltSignal, { epoch: 1, reason: 'test' });
    expect(told(await waiting.result())).toEqual(['halted']);
    expect(await trades(harness.account)).toEqual([]);
  });

  it('that the configuration does not know, or whose account or instrument is not there', async () => {
    await expect(ran('unheard-of')).rejects.toThrow('Workflow execution failed');
    await expect(ran('nobody')).rejects.toThrow('Workflow execution failed');
    expect(told(await ran('strange'))).toEqual(['done', 'NONE refused unknown_reference']);
    await harness.database.query(`UPDATE accounts SET quarantine = 'test' WHERE name = 'late'`);
    await harness.database.query(
      `UPDATE account_clocks SET market_time = '2018-07-11T13:46:00Z', real_time = clock_timestamp() WHERE account = 'late'`,
    );
    expect(told(await ran('late'))).toEqual(['done', 'US500 refused quarantined', 'USCOMP refused quarantined']);
  });
});
