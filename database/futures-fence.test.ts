import { decimalString as d } from '../domain/money/decimal';
import { addFutures } from '../tests/support/futures';
import { JournalLab, MONDAY } from '../tests/support/journal-desk';
import type { Desk } from '../tests/support/journal-desk';
import type { JournalledOrder } from './journal';

let lab: JournalLab;
let desk: Desk;
beforeAll(async () => {
  lab = await JournalLab.open();
  await addFutures(lab.database);
});
afterAll(() => lab.close());
beforeEach(async () => {
  desk = await lab.desk();
});

/** An entry of two contracts, approved at a price of 100 for any notional but what the limits say. */
async function entryOf(instrument: string, key: string, limits: object, units = 2): Promise<JournalledOrder> {
  const entry = desk.order(await desk.trade(key, { instrument }), 'entry', 'buy', units, { instrument });
  await desk.approve(entry, units, limits);
  await lab.database.query('UPDATE approvals SET max_notional = 1000000 WHERE client_order_id = $1', [
    entry.request.clientOrderId,
  ]);
  return entry;
}

// Two contracts at 100 are worth 200 without their multiplier, and 10,000 with it.
const LIMITS = [
  ['buying_power', { buyingPower: '5000' }],
  ['leverage', { maxGrossNotional: '5000' }],
  ['concentration', { maxInstrumentNotional: '5000' }],
  ['position_size', { maxPositionNotional: '5000' }],
  ['net_leverage', { maxNetNotional: '5000' }],
  ['sector_exposure', { sector: { instruments: ['EXF50'], maxNotional: '5000' } }],
  ['group_exposure', { group: { instruments: ['EXF50'], maxNotional: '5000' } }],
  ['strategy_exposure', { strategyNotional: '5000' }],
] as const;

describe.each(LIMITS)('the limit %s', (code, limits) => {
  it('is hit by what the contracts are worth', async () => {
    expect(await desk.refusal(await entryOf('EXF50', 'one', limits))).toBe(code);
  });

  it('lets the same order pass where a point is worth one: the multiplier alone is what broke it', async () => {
    expect(await desk.fence(await entryOf('EXF1', 'one', limits))).toMatchObject({ result: 'go' });
  });
});

/** What another trade's contracts take of a limit while they are being sent, and when they are held. */
const SHARED = [
  ['buying_power', { buyingPower: '5000' }],
  ['leverage', { maxGrossNotional: '5000' }],
  ['net_leverage', { maxNetNotional: '5000' }],
  ['sector_exposure', { sector: { instruments: ['EXF50', 'EXF1'], maxNotional: '5000' } }],
  ['strategy_exposure', { strategyNotional: '5000' }],
] as const;

describe.each(SHARED)('of the limit %s', (code, limits) => {
  it.each(['being sent', 'held'])('one contract that is %s takes fifty times its price', async (state) => {
    const stock = await entryOf('EXA', 'stock', limits, 10);
    const future = await entryOf('EXF50', 'future', {}, 1);
    if (state === 'held') await desk.placed(future, 'filled', 1);
    else await desk.fence(future);
    // 50 × 100 of the contract and 10 × 100 of the stock: 6,000. With the price alone it would be 1,100.
    expect(await desk.refusal(stock)).toBe(code);
  });

  it.each(['being sent', 'held'])('one of a point that is worth one leaves room while it is %s', async (state) => {
    const stock = await entryOf('EXA', 'stock', limits, 10);
    const future = await entryOf('EXF1', 'future', {}, 1);
    if (state === 'held') await desk.placed(future, 'filled', 1);
    else await desk.fence(future);
    expect(await desk.fence(stock)).toMatchObject({ result: 'go' });
  });
});

it('an approval is for a notional with the multiplier in it', async () => {
  const entry = desk.order(await desk.trade('one', { instrument: 'EXF50' }), 'entry', 'buy', 2, {
    instrument: 'EXF50',
  });
  // 2 × 100, as it would be of a stock.
  await desk.approve(entry, 2);
  expect(await desk.refusal(entry)).toBe('over_approval');
});

describe('the last trading day of a contract', () => {
  const until = (day: string): Promise<unknown> =>
    lab.database.query("UPDATE instruments SET last_trading_day = $1 WHERE id = 'EXF50'", [day]);
  const hours = (count: number): string => new Date(MONDAY + count * 3_600_000).toISOString();
  afterEach(() => until('2030-12-20'));

  // It is Monday 5 January, 15:00 UTC.
  it.each([
    ['from the moment on that its approval names', '2026-01-30', { noEntryFrom: hours(0) }],
    ['on that day, whatever an approval says', '2026-01-05', { noEntryFrom: hours(9_999) }],
    ['after it, with an approval of an older version', '2026-01-02', {}],
  ])('keeps entries out %s', async (_, day, limits) => {
    await until(day);
    expect(await desk.refusal(await entryOf('EXF50', 'one', limits))).toBe('contract_ending');
  });

  it('lets entries pass before', async () => {
    await until('2026-01-06');
    expect(await desk.fence(await entryOf('EXF50', 'one', { noEntryFrom: hours(1) }))).toMatchObject({ result: 'go' });
  });

  it('never stands in the way of an order that reduces', async () => {
    const trade = await desk.trade('one', { instrument: 'EXF50' });
    const entry = desk.order(trade, 'entry', 'buy', 2, { instrument: 'EXF50' });
    await desk.approve(entry, 200);
    await desk.placed(entry, 'filled', 2);
    await until('2026-01-02');
    const [instrument, terms] = ['EXF50', { type: 'stop', stopPrice: d('90') }] as const;
    expect(await desk.fence(desk.order(trade, 'stop', 'sell', 2, { instrument, terms }))).toMatchObject({
      result: 'go',
    });
  });
});
