import { decimalString as d } from '../domain/money/decimal';
import type { ClientOrderId, Fill } from '../domain/order/order';
import { JournalLab, MONDAY } from '../tests/support/journal-desk';
import type { Desk } from '../tests/support/journal-desk';
import type { JournalledOrder } from './journal';
import { PostgresOrderNumbers } from './order-numbers';

let lab: JournalLab;
let desk: Desk;
let entry: JournalledOrder;
beforeAll(async () => {
  lab = await JournalLab.open();
});
afterAll(() => lab.close());

beforeEach(async () => {
  await lab.setClock(MONDAY);
  desk = await lab.desk();
  entry = desk.order(await desk.trade(), 'entry', 'buy', 10);
  await desk.approve(entry, 10);
  await desk.placed(entry);
});

const stated = (id: string, quantity: number, changes: Partial<Fill> = {}): Fill => ({
  ...desk.fill(entry, id, quantity),
  ...{ price: d('100'), fee: d('0'), feeAsset: 'USD' },
  ...changes,
});

/** Units and cash of the account in the instrument, by the rows and by the sums that are kept beside them. */
async function books(): Promise<readonly string[]> {
  const { rows } = await desk.database.query<{ rows: string; kept: string }>(
    `SELECT (SELECT plain(sum(position_change)) || ' ' || plain(sum(cash_change)) FROM fills WHERE account = $1) AS rows,
       (SELECT plain(quantity) || ' ' || plain(cash) FROM account_positions WHERE account = $1 AND instrument = 'EXA') AS kept`,
    [desk.account],
  );
  return rows.flatMap((row) => [row.rows, row.kept]);
}

describe('a fill whose cost comes late', () => {
  it('is booked without, and the cost once it is known, once', async () => {
    const pending = stated('1', 10, { feePending: true });
    expect(await desk.report([], [pending])).toMatchObject({ newFills: 1 });
    expect(await books()).toEqual(['10 -1000', '10 -1000']);
    expect(await desk.report([], [pending])).toMatchObject({ newFills: 0 });
    const known = stated('1', 10, { fee: d('1.25') });
    expect(await desk.report([], [known])).toMatchObject({ newFills: 1 });
    expect(await books()).toEqual(['10 -1001.25', '10 -1001.25']);
    for (const again of [known, pending, stated('1', 10, { fee: d('9') })])
      expect(await desk.report([], [again])).toMatchObject({ newFills: 0 });
    expect(await books()).toEqual(['10 -1001.25', '10 -1001.25']);
    expect(await desk.facts(entry)).toMatchObject({ booked: '10' });
  });

  it('of a venue that had said the cost is what it was', async () => {
    await desk.report([], [stated('1', 10, { fee: d('1') })]);
    expect(await desk.report([], [stated('1', 10, { fee: d('2') })])).toMatchObject({ newFills: 0 });
    expect(await books()).toEqual(['10 -1001', '10 -1001']);
  });
});

describe('a fill that the venue states anew', () => {
  const chain = { corrects: 'x.01.' };

  it('changes the books by the difference, once, and a person is told when units differ', async () => {
    await desk.report([], [stated('x.01.01', 10, { fee: d('1') })]);
    const corrected = stated('x.01.02', 8, { ...chain, price: d('101'), fee: d('0.8') });
    expect(await desk.report([], [corrected])).toMatchObject({ newFills: 1, trades: [entry.tradeId] });
    expect(await books()).toEqual(['8 -808.8', '8 -808.8']);
    expect(await desk.report([], [corrected])).toMatchObject({ newFills: 0 });
    expect(await desk.facts(entry)).toMatchObject({ booked: '8' });
    expect(await desk.trades.facts(entry.tradeId)).toMatchObject({ position: '8', attention: 'fill_corrected' });
  });

  it('at another price moves cash alone; what it cost before stands until its own cost is known', async () => {
    await desk.report([], [stated('x.01.01', 10, { fee: d('1') })]);
    await desk.report([], [stated('x.01.02', 10, { ...chain, price: d('99'), feePending: true })]);
    expect(await books()).toEqual(['10 -991', '10 -991']);
    await desk.report([], [stated('x.01.02', 10, { ...chain, price: d('99'), fee: d('0.5') })]);
    expect(await books()).toEqual(['10 -990.5', '10 -990.5']);
    expect(await desk.trades.facts(entry.tradeId)).toMatchObject({ position: '10', attention: null });
  });

  it('and was never booked before is a fill like any other', async () => {
    await desk.report([], [stated('x.01.02', 4, chain), stated('x.02.01', 6)]);
    expect(await books()).toEqual(['10 -1000', '10 -1000']);
  });

  it('is told from one whose id only begins alike', async () => {
    await desk.report([], [stated('10', 4)]);
    await desk.report([], [stated('1', 6)]);
    await desk.report([], [stated('1', 6)]);
    expect(await books()).toEqual(['10 -1000', '10 -1000']);
  });
});

describe('numbers of orders', () => {
  const id = (letter: string) => letter.repeat(32) as ClientOrderId;
  const numbers = (last = 1_000) => new PostgresOrderNumbers(desk.database, desk.account, 11, last);

  it('rise, are kept, and do not follow a venue that forgets', async () => {
    expect(await numbers().draw(id('a'), 5)).toMatchObject({ number: 5 });
    expect(await numbers().draw(id('b'), 5)).toMatchObject({ number: 6 });
    // The venue was restarted, and offers an old number again.
    expect(await numbers().draw(id('c'), 1)).toMatchObject({ number: 7 });
    expect(await numbers().draw(id('d'), 100)).toMatchObject({ number: 100 });
    expect(await numbers().draw(id('a'), 200)).toMatchObject({ number: 5 });
    expect([...(await numbers().of([id('a'), id('z')])).keys()]).toEqual([id('a')]);
  });

  it('are distinct however many are drawn at once', async () => {
    const ids = Array.from({ length: 30 }, (_, index) => index.toString(16).padStart(32, '0') as ClientOrderId);
    const drawn = await Promise.all(ids.map((one) => numbers().draw(one, 1)));
    expect(new Set(drawn.map(({ number }) => number)).size).toBe(30);
  });

  it('end where the venue takes no more', async () => {
    await numbers(2).draw(id('a'), 2);
    await expect(numbers(2).draw(id('b'), 1)).rejects.toThrow('no order numbers left');
  });
});
