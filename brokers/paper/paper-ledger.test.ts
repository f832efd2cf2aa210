import { openDatabase } from '../../database/pool';
import type { Database } from '../../database/pool';
import { calendarOf } from '../../domain/calendar/calendars';
import { instant, millisOf } from '../../domain/clock/instant';
import type { EpochMillis } from '../../domain/clock/instant';
import { dec, decimalString as d, text, ZERO } from '../../domain/money/decimal';
import type { ClientOrderId, OrderRequest } from '../../domain/order/order';
import { acked, limit, nothing, permit, request, stop } from '../../tests/support/broker-harness';
import { createTestDatabase } from '../../tests/support/database';
import type { TestDatabase } from '../../tests/support/database';
import { makeAccount, PaperHarness, setClock, testInstrument } from '../../tests/support/paper-harness';
import { PaperBroker } from './paper-broker';
import { paperMarketData } from './paper-market';
import type { PaperMarket } from './paper-market';

let testDatabase: TestDatabase;
let database: Database;
beforeAll(async () => {
  testDatabase = await createTestDatabase();
  database = openDatabase(testDatabase.url, { max: 10 });
});
afterAll(async () => {
  await database.end();
  await testDatabase.drop();
});

const COSTS = { halfSpreadBps: '1', slippageBps: '4', feeBps: '10' } as const;

/** Everything that the ledger holds of an account, but for its name, real times, and when the book was last stored. */
async function ledger(account: string): Promise<unknown> {
  const { rows } = await database.query<{ ledger: unknown }>(
    `SELECT jsonb_build_object(
       'book', (SELECT to_jsonb(b) - 'account' - 'advanced_to' FROM paper.books b WHERE b.account = $1),
       'orders', (SELECT jsonb_agg(to_jsonb(o) - 'account' - 'received_at' ORDER BY o.venue_order_id) FROM paper.orders o WHERE o.account = $1),
       'fills', (SELECT jsonb_agg(to_jsonb(f) - 'account' ORDER BY f.sequence) FROM paper.fills f WHERE f.account = $1),
       'positions', (SELECT jsonb_agg(to_jsonb(p) - 'account' ORDER BY p.instrument) FROM paper.positions p WHERE p.account = $1)
     ) AS ledger`,
    [account],
  );
  return rows[0]?.ledger;
}

/** Cash that the fills explain, and the cash of the book. */
async function cashOf(account: string): Promise<{ explained: string; book: string; fills: number }> {
  const { rows } = await database.query<{ explained: string; book: string; fills: number }>(
    `SELECT plain(a.opening_cash + coalesce(sum(CASE o.side WHEN 'buy' THEN -1 ELSE 1 END * f.quantity * f.price - f.fee), 0)) AS explained,
       plain(b.cash) AS book, count(f.*)::integer AS fills
     FROM accounts a JOIN paper.books b ON b.account = a.name
     LEFT JOIN paper.fills f ON f.account = a.name
     LEFT JOIN paper.orders o ON o.account = a.name AND o.venue_order_id = f.venue_order_id
     WHERE a.name = $1 GROUP BY a.opening_cash, b.cash`,
    [account],
  );
  const row = rows[0];
  if (row === undefined) throw new Error(`no account ${account}`);
  return row;
}

describe('a replay of two instruments', () => {
  const from = millisOf('2018-01-02T15:00:00Z');
  const DAY = 86_400_000;
  /** Thirty sessions of made-up prices that wander between 90 and 110, with little volume, so that orders fill in parts. */
  const bars = (phase: number) =>
    calendarOf('NYSE')
      .sessions('2018-01-02', '2018-02-13')
      .map(({ date }, index) => {
        const centre = 100 + 6 * Math.sin((index + phase) * 0.9);
        const price = (offset: number): ReturnType<typeof d> => text(dec((centre + offset).toFixed(2)));
        return { date, open: price(-1), high: price(3), low: price(-3), close: price(1), volume: d('7900') };
      });

  async function openMarket(): Promise<PaperMarket> {
    return paperMarketData({
      instruments: [
        { instrument: testInstrument('AAA'), feed: 'daily-bars' },
        { instrument: testInstrument('BBB'), feed: 'daily-bars' },
      ],
      bars: (id) => Promise.resolve(bars(id === 'AAA' ? 0 : 2)),
      calendars: calendarOf,
      seed: 'test',
      costs: COSTS,
    });
  }

  /** The same orders every time, placed at the same market times; between these the venue is left alone or asked daily. */
  async function replay(steps: (from: EpochMillis, to: EpochMillis) => readonly EpochMillis[]): Promise<string> {
    const market = await openMarket();
    const account = await makeAccount(database, from, '100000');
    const at = async (moment: EpochMillis): Promise<PaperBroker> => {
      await setClock(database, account, moment);
      // Another process every time: nothing may live in a broker's memory.
      return new PaperBroker({ account, database, market, costs: COSTS });
    };
    let now = from;
    const goTo = async (moment: EpochMillis): Promise<void> => {
      for (const step of steps(now, moment)) await (await at(step)).poll(undefined);
      now = moment;
    };
    const place = async (id: string, instrument: string, changes: Partial<OrderRequest>): Promise<void> => {
      const clientOrderId = id.padStart(32, '0') as ClientOrderId;
      const broker = await at(now);
      acked(await broker.submit(request({ account, instrument }, { clientOrderId, ...changes }), permit()));
    };
    await place('1', 'AAA', { quantity: d('25') });
    await place('2', 'AAA', { quantity: d('300'), terms: limit('96') });
    await place('3', 'BBB', { quantity: d('300'), side: 'sell', terms: limit('104') });
    await place('4', 'AAA', { quantity: d('50'), side: 'sell', terms: stop('94') });
    await goTo(from + 3 * DAY);
    await place('5', 'BBB', {
      quantity: d('80'),
      terms: { type: 'stop-limit', stopPrice: d('103'), price: d('103.5') },
    });
    await place('6', 'AAA', { quantity: d('40'), terms: limit('97'), timeInForce: 'DAY' });
    await place('7', 'BBB', { quantity: d('10'), terms: limit('91') });
    await goTo(from + 20 * DAY);
    await place('8', 'BBB', { quantity: d('10'), side: 'buy' });
    await goTo(from + 60 * DAY);
    return account;
  }

  const oneJump = (_: EpochMillis, to: EpochMillis): readonly EpochMillis[] => [to];
  const every =
    (step: number) =>
    (start: EpochMillis, to: EpochMillis): readonly EpochMillis[] => {
      const moments: EpochMillis[] = [];
      for (let moment = start + step; moment < to; moment += step) moments.push(moment);
      return [...moments, to];
    };

  test('day by day, at odd hours or in one jump, by one broker or by many, leaves the same ledger', async () => {
    const jumped = await replay(oneJump);
    const [daily, odd] = [await replay(every(DAY)), await replay(every(7 * 3_600_000 + 12_345))];
    const expected = await ledger(jumped);
    expect(await ledger(daily)).toEqual(expected);
    expect(await ledger(odd)).toEqual(expected);
    const { fills, explained, book } = await cashOf(jumped);
    expect(fills).toBeGreaterThan(20);
    expect(book).toBe(explained);
  });

  test('the position of the ledger is the sum of its fills, and no order works after the tape has ended', async () => {
    const account = await replay(oneJump);
    const { rows } = await database.query<{ instrument: string; held: string; filled: string; open: number }>(
      `SELECT p.instrument, plain(p.quantity) AS held,
         plain(sum(CASE o.side WHEN 'buy' THEN f.quantity ELSE -f.quantity END)) AS filled,
         (SELECT count(*)::integer FROM paper.orders w WHERE w.account = $1 AND w.state = 'open') AS open
       FROM paper.positions p JOIN paper.orders o USING (account, instrument) JOIN paper.fills f USING (account, venue_order_id)
       WHERE p.account = $1 GROUP BY p.instrument, p.quantity ORDER BY p.instrument`,
      [account],
    );
    expect(rows.map(({ instrument }) => instrument)).toEqual(['AAA', 'BBB']);
    expect(rows.every(({ held, filled, open }) => held === filled && open === 0)).toBe(true);
  });
});

describe('several brokers on one account', () => {
  test('that all see the same print fill an order once', async () => {
    const h = await PaperHarness.open(database);
    const orders = await Promise.all(
      Array.from({ length: 5 }, () => h.broker.submit(request(h, { terms: limit('95') }), permit())),
    );
    for (const outcome of orders) acked(outcome);
    const brokers = Array.from({ length: 6 }, () => h.anotherBroker());
    for (const available of [3, 3, 4]) {
      await h.trade(95, available);
      await Promise.all(brokers.map((broker) => broker.poll(undefined)));
    }
    const { fills } = await h.broker.poll(undefined, nothing);
    expect(fills).toHaveLength(15);
    expect(fills.reduce((sum, { quantity }) => sum.plus(quantity), ZERO).toFixed()).toBe('50');
    const { explained, book } = await cashOf(h.account);
    expect([book, explained]).toEqual(['5250', '5250']);
  });

  test('that submit at once are all served, each order under a number of its own', async () => {
    const h = await PaperHarness.open(database);
    const brokers = Array.from({ length: 4 }, () => h.anotherBroker());
    const outcomes = await Promise.all(
      brokers.flatMap((broker) =>
        Array.from({ length: 5 }, () => broker.submit(request(h, { quantity: d('1') }), permit())),
      ),
    );
    expect(new Set(outcomes.map((outcome) => acked(outcome).order.venueOrderId)).size).toBe(20);
    expect((await cashOf(h.account)).book).toBe('8000');
  });

  test('that submit one id at once place one order', async () => {
    const h = await PaperHarness.open(database);
    const order = request(h, { terms: limit('95') });
    const brokers = Array.from({ length: 4 }, () => h.anotherBroker());
    const outcomes = await Promise.all(brokers.map((broker) => broker.submit(order, permit())));
    expect(outcomes.map((outcome) => (outcome.kind === 'rejected' ? outcome.code : outcome.kind)).sort()).toEqual([
      'acked',
      'duplicate_client_order_id',
      'duplicate_client_order_id',
      'duplicate_client_order_id',
    ]);
    expect(await h.acceptedOrders()).toBe(1);
  });

  test('that have funds for one order only fill one', async () => {
    const h = await PaperHarness.open(database);
    const brokers = Array.from({ length: 3 }, () => h.anotherBroker());
    const outcomes = await Promise.all(
      brokers.map((broker) => broker.submit(request(h, { quantity: d('300') }), permit())),
    );
    expect(outcomes.filter(({ kind }) => kind === 'acked')).toHaveLength(1);
  });
});

describe('the market clock', () => {
  test('set back on an empty book begins a market of its own', async () => {
    const h = await PaperHarness.open(database);
    await h.wait(3_600_000);
    acked(await h.broker.submit(request(h, { quantity: d('1') }), permit()));
    await h.wait(-3_600_000);
    const { fills } = acked(await h.broker.submit(request(h, { quantity: d('1') }), permit()));
    expect(fills[0]?.marketAt).toBe(instant(h.now));
  });

  test('a long way is gone in stored steps', async () => {
    const h = await PaperHarness.open(database);
    acked(await h.broker.submit(request(h, { terms: limit('90') }), permit()));
    await h.trade(100);
    // More than the 50,000 print gaps of a second that one step goes.
    await h.wait(120_000_000);
    await h.trade(89);
    const { fills } = await h.broker.poll(undefined, nothing);
    expect(fills).toMatchObject([{ price: '90', marketAt: instant(h.now) }]);
  });

  test('that is missing is an error with the account in it', async () => {
    const h = await PaperHarness.open(database);
    await database.query('DELETE FROM account_clocks WHERE account = $1', [h.account]);
    await expect(h.broker.balances()).rejects.toThrow(`account ${h.account} has no market clock`);
  });
});
