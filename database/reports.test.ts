import { instant } from '../domain/clock/instant';
import { decimalString } from '../domain/money/decimal';
import type { ClientOrderId, Fill, VenueOrder } from '../domain/order/order';
import { JournalLab, MONDAY, TIMINGS } from '../tests/support/journal-desk';
import type { Desk } from '../tests/support/journal-desk';
import { OrderJournal } from './journal';
import type { JournalledOrder } from './journal';

const FOREIGN_ID = 'f'.repeat(32) as ClientOrderId;

let lab: JournalLab;
let desk: Desk;
let entry: JournalledOrder;
beforeAll(async () => {
  lab = await JournalLab.open();
});
afterAll(() => lab.close());
beforeEach(async () => {
  desk = await lab.desk();
  entry = desk.order(await desk.trade(), 'entry', 'buy', 10);
  await desk.approve(entry, 10);
});

const state = async (order: JournalledOrder): Promise<string> => (await desk.facts(order)).state;
const end = (trade: string, outcome: 'expired' | 'completed' = 'expired') =>
  desk.trades.end(trade, { outcome, code: null, detail: null, dust: decimalString('0') });
const row = async (trade: string): Promise<Record<string, unknown>> => {
  const { rows } = await desk.database.query<Record<string, unknown>>(
    'SELECT phase, outcome, attention, realised_pnl AS pnl FROM trades WHERE id = $1',
    [trade],
  );
  return rows[0] ?? {};
};

describe('the answer to an attempt', () => {
  it('that the venue has it makes the order open, or what the answer says already', async () => {
    expect(await desk.placed(entry)).toMatchObject({ state: 'open', venueState: 'open', booked: '0' });
    const stop = desk.order(await desk.trade('two'), 'entry', 'buy', 4);
    await desk.approve(stop, 4);
    expect(await desk.placed(stop, 'filled', 4)).toMatchObject({ state: 'filled', booked: '4', venueFilled: '4' });
    expect(await desk.attempts(stop)).toEqual(['acked']);
  });

  it('that is none leaves the order in doubt, with its reservation', async () => {
    await desk.fence(entry);
    expect(await desk.record(entry, { kind: 'unknown', message: 'no answer' })).toMatchObject({ state: 'unknown' });
    expect(await desk.attempts(entry)).toEqual(['unknown']);
  });

  it('that names another order leaves ours in doubt', async () => {
    await desk.fence(entry);
    const other = desk.shown(entry, 'open', 0, { quantity: decimalString('9') });
    expect(await desk.record(entry, { kind: 'acked', order: other, fills: [] })).toMatchObject({
      state: 'unknown',
      venueOrderId: null,
    });
    expect(await desk.attempts(entry)).toEqual(['unknown']);
  });

  it('comes after the watcher has seen the order: nothing goes back', async () => {
    await desk.fence(entry);
    await desk.report([desk.shown(entry, 'filled', 10)], [desk.fill(entry, '1', 10)]);
    expect(await desk.record(entry, { kind: 'unknown', message: 'late' })).toMatchObject({ state: 'filled' });
    expect(await desk.record(entry, { kind: 'acked', order: desk.shown(entry, 'open', 0), fills: [] })).toMatchObject({
      state: 'filled',
      venueFilled: '10',
    });
    expect(await desk.attempts(entry)).toEqual(['acked']);
  });

  it('is an error for an order that was never journalled', async () => {
    await expect(desk.record(entry, { kind: 'unknown', message: '' })).rejects.toThrow(
      `no order ${entry.request.clientOrderId}`,
    );
  });
});

describe('what a venue shows of an order', () => {
  it('ends it only when every fill that it counts is booked', async () => {
    await desk.placed(entry);
    await desk.report([desk.shown(entry, 'cancelled', 7)]);
    expect(await desk.facts(entry)).toMatchObject({ state: 'open', venueState: 'cancelled', venueFilled: '7' });
    await desk.report([], [desk.fill(entry, '1', 3)]);
    expect(await state(entry)).toBe('partial');
    await desk.report([], [desk.fill(entry, '2', 4)]);
    expect(await desk.facts(entry)).toMatchObject({ state: 'cancelled', booked: '7' });
  });

  it('may come twice, late and out of order: counts never go down and an end is final', async () => {
    await desk.placed(entry);
    const fills = [desk.fill(entry, '1', 4), desk.fill(entry, '2', 6)];
    expect(await desk.report([desk.shown(entry, 'filled', 10)], fills)).toEqual({
      newFills: 2,
      trades: [entry.tradeId],
    });
    expect(await desk.report([desk.shown(entry, 'open', 4)], fills)).toEqual({ newFills: 0, trades: [] });
    expect(await desk.facts(entry)).toMatchObject({ state: 'filled', venueFilled: '10', booked: '10' });
    expect((await desk.trades.facts(entry.tradeId)).position).toBe('10');
  });

  it('may begin with a fill, before anything else is known of the order', async () => {
    await desk.fence(entry);
    await desk.report([], [desk.fill(entry, '1', 10)]);
    expect(await desk.facts(entry)).toMatchObject({ state: 'partial', booked: '10', venueState: null });
    await desk.report([desk.shown(entry, 'filled', 10)]);
    expect(await state(entry)).toBe('filled');
  });

  it.each([
    ['instrument', { instrument: 'EXB' }],
    ['side', { side: 'sell' }],
    ['quantity', { quantity: decimalString('11') }],
    ['type', { type: 'limit' }],
    ['age', { receivedAt: instant(MONDAY - TIMINGS.clockSkew - 2) }],
  ] as const)('is not this order when its %s differs, nor are its fills', async (_, changes: Partial<VenueOrder>) => {
    await lab.setClock(MONDAY);
    const fresh = desk.order(await desk.trade('fresh'), 'entry', 'buy', 10);
    await desk.approve(fresh, 10);
    await desk.fence(fresh);
    const stranger = desk.shown(fresh, 'filled', 10, changes);
    await desk.report([stranger], [desk.fill(fresh, '1', 10)]);
    expect(await desk.facts(fresh)).toMatchObject({ state: 'sending', booked: '0', venueOrderId: null });
    expect((await desk.trades.facts(fresh.tradeId)).position).toBe('0');
  });

  it('is this order when its receive time is as much earlier as the clocks may differ', async () => {
    await lab.setClock(MONDAY);
    const fresh = desk.order(await desk.trade('fresh'), 'entry', 'buy', 10);
    await desk.approve(fresh, 10);
    await desk.fence(fresh);
    await desk.report([desk.shown(fresh, 'open', 0, { receivedAt: instant(MONDAY - TIMINGS.clockSkew) })]);
    expect(await state(fresh)).toBe('open');
  });

  it('outweighs the answer that it was rejected', async () => {
    await desk.fence(entry);
    await desk.record(entry, { kind: 'rejected', code: 'invalid_order', venueCode: '-1', message: 'no' });
    await desk.report([desk.shown(entry, 'open', 0)]);
    expect(await desk.facts(entry)).toMatchObject({ state: 'open', venueState: 'open', rejectCode: null });
  });

  it('stays rejected when the venue shows it so', async () => {
    await desk.fence(entry);
    await desk.record(entry, { kind: 'rejected', code: 'invalid_order', venueCode: '-1', message: 'no' });
    await desk.report([desk.shown(entry, 'rejected', 0)]);
    expect(await desk.facts(entry)).toMatchObject({ state: 'rejected', rejectCode: 'invalid_order' });
  });

  it('calls for a person when there are two under one of our ids, and the fills of both move the position', async () => {
    await desk.placed(entry, 'filled', 10);
    const second = { venueOrderId: 'second' };
    await desk.report([desk.shown(entry, 'open', 0, second)]);
    expect(await row(entry.tradeId)).toMatchObject({ attention: 'second_order_at_venue' });
    await desk.report([], [desk.fill(entry, '1', 2, second)]);
    expect(await desk.facts(entry)).toMatchObject({
      state: 'filled',
      booked: '10',
      venueOrderId: `v-${entry.request.clientOrderId}`,
    });
    expect((await desk.trades.facts(entry.tradeId)).position).toBe('12');
  });

  it('is left alone when it is not ours', async () => {
    const foreign = { clientOrderId: FOREIGN_ID };
    expect(await desk.report([desk.shown(entry, 'open', 0, foreign)])).toEqual({ newFills: 0, trades: [] });
  });
});

describe('a fill', () => {
  it('moves position and cash, less the fee in the asset that it was taken in', async () => {
    await desk.placed(entry);
    const inUnits = { fee: decimalString('0.01'), feeAsset: 'EXA' };
    const inMoney = { fee: decimalString('1.5'), feeAsset: 'USD' };
    const elsewhere = { fee: decimalString('7'), feeAsset: 'TOKEN' };
    await desk.report(
      [],
      [desk.fill(entry, '1', 2, inUnits), desk.fill(entry, '2', 3, inMoney), desk.fill(entry, '3', 1, elsewhere)],
    );
    const { rows } = await desk.database.query('SELECT quantity, cash FROM account_positions WHERE account = $1', [
      desk.account,
    ]);
    expect(rows).toEqual([{ quantity: '5.99', cash: '-601.5' }]);
    expect((await desk.trades.facts(entry.tradeId)).position).toBe('5.99');
  });

  it('is booked by the venue’s order id where ours is not echoed, and only in its instrument', async () => {
    await desk.placed(entry);
    const plain: Fill = desk.fill(entry, '1', 2, { clientOrderId: FOREIGN_ID });
    await desk.report([], [{ ...plain, instrument: 'EXB' }, plain]);
    expect(await desk.facts(entry)).toMatchObject({ booked: '2' });
    const { rows } = await desk.database.query(
      'SELECT instrument, quantity::float8 AS quantity FROM account_positions WHERE account = $1 ORDER BY instrument',
      [desk.account],
    );
    expect(rows).toEqual([
      { instrument: 'EXA', quantity: 2 },
      { instrument: 'EXB', quantity: 2 },
    ]);
  });

  it('that is not ours moves the account and no trade', async () => {
    const foreign = { ...desk.fill(entry, '1', 5), clientOrderId: FOREIGN_ID, venueOrderId: 'foreign' };
    expect(await desk.report([], [foreign])).toEqual({ newFills: 1, trades: [] });
    expect((await desk.trades.portfolio(desk.account, '')).positions).toEqual([
      { instrument: 'EXA', quantity: '5', mark: '100' },
    ]);
    expect((await desk.trades.facts(entry.tradeId)).position).toBe('0');
  });

  it('of an instrument that we do not trade holds nothing up', async () => {
    await desk.placed(entry);
    const unknown = { ...desk.fill(entry, '1', 5), instrument: 'OTHER', clientOrderId: FOREIGN_ID };
    expect(await desk.report([], [unknown, desk.fill(entry, '1', 1)])).toMatchObject({ newFills: 1 });
  });

  it('of more than was ordered holds nothing up: the position has it, the order is filled, and a person must look', async () => {
    await desk.placed(entry);
    await desk.report([desk.shown(entry, 'filled', 10.5)], [desk.fill(entry, '1', 10.5)]);
    expect(await desk.facts(entry)).toMatchObject({ state: 'filled', booked: '10', venueFilled: '10' });
    expect(await desk.trades.facts(entry.tradeId)).toMatchObject({ position: '10.5', attention: 'overfilled' });
    expect(await desk.fence(desk.order(entry.tradeId, 'stop', 'sell', '10.5'))).toMatchObject({ result: 'go' });
  });

  it('is never changed and never deleted', async () => {
    await desk.placed(entry, 'filled', 10);
    await expect(desk.database.query('UPDATE fills SET price = 1')).rejects.toThrow('fills is append-only');
    await expect(desk.database.query('DELETE FROM fills')).rejects.toThrow('fills is append-only');
  });

  it('keeps the sums by account equal to the rows', async () => {
    const { rows } = await desk.database.query(
      `SELECT p.account FROM account_positions p JOIN (SELECT account, instrument, sum(position_change) AS q, sum(cash_change) AS c
         FROM fills GROUP BY 1, 2) f USING (account, instrument) WHERE p.quantity <> f.q OR p.cash <> f.c`,
    );
    expect(rows).toEqual([]);
  });
});

describe('a trade that has ended', () => {
  it('is opened again by a fill that comes late, in the same transaction', async () => {
    await desk.placed(entry, 'cancelled', 0);
    expect((await end(entry.tradeId)).end).toMatchObject({ result: 'ended', outcome: 'expired' });
    await desk.report([desk.shown(entry, 'cancelled', 2)], [desk.fill(entry, '1', 2)]);
    expect(await row(entry.tradeId)).toEqual({ phase: 'managing', outcome: null, attention: 'late_fill', pnl: null });
    expect(await desk.facts(entry)).toMatchObject({ state: 'cancelled', booked: '2' });
    expect(await desk.fence(desk.order(entry.tradeId, 'stop', 'sell', 2))).toMatchObject({ result: 'go' });
  });

  it('is opened again by an order that turns out to work after all', async () => {
    await desk.fence(entry);
    await desk.record(entry, { kind: 'rejected', code: 'invalid_order', venueCode: '-1', message: 'no' });
    await end(entry.tradeId);
    await desk.report([desk.shown(entry, 'open', 0)]);
    expect(await row(entry.tradeId)).toMatchObject({ phase: 'managing', attention: 'late_order' });
  });

  it('is opened again by the fill of a second order under its id', async () => {
    await desk.placed(entry, 'cancelled', 0);
    await end(entry.tradeId);
    await desk.report([], [desk.fill(entry, '1', 2, { venueOrderId: 'second' })]);
    expect(await row(entry.tradeId)).toMatchObject({ phase: 'managing', attention: 'second_order_at_venue' });
    expect((await desk.trades.facts(entry.tradeId)).position).toBe('2');
  });

  it('stays ended when the venue repeats what was booked', async () => {
    await desk.placed(entry, 'filled', 10);
    await desk.placed(desk.order(entry.tradeId, 'exit', 'sell', 10), 'filled', 10);
    await end(entry.tradeId, 'completed');
    await desk.report([desk.shown(entry, 'filled', 10)], [desk.fill(entry, '1', 10)]);
    expect(await row(entry.tradeId)).toMatchObject({ phase: 'ended', outcome: 'completed', pnl: '0' });
  });
});

describe('what a poll shows', () => {
  /** Books while another transaction holds the account, as a fence does; waits at most a moment for its lock. */
  const underLock = async (orders: readonly VenueOrder[], fills: readonly Fill[]): Promise<number> => {
    const holder = await desk.database.connect();
    const asker = await desk.database.connect();
    try {
      await holder.query('BEGIN');
      await holder.query('SELECT FROM accounts WHERE name = $1 FOR UPDATE', [entry.request.account]);
      await asker.query(`SET lock_timeout = '200ms'`);
      const report = { venue: 'model', account: entry.request.account, skewMs: 0, orders, fills };
      return (await new OrderJournal(asker).applyReport(report)).newFills;
    } finally {
      await holder.query('ROLLBACK');
      await asker.query('RESET lock_timeout');
      holder.release();
      asker.release();
    }
  };

  it('and is booked already waits for nobody', async () => {
    await desk.placed(entry);
    await desk.report([desk.shown(entry, 'open', 4)], [desk.fill(entry, '1', 4)]);
    expect(await underLock([desk.shown(entry, 'open', 4)], [desk.fill(entry, '1', 4)])).toBe(0);
    expect(await underLock([desk.shown(entry, 'open', 0)], [])).toBe(0);
  });

  it.each([
    ['a new fill', () => [[], [desk.fill(entry, '2', 1)]] as const],
    ['a higher count', () => [[desk.shown(entry, 'open', 5)], []] as const],
    ['an end', () => [[desk.shown(entry, 'cancelled', 4)], []] as const],
    ['a second order under the id', () => [[desk.shown(entry, 'open', 4, { venueOrderId: 'another' })], []] as const],
  ])('and has %s is booked under the lock of the account', async (_what, shown) => {
    await desk.placed(entry);
    await desk.report([desk.shown(entry, 'open', 4)], [desk.fill(entry, '1', 4)]);
    const [orders, fills] = shown();
    await expect(underLock(orders, fills)).rejects.toThrow('lock timeout');
  });

  it('of an order in doubt is booked under the lock, too', async () => {
    await desk.fence(entry);
    await desk.record(entry, { kind: 'unknown', message: 'no answer' });
    await expect(underLock([desk.shown(entry, 'open', 0)], [])).rejects.toThrow('lock timeout');
  });
});
