import { decimalString as d } from '../domain/money/decimal';
import type { OrderTerms, VenueOrder } from '../domain/order/order';
import { termsOf } from '../domain/trade/trade-orders';
import { paramsHash } from '../activities/execution/client-order-id';
import { JournalLab } from '../tests/support/journal-desk';
import type { Desk } from '../tests/support/journal-desk';
import type { JournalledOrder } from './journal';

let lab: JournalLab;
let desk: Desk;
beforeAll(async () => {
  lab = await JournalLab.open();
});
afterAll(() => lab.close());
beforeEach(async () => {
  desk = await lab.desk();
});

const BY_AMOUNT: OrderTerms = { type: 'trailing-stop', trailAmount: d('2.5'), stopPrice: d('95') };
const LIMITED: OrderTerms = {
  ...{ type: 'trailing-stop-limit', trailAmount: d('2.5'), stopPrice: d('95'), limitOffset: d('0.1') },
};

function asked(terms: OrderTerms, tradeId: string): JournalledOrder {
  const order = desk.order(tradeId, 'entry', 'buy', 10);
  const request = { ...order.request, terms };
  return { ...order, request, paramsHash: paramsHash(request) };
}

async function sent(terms: OrderTerms): Promise<JournalledOrder> {
  const order = asked(terms, await desk.trade());
  await desk.approve(order, 10);
  expect(await desk.fence(order)).toMatchObject({ result: 'go' });
  return order;
}

const shown = (order: JournalledOrder, stopPrice?: string): VenueOrder => ({
  ...desk.shown(order, 'open', 0),
  type: order.request.terms.type,
  ...(stopPrice === undefined ? {} : { stopPrice: d(stopPrice) }),
});

describe('the journal', () => {
  it.each<OrderTerms>([
    { type: 'trailing-stop', trailBps: 150 },
    { type: 'trailing-stop', trailBps: 150, stopPrice: d('95') },
    { type: 'trailing-stop', trailAmount: d('2.5') },
    BY_AMOUNT,
    LIMITED,
    { type: 'trailing-stop-limit', trailBps: 150, stopPrice: d('95'), limitOffset: d('0.1') },
  ])('gives %j back as it was told', async (terms) => {
    const order = await sent(terms);
    expect(termsOf(await desk.facts(order))).toEqual(terms);
  });

  it('takes the same id with another distance, level or offset for another order', async () => {
    const { tradeId } = await sent(LIMITED);
    const others: OrderTerms[] = [
      { ...LIMITED, trailAmount: d('2.6') },
      { ...LIMITED, stopPrice: d('94') },
      { ...LIMITED, limitOffset: d('0.2') },
      { type: 'trailing-stop-limit', trailBps: 250, stopPrice: d('95'), limitOffset: d('0.1') },
    ];
    for (const terms of others)
      expect(await desk.fence(asked(terms, tradeId), { n: 2 })).toEqual({ result: 'refused', code: 'params_mismatch' });
  });

  it('has no trailing order without a distance, or with two', async () => {
    const tradeId = await desk.trade();
    const none = asked({ type: 'trailing-stop' } as never, tradeId);
    await expect(desk.fence(none)).rejects.toThrow('orders_trail_check');
    const both = asked({ ...BY_AMOUNT, trailBps: 150 }, tradeId);
    await expect(desk.fence(both)).rejects.toThrow('orders_trail_check');
    const unlimited = asked({ ...BY_AMOUNT, type: 'trailing-stop-limit' } as never, tradeId);
    await expect(desk.fence(unlimited)).rejects.toThrow('orders_limited_check');
  });
});

/** A trade that is entered by a trailing order, with its stop five from its first fill, as risk leaves it. */
async function anchored(direction: 'long' | 'short', changes: object = {}): Promise<JournalledOrder> {
  const tradeId = await desk.trade('anchored', { direction });
  const protection = { stopPrice: d('90'), stopDistance: d('5'), trailing: { bps: 100 }, ...changes };
  await desk.trades.advance(tradeId, 'checking-risk', { direction, protection });
  const order = desk.order(tradeId, 'entry', direction === 'long' ? 'buy' : 'sell', 10);
  await desk.approve(order, 10);
  await desk.fence(order);
  return order;
}

const stopOf = async ({ tradeId }: JournalledOrder): Promise<object | null> =>
  (await desk.trades.facts(tradeId)).protection;

describe('the stop of a trade that is entered by a trailing order', () => {
  it('is worked out from its first fill, with whose booking it is stored, and stays whatever fills later', async () => {
    const order = await anchored('long');
    expect(await stopOf(order)).toMatchObject({ stopDistance: '5' });
    const first = desk.fill(order, '1', 4, { price: d('81.237') });
    await desk.report([desk.shown(order, 'open', 4)], [first]);
    // 81.237 − 5 = 76.237, on the tick nearer to the fill. At 90 the stop would have lain above it.
    const derived = { stopPrice: '76.24', trailing: { bps: 100 } };
    expect(await stopOf(order)).toEqual(derived);
    await desk.report([desk.shown(order, 'open', 4)], [first]);
    await desk.report([desk.shown(order, 'filled', 10)], [desk.fill(order, '2', 6, { price: d('83') })]);
    expect(await stopOf(order)).toEqual(derived);
    const corrected = desk.fill(order, '1', 4, { price: d('81'), revision: 1 });
    await desk.report([desk.shown(order, 'filled', 10)], [corrected]);
    expect(await stopOf(order)).toEqual(derived);
    const { rows } = await desk.database.query<{ detail: object }>(
      `SELECT detail FROM trade_events WHERE trade_id = $1 AND kind = 'stop'`,
      [order.tradeId],
    );
    expect(rows).toEqual([{ detail: { stopPrice: '76.24', firstFill: '81.237' } }]);
  });

  it('is above the fill of a short one', async () => {
    const order = await anchored('short');
    await desk.report([desk.shown(order, 'filled', 10)], [desk.fill(order, '1', 10, { price: d('112.118') })]);
    expect(await stopOf(order)).toMatchObject({ stopPrice: '117.11' });
  });

  it('never falls to nothing', async () => {
    const order = await anchored('long', { stopDistance: d('5') });
    await desk.report([desk.shown(order, 'filled', 10)], [desk.fill(order, '1', 10, { price: d('4') })]);
    expect(await stopOf(order)).toMatchObject({ stopPrice: '0.01' });
  });

  it('is no business of any other trade', async () => {
    const order = await anchored('long', { stopDistance: undefined });
    await desk.report([desk.shown(order, 'filled', 10)], [desk.fill(order, '1', 10, { price: d('81') })]);
    expect(await stopOf(order)).toMatchObject({ stopPrice: '90' });
  });
});

describe('a trailing order that the venue shows', () => {
  it('is the journalled one wherever its stop has got to, and one of another distance’s type is not', async () => {
    const order = await sent(BY_AMOUNT);
    const moved = { kind: 'found', order: shown(order, '92.5'), fills: [] } as const;
    expect(
      await desk.lookUp(order, { ...moved, order: { ...moved.order, type: 'trailing-stop-limit' } }),
    ).toMatchObject({
      verdict: 'again',
    });
    expect(await desk.lookUp(order, moved)).toMatchObject({ verdict: 'found', order: { state: 'open' } });
    expect(await desk.facts(order)).toMatchObject({ stopPrice: '95', venueStopPrice: '92.5' });
  });

  it('never has its stop move back, however late a report comes, or when one does not tell', async () => {
    const order = await sent(BY_AMOUNT);
    const levels: (string | null | undefined)[] = [];
    for (const level of ['94', '92.5', '93', undefined, '91']) {
      await desk.report([shown(order, level)], []);
      levels.push((await desk.facts(order)).venueStopPrice);
    }
    expect(levels).toEqual(['94', '92.5', '92.5', '92.5', '91']);
  });

  it('of any other kind has a stop that does not move', async () => {
    const order = await sent({ type: 'stop', stopPrice: d('105') });
    await desk.report([shown(order, '104')], []);
    expect((await desk.facts(order)).venueStopPrice).toBeNull();
  });
});
