import {
  createSeededDatabase,
  manualTrade,
  storeFilledEntry,
  storeTrade,
  REPLAY_START,
  type SeededDatabase,
} from '../tests/support/seeded-database';
import type { Instant } from '../domain/clock/instant';
import { encodeCursor, InvalidCursor } from './cursor';
import { acceptTrade, findByKey, findTrade, listEvents, listTrades } from './registry';
import {
  listInstruments,
  moveClockForward,
  readAccounts,
  readClock,
  readReferences,
  resetClock,
} from './registry-accounts';
import { fillsOfTrade, findOrder, listOrders, ordersOfTrade } from './registry-orders';

let db: SeededDatabase;
beforeEach(async () => {
  db = await createSeededDatabase();
});
afterEach(() => db.close());

const endTrade = (id: string): Promise<unknown> =>
  db.database.query('SELECT end_trade($1, $2)', [id, JSON.stringify({ outcome: 'cancelled' })]);

describe('accepting a trade', () => {
  it('stores it once for its key, and finds it by that key', async () => {
    expect(await acceptTrade(db.database, manualTrade('first'))).toEqual({
      result: 'accepted',
      tradeId: 'paper:first',
      phase: 'accepted',
    });
    expect(await acceptTrade(db.database, manualTrade('first'))).toMatchObject({ result: 'exists' });
    expect(await acceptTrade(db.database, manualTrade('first', { fingerprint: 'other' }))).toMatchObject({
      result: 'conflict',
    });
    expect(await findByKey(db.database, 'paper', 'first')).toEqual({ id: 'paper:first', fingerprint: 'hash-of-first' });
    expect(await findByKey(db.database, 'paper', 'second')).toBeUndefined();
  });

  it('stores nothing while a scope of the trade is halted', async () => {
    await db.database.query(`SELECT engage_halt('instrument:US500', 'reduce-only', false, 'test', 'test')`);
    expect(await acceptTrade(db.database, manualTrade('first'))).toMatchObject({
      result: 'halted',
      scope: 'instrument:US500',
    });
    expect(await findTrade(db.database, 'paper:first')).toBeUndefined();
  });
});

describe('the list of trades', () => {
  it('is newest first and paged without a gap or a repeat', async () => {
    const ids: string[] = [];
    for (let n = 0; n < 7; n += 1) ids.unshift(await storeTrade(db.database, `t${n}`));
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await listTrades(db.database, {}, { limit: 3, ...(cursor === undefined ? {} : { cursor }) });
      seen.push(...page.items.map((trade) => trade.id));
      cursor = page.nextCursor ?? undefined;
    } while (cursor !== undefined);
    expect(seen).toEqual(ids);
  });

  it('is narrowed by each filter', async () => {
    await storeTrade(db.database, 'done');
    await endTrade('paper:done');
    await storeTrade(db.database, 'open', { instrument: 'SIM', strategy: 'technical' });
    await db.database.query(`UPDATE trades SET attention = 'unknown_order' WHERE id = 'paper:open'`);
    const keys = async (filter: Parameters<typeof listTrades>[1]): Promise<string[]> =>
      (await listTrades(db.database, filter, { limit: 10 })).items.map((trade) => trade.key);
    expect(await keys({})).toEqual(['open', 'done']);
    expect(await keys({ account: 'other' })).toEqual([]);
    expect(await keys({ instrument: 'SIM' })).toEqual(['open']);
    expect(await keys({ strategy: 'manual' })).toEqual(['done']);
    expect(await keys({ phase: 'accepted' })).toEqual(['open']);
    expect(await keys({ outcome: 'cancelled' })).toEqual(['done']);
    expect(await keys({ attention: true })).toEqual(['open']);
    expect(await keys({ attention: false })).toEqual(['done']);
  });

  it.each([
    '',
    'x',
    'WyJhIiwiYiJd',
    Buffer.from('[1]').toString('base64url'),
    encodeCursor({ at: '2026-11-23T00:00:00.000000Z', id: 'a\u0000' }),
  ])('refuses the cursor %j', async (cursor) => {
    await expect(listTrades(db.database, {}, { limit: 3, cursor })).rejects.toThrow(InvalidCursor);
  });
});

describe('one trade', () => {
  it('shows its position, its orders, its fills and its history', async () => {
    const id = await storeTrade(db.database, 'first');
    await storeFilledEntry(db.database, id, 'a'.repeat(32));
    expect(await findTrade(db.database, id)).toMatchObject({
      id,
      phase: 'accepted',
      position: '2',
      realisedPnl: null,
      acceptedMarketAt: REPLAY_START,
      spec: { entry: { type: 'market' } },
      requests: {},
    });
    expect(await ordersOfTrade(db.database, id)).toEqual([
      expect.objectContaining({ leg: 'entry', attempts: 2, booked: '2' }),
    ]);
    expect(await fillsOfTrade(db.database, id)).toEqual([
      expect.objectContaining({
        leg: 'entry',
        price: '2430.5',
        fee: '4.861',
        feeAsset: 'USD',
        marketAt: '2017-06-14T14:00:00.000Z',
      }),
    ]);
    const first = await listEvents(db.database, id, { limit: 10 });
    expect(first).toEqual({
      items: [expect.objectContaining({ kind: 'phase', name: 'accepted', marketAt: REPLAY_START })],
      nextCursor: null,
    });
  });

  it('has a history that is paged oldest first', async () => {
    const id = await storeTrade(db.database, 'first');
    for (const phase of ['analysing', 'checking-risk'])
      await db.database.query('SELECT advance_trade($1, $2, $3)', [id, phase, '{}']);
    const one = await listEvents(db.database, id, { limit: 2 });
    expect(one.items.map((event) => event.name)).toEqual(['accepted', 'analysing']);
    const two = await listEvents(db.database, id, { limit: 2, cursor: one.nextCursor ?? '' });
    expect(two.items.map((event) => event.name)).toEqual(['checking-risk']);
    expect(two.nextCursor).toBeNull();
  });
});

describe('orders', () => {
  it('are listed newest first, and shown without the token of their sender', async () => {
    const id = await storeTrade(db.database, 'first');
    await storeFilledEntry(db.database, id, 'a'.repeat(32));
    await storeFilledEntry(db.database, await storeTrade(db.database, 'second'), 'b'.repeat(32)).catch(() => undefined);
    const list = await listOrders(
      db.database,
      { account: 'paper', instrument: 'US500', state: 'filled' },
      { limit: 1 },
    );
    expect(list.items.map((order) => order.clientOrderId)).toEqual(['b'.repeat(32)]);
    const rest = await listOrders(db.database, { state: 'filled' }, { limit: 1, cursor: list.nextCursor ?? '' });
    expect(rest.items.map((order) => order.clientOrderId)).toEqual(['a'.repeat(32)]);
    expect((await listOrders(db.database, { trade: id }, { limit: 9 })).items).toHaveLength(1);

    const shown = await findOrder(db.database, 'a'.repeat(32));
    expect(shown).toMatchObject({
      tries: [
        { n: 1, state: 'not-found' },
        { n: 2, state: 'acked' },
      ],
      lookups: [{ n: 1, result: 'not-found' }],
      fills: [{ quantity: '2' }],
    });
    expect(JSON.stringify(shown)).not.toContain('secret-owner-token');
    expect(await findOrder(db.database, 'c'.repeat(32))).toBeUndefined();
  });
});

describe('accounts', () => {
  it('count cash after every fill and positions at their last price', async () => {
    await storeFilledEntry(db.database, await storeTrade(db.database, 'first'), 'a'.repeat(32));
    const [account] = await readAccounts(db.database);
    // 100,000 - 2 x 2430.5 - 4.861; the position at the price of its fill until the watcher has seen one.
    expect(account).toMatchObject({
      name: 'paper',
      cash: '95134.139',
      equity: '99995.139',
      openTrades: 1,
      openingCash: '100000',
    });
    await db.database.query(`INSERT INTO marks VALUES ('paper', 'US500', 2440, now())`);
    const [marked] = await readAccounts(db.database, 'paper');
    expect(marked?.positions).toEqual([{ instrument: 'US500', quantity: '2', mark: '2440', value: '4880' }]);
    expect(marked?.equity).toBe('100014.139');
    expect(await readAccounts(db.database, 'other')).toEqual([]);
  });

  it('show a replay clock that stands', async () => {
    expect(await readClock(db.database, 'paper')).toEqual({
      kind: 'replay',
      speed: 28_800,
      marketTime: REPLAY_START,
      running: false,
    });
    expect(await readClock(db.database, 'other')).toBeUndefined();
  });
});

describe('moving a clock', () => {
  const later = '2017-06-15T13:30:00.000Z' as Instant;

  it('goes forward only, unless it is reset; then the book of the paper venue starts there too', async () => {
    expect(await moveClockForward(db.database, 'paper', later)).toBe('moved');
    expect(await moveClockForward(db.database, 'paper', REPLAY_START)).toBe('clock_goes_back');
    await db.database.query(`UPDATE paper.books SET advanced_to = '2018-01-01'`);
    await db.database.query(`INSERT INTO marks VALUES ('paper', 'US500', 2440, '2018-01-01')`);
    expect(await resetClock(db.database, 'paper', REPLAY_START)).toBe('moved');
    expect((await readClock(db.database, 'paper'))?.marketTime).toBe(REPLAY_START);
    const { rows } = await db.database.query(
      'SELECT iso(advanced_to) AS book, (SELECT count(*)::int FROM marks) AS marks FROM paper.books',
    );
    expect(rows).toEqual([{ book: REPLAY_START, marks: 0 }]);
  });

  it('is refused while a trade is open, and for an account that is not there', async () => {
    await storeTrade(db.database, 'open');
    expect(await moveClockForward(db.database, 'paper', later)).toBe('account_not_flat');
    expect(await resetClock(db.database, 'paper', REPLAY_START)).toBe('account_not_flat');
    expect(await moveClockForward(db.database, 'other', later)).toBe('unknown_account');
  });
});

describe('references', () => {
  it('name what exists beside what was asked for', async () => {
    expect(await readReferences(db.database, 'paper', 'SIM')).toEqual({
      accounts: ['paper'],
      instruments: ['SIM', 'SIMF', 'US500', 'USCOMP'],
      calendar: 'ALWAYS',
      marketTime: REPLAY_START,
      venue: 'paper',
      quarantine: null,
    });
    expect(await readReferences(db.database, 'x', 'y')).toMatchObject({
      calendar: null,
      marketTime: null,
      venue: null,
    });
  });

  it('list instruments with the days that have bars', async () => {
    expect(await listInstruments(db.database)).toEqual([
      expect.objectContaining({ id: 'SIM', feed: 'synthetic', firstBar: null, lastBar: null }),
      expect.objectContaining({ id: 'SIMF', lot: '1', future: { multiplier: '50', lastTradingDay: '2099-12-31' } }),
      expect.objectContaining({ id: 'US500', tick: '0.01', firstBar: '2014-01-02', lastBar: '2020-04-17' }),
      expect.objectContaining({ id: 'USCOMP', minNotional: '1', firstBar: '2014-01-02', lastBar: '2018-12-31' }),
    ]);
  });
});
