import { instant } from '../domain/clock/instant';
import { decimalString as d } from '../domain/money/decimal';
import type { OrderRequest } from '../domain/order/order';
import { again } from '../domain/trade/trade-orders';
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

const UNTIL = instant(Date.UTC(2030, 0, 2, 15));
const limit = { type: 'limit', price: d('95') } as const;

function asked(tradeId: string, changes: Partial<OrderRequest>): JournalledOrder {
  const order = desk.order(tradeId, 'entry', 'buy', 10, { terms: limit });
  const request = { ...order.request, ...changes };
  return { ...order, request, paramsHash: paramsHash(request) };
}

describe('the journal', () => {
  it('keeps all terms of an order, and gives them back for the next attempt', async () => {
    const tradeId = await desk.trade('terms');
    const order = asked(tradeId, { timeInForce: 'GTD', goodTill: UNTIL, outsideRegularHours: true });
    await desk.approve(order, 10);
    expect(await desk.fence(order)).toMatchObject({ result: 'go' });
    const facts = await desk.trades.facts(tradeId);
    expect(facts.orders[0]).toMatchObject({ timeInForce: 'GTD', goodTill: UNTIL, outsideRegularHours: true });
    const [stored] = facts.orders;
    if (stored === undefined) throw new Error('no order');
    expect(again(stored)).toMatchObject({ timeInForce: 'GTD', goodTill: UNTIL, outsideRegularHours: true, attempt: 2 });
  });

  it('takes the same id with another end, or other hours, for another order, and refuses it', async () => {
    const tradeId = await desk.trade('other-terms');
    const order = asked(tradeId, { timeInForce: 'GTD', goodTill: UNTIL });
    await desk.approve(order, 10);
    const others: Partial<OrderRequest>[] = [
      { timeInForce: 'GTD', goodTill: instant(Date.parse(UNTIL) + 1_000) },
      { timeInForce: 'GTD', goodTill: UNTIL, outsideRegularHours: true },
      { timeInForce: 'GTC' },
    ];
    expect(await desk.fence(order)).toMatchObject({ result: 'go' });
    for (const changes of others)
      expect(await desk.fence(asked(tradeId, changes), { n: 2 })).toEqual({
        result: 'refused',
        code: 'params_mismatch',
      });
  });

  it('has no GTD order without an end, and no other order with one', async () => {
    const tradeId = await desk.trade('odd-terms');
    await expect(desk.fence(asked(tradeId, { timeInForce: 'GTD' }))).rejects.toThrow('orders_good_till_check');
    await expect(desk.fence(asked(tradeId, { goodTill: UNTIL }))).rejects.toThrow('orders_good_till_check');
  });

  it('gives an order without any of them back as it always was', async () => {
    const tradeId = await desk.trade('plain');
    const order = asked(tradeId, {});
    await desk.approve(order, 10);
    await desk.fence(order);
    const [stored] = (await desk.trades.facts(tradeId)).orders;
    if (stored === undefined) throw new Error('no order');
    expect(again(stored)).toEqual({
      ...{ leg: 'entry', revision: 1, side: 'buy', quantity: '10', terms: limit, timeInForce: 'GTC', attempt: 2 },
    });
  });
});
