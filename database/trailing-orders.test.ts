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
