import { instant, millisOf } from '../../domain/clock/instant';
import { dec, decimalString as d, text, ZERO } from '../../domain/money/decimal';
import type { SendPermit } from '../../domain/order/broker';
import type { ClientOrderId, OrderRequest } from '../../domain/order/order';
import { cancelling, filling, polling, stops } from './broker-contract-life';
import { acked, find, found, limit, newId, permit, place, request, submit, sum } from './broker-harness';
import type { BrokerHarness } from './broker-harness';

/** What every adapter of the `Broker` port does, whatever its venue. */
export function brokerContract(name: string, makeHarness: () => Promise<BrokerHarness>): void {
  describe(`the broker contract: ${name}`, () => {
    let h: BrokerHarness;
    beforeEach(async () => {
      h = await makeHarness();
    });
    afterEach(() => h.close());
    const harness = (): BrokerHarness => h;
    describe('submitting', () => submitting(harness));
    describe('refusals', () => refusals(harness));
    describe('doubt', () => doubt(harness));
    describe('cancelling', () => cancelling(harness));
    describe('filling', () => filling(harness));
    describe('stops', () => stops(harness));
    describe('polling', () => polling(harness));
  });
}

function submitting(harness: () => BrokerHarness): void {
  test('the instrument is listed with its filters', async () => {
    const h = harness();
    const listed = (await h.broker.instruments()).find(({ id }) => id === h.instrument);
    // OKX alone lists no smallest notional; an order below it is refused all the same.
    const minNotional = h.broker.venue === 'okx' ? '0' : '1';
    expect(listed).toMatchObject(h.filters ?? { tick: '0.01', lot: '0.01', minQuantity: '0.01', minNotional });
  });

  test('a market order is acknowledged and fills, and a look-up shows the same', async () => {
    const h = harness();
    const before = Date.now();
    const order = request(h);
    const { order: shown } = acked(await submit(h, order));
    expect(shown).toMatchObject({
      clientOrderId: order.clientOrderId,
      instrument: h.instrument,
      side: 'buy',
      quantity: '10',
      type: 'market',
    });
    const { order: later, fills } = await found(h, order.clientOrderId);
    expect(later).toMatchObject({ venueOrderId: shown.venueOrderId, state: 'filled', filledQuantity: '10' });
    expect(sum(fills)).toBe('10');
    expect(fills.every((fill) => fill.side === 'buy' && dec(fill.price).gt(0) && fill.feeAsset !== '')).toBe(true);
    const slack = h.broker.timings.clockSkew + 1;
    expect(millisOf(later.receivedAt)).toBeGreaterThanOrEqual(before - slack);
    expect(millisOf(later.receivedAt)).toBeLessThanOrEqual(Date.now() + slack);
  });

  test('each order has a venue order id of its own', async () => {
    const h = harness();
    const [first, second] = [await submit(h, request(h)), await submit(h, request(h))];
    expect(acked(first).order.venueOrderId).not.toBe(acked(second).order.venueOrderId);
  });

  test('the balance falls by what a purchase cost', async () => {
    const h = harness();
    const { cash: before = '10000', isUnpaid = false } = h;
    expect(await cash(h)).toBe(before);
    const order = await place(h);
    const { fills } = await found(h, order.clientOrderId);
    const cost = fills.reduce(
      (total, { quantity, price, fee }) => total.plus(isUnpaid ? ZERO : dec(quantity).mul(price)).plus(fee),
      ZERO,
    );
    expect(await cash(h)).toBe(text(dec(before).minus(cost)));
  });
}

/** What the account has of the quote currency, held or not. */
async function cash(h: BrokerHarness): Promise<string> {
  const { quoteAsset } = (await h.broker.instruments()).find(({ id }) => id === h.instrument) ?? {};
  const balance = (await h.broker.balances()).find(({ asset }) => asset === quoteAsset);
  return text(dec(balance?.free ?? 0).plus(balance?.locked ?? 0));
}

function refusals(harness: () => BrokerHarness): void {
  const nothingWasAccepted = async (h: BrokerHarness, id: ClientOrderId): Promise<void> => {
    expect(await h.acceptedOrders()).toBe(0);
    expect(await find(h, id)).toEqual({ kind: 'not-found' });
  };

  test.each<[string, Partial<OrderRequest>]>([
    ['a limit price off the tick', { terms: limit('99.005') }],
    ['a quantity off the lot', { quantity: d('1.005') }],
    ['a quantity of zero', { quantity: d('0') }],
    ['a notional below the minimum', { quantity: d('0.01'), terms: limit('99') }],
  ])('%s is an invalid order', async (_, changes) => {
    const h = harness();
    const order = request(h, changes);
    expect(await submit(h, order)).toMatchObject({ kind: 'rejected', code: 'invalid_order' });
    await nothingWasAccepted(h, order.clientOrderId);
  });

  test('an order far beyond the funds is refused as such', async () => {
    const h = harness();
    const order = request(h, { quantity: d('100000') });
    expect(await submit(h, order)).toMatchObject({ kind: 'rejected', code: 'insufficient_funds' });
    await nothingWasAccepted(h, order.clientOrderId);
  });

  test('without a permit nothing is sent', async () => {
    const h = harness();
    const order = request(h);
    const refused: SendPermit = { ...permit(), stillValid: () => Promise.resolve(false) };
    expect(await submit(h, order, refused)).toMatchObject({ kind: 'not-sent' });
    await nothingWasAccepted(h, order.clientOrderId);
  });

  test('a permit that cannot be checked is none', async () => {
    const h = harness();
    const order = request(h);
    const broken: SendPermit = {
      ...permit(),
      stillValid: () => Promise.reject(new Error('the fence is out of reach')),
    };
    expect(await submit(h, order, broken)).toMatchObject({ kind: 'not-sent' });
    await nothingWasAccepted(h, order.clientOrderId);
  });

  test('a request past its validity never reaches the ledger', async () => {
    const h = harness();
    const order = request(h);
    const late: SendPermit = { ...permit(), validUntil: instant(Date.now() - 1_000 - h.broker.timings.clockSkew) };
    const outcome = await submit(h, order, late);
    if (outcome.kind === 'rejected') expect(outcome.code).toBe('request_expired');
    else expect(outcome.kind).toBe('not-sent');
    await nothingWasAccepted(h, order.clientOrderId);
  });

  test('a second order under the id of an open one is not accepted', async () => {
    const h = harness();
    const order = await place(h, { terms: limit('90') });
    const { order: first } = await found(h, order.clientOrderId);
    const again = await submit(h, order);
    if (again.kind === 'acked') expect(again.order.venueOrderId).toBe(first.venueOrderId);
    else expect(again).toMatchObject({ kind: 'rejected', code: 'duplicate_client_order_id' });
    expect(await h.acceptedOrders()).toBe(1);
  });
}

function doubt(harness: () => BrokerHarness): void {
  test('an id that was never used is not found', async () => {
    const h = harness();
    expect(await find(h, newId())).toEqual({ kind: 'not-found' });
  });

  test('a lost answer leaves the outcome unknown, and a look-up finds the one order with its fills', async () => {
    const h = harness();
    h.loseNextAnswer();
    const order = request(h);
    expect(await submit(h, order)).toMatchObject({ kind: 'unknown' });
    const { order: shown, fills } = await found(h, order.clientOrderId);
    expect(shown).toMatchObject({ state: 'filled', filledQuantity: '10' });
    expect(sum(fills)).toBe('10');
    expect(await h.acceptedOrders()).toBe(1);
  });

  test('a lost request leaves the outcome unknown, and a look-up finds nothing', async () => {
    const h = harness();
    h.loseNextRequest();
    const order = request(h);
    expect(await submit(h, order)).toMatchObject({ kind: 'unknown' });
    expect(await find(h, order.clientOrderId)).toEqual({ kind: 'not-found' });
  });
}
