import { openPaperMarket } from '../brokers/paper/paper-market';
import { engageHalt, releaseHalt, standingHalts } from '../database/halts';
import { RiskStore } from '../database/risk';
import { TradeStore } from '../database/trades';
import { TripStore } from '../database/trips';
import { calendarOf } from '../domain/calendar/calendars';
import { tripRules } from '../domain/halt/trip-rules';
import type { TripSetting } from '../domain/halt/trip-rules';
import { createSeededDatabase, storeTrade, type SeededDatabase } from '../tests/support/seeded-database';
import { openTestApi } from '../tests/support/api';
import type { TripDeps } from '../activities/halt/look-at-trips';
import { decimalString } from '../domain/money/decimal';
import { TripMonitor } from './trip-monitor';

const COSTS = { halfSpreadBps: '1', slippageBps: '4', feeBps: '10' } as const;

let db: SeededDatabase;
let now: number;
const logged: object[] = [];
beforeEach(async () => {
  db = await createSeededDatabase();
  now = Date.now();
  logged.length = 0;
});
afterEach(() => db.close());

async function monitor(
  settings: Record<string, TripSetting> = {},
  sources: Pick<TripDeps, 'modelBudget'> = {},
): Promise<TripMonitor> {
  const { database } = db;
  const market = await openPaperMarket(database, calendarOf, COSTS);
  const deps = {
    risk: new RiskStore(database),
    trades: new TradeStore(database),
    trips: new TripStore(database),
    marketOf: () => market,
    calendarOf,
    rules: tripRules(settings),
    engage: (wish: Parameters<typeof engageHalt>[1]) => engageHalt(database, wish),
    now: () => now,
    ...sources,
  };
  const log = (facts: object): void => void logged.push(facts);
  return new TripMonitor(deps, { warn: log, error: log } as ConstructorParameters<typeof TripMonitor>[1]);
}

/** A fill of 20 of cost 5,000 units that lost its price: more than a day may lose. */
async function lose(key: string): Promise<string> {
  const tradeId = await storeTrade(db.database, key);
  await db.database.query(
    `INSERT INTO fills (venue, account, instrument, venue_order_id, venue_fill_id, trade_id, side, quantity, price, fee, fee_asset,
       liquidity, market_at, position_change, cash_change)
     VALUES ('paper', 'paper', 'US500', $1, '1', $1, 'buy', 1, 1, 0, 'USD', 'taker', market_now('paper'), 0, -1500)`,
    [tradeId],
  );
  return tradeId;
}

it('halts the account whose loss of the day is at its limit, once, and says why; a worse loss trips again after a release', async () => {
  const watch = await monitor();
  await watch.look();
  expect(await standingHalts(db.database)).toEqual([]);
  await lose('first');
  await watch.look();
  const [halt] = await standingHalts(db.database);
  expect(halt).toMatchObject({
    scope: 'account:paper',
    source: 'trip',
    trip: 'daily-loss',
    mode: 'reduce-only',
    actor: 'trip:daily-loss',
    reason: 'daily-loss: 1500 against a limit of 1000',
  });
  expect(logged).toMatchObject([{ trip: 'daily-loss' }]);
  await expect(storeTrade(db.database, 'refused')).rejects.toThrow('halted');

  const release = { scope: 'account:paper', reason: 'looked at it', actor: 'boss' };
  await releaseHalt(db.database, release);
  await watch.look();
  expect(await standingHalts(db.database)).toEqual([]);
  await lose('second');
  await watch.look();
  expect(await standingHalts(db.database)).toMatchObject([{ trip: 'daily-loss' }]);
});

it('waits for as long as the rule says, and can be switched off or set otherwise', async () => {
  await storeTrade(db.database, 'open');
  const settings = {
    'daily-loss': { enabled: false },
    reconciliation: { forSeconds: 30, mode: 'halt-all', flatten: true },
  };
  const watch = await monitor(settings);
  await db.database.query(`UPDATE trades SET attention = 'books_differ'`);
  await watch.look();
  now += 29_000;
  await watch.look();
  expect(await standingHalts(db.database)).toEqual([]);
  now += 1_000;
  await watch.look();
  expect(await standingHalts(db.database)).toMatchObject([{ trip: 'reconciliation', mode: 'halt-all', flatten: true }]);
});

it('shows each trip with its state; those that nothing measures have no source', async () => {
  const watch = await monitor({ slippage: { enabled: false } });
  await watch.look();
  const api = await openTestApi(db.url);
  const listed = await api.as('viewer').get('/v1/trips');
  const states = Object.fromEntries(
    (listed.body as { items: { trip: string; state: string }[] }).items.map(({ trip, state }) => [trip, state]),
  );
  expect(states).toMatchObject({
    'model-budget': 'no source',
    var: 'in order',
    slippage: 'off',
    leverage: 'in order',
    'clock-skew': 'in order',
    'stale-prices': 'in order',
    'venue-disconnected': 'in order',
  });
  await api.close();
});

it('halts the account whose value at risk is above its share of the equity for a minute', async () => {
  const tradeId = await storeTrade(db.database, 'held');
  await db.database.query(
    `INSERT INTO fills (venue, account, instrument, venue_order_id, venue_fill_id, trade_id, side, quantity, price, fee, fee_asset,
       liquidity, market_at, position_change, cash_change)
     VALUES ('paper', 'paper', 'US500', $1, '1', $1, 'buy', 20, 2400, 0, 'USD', 'taker', market_now('paper'), 20, -48000)`,
    [tradeId],
  );
  const only = { var: { limit: '0.001' }, concentration: { enabled: false }, leverage: { enabled: false } };
  const watch = await monitor({ ...only, 'daily-loss': { enabled: false } });
  await watch.look();
  expect(await standingHalts(db.database)).toEqual([]);
  now += 60_000;
  await watch.look();
  const [halt] = await standingHalts(db.database);
  expect(halt).toMatchObject({
    trip: 'var',
    reason: expect.stringMatching(/^var: 0\.0\d+ against a limit of 0\.001$/) as string,
  });
});

it('halts when the budget of the language models is all but spent', async () => {
  const watch = await monitor({}, { modelBudget: () => Promise.resolve(decimalString('0.951')) });
  await watch.look();
  expect(await standingHalts(db.database)).toMatchObject([
    { trip: 'model-budget', reason: 'model-budget: 0.951 against a limit of 0.95' },
  ]);
});

it('halts when the venue is silent while its market is open, and does not mind it in closed hours', async () => {
  await storeTrade(db.database, 'open');
  await db.database.query(`UPDATE accounts SET polled_at = clock_timestamp() - interval '2 minutes'`);
  const watch = await monitor();
  // The clock stands an hour before the open.
  await watch.look();
  expect(await standingHalts(db.database)).toEqual([]);
  await db.database.query(`UPDATE account_clocks SET market_time = '2017-06-14T15:00:00Z'`);
  await watch.look();
  expect(await standingHalts(db.database)).toMatchObject([{ trip: 'venue-disconnected' }]);
});

it('goes on with what it can look at when something fails', async () => {
  const watch = await monitor();
  await db.database.query('DROP FUNCTION trip_evidence(text)');
  await watch.look();
  expect(logged).toMatchObject([{ account: 'paper' }]);
  watch.start();
  await watch.stop();
});

it.each([
  [{ nothing: {} }, 'there is no trip nothing'],
  [{ leverage: { mode: 'stop' } }, 'leverage.mode must be one of'],
  [{ leverage: { limit: '1e5' } }, 'leverage.limit must be a plain decimal'],
  [{ leverage: { forSeconds: -1 } }, 'leverage.forSeconds must be'],
])('a setting that breaks a rule is named: %j', (settings, message) => {
  expect(() => tripRules(settings)).toThrow(message);
});
