import { randomBytes } from 'node:crypto';
import { instant, millisOf } from '../../domain/clock/instant';
import { dec, decimalString as d, text, ZERO } from '../../domain/money/decimal';
import type { DecimalString } from '../../domain/money/decimal';
import type { Broker, SendPermit, SubmitOutcome } from '../../domain/order/broker';
import type { ClientOrderId, Fill, OrderRequest, VenueOrder } from '../../domain/order/order';

/**
 * A venue with one instrument, as the contract wants it: its market is open and last traded at 100 with plenty of
 * liquidity; tick and lot are 0.01, the least quantity is 0.01 and the least notional 1; the account holds 10,000 and
 * nothing else.
 */
export interface BrokerHarness {
  readonly broker: Broker;
  readonly account: string;
  readonly instrument: string;
  /** Lets the market trade at a price; one order gets at most `available` units of it (default: plenty). */
  trade(price: number, available?: number): Promise<void>;
  /** The answer to the next order that the venue accepts is lost on its way back. */
  loseNextAnswer(): void;
  /** The next order is lost on its way to the venue. */
  loseNextRequest(): void;
  /** How many orders the venue ever accepted, counted beside the adapter. */
  acceptedOrders(): Promise<number>;
  close(): Promise<void>;
}

/** A fresh id, as the activities make them. */
export const newId = (): ClientOrderId => randomBytes(16).toString('hex') as ClientOrderId;

/** A permit that is valid for two seconds. */
export const permit = (): SendPermit => ({
  validUntil: instant(Date.now() + 2_000),
  stillValid: () => Promise.resolve(true),
});

/** A request to buy ten units at market, unless told otherwise. */
export function request(
  harness: Pick<BrokerHarness, 'account' | 'instrument'>,
  changes: Partial<OrderRequest> = {},
): OrderRequest {
  const { account, instrument } = harness;
  return {
    clientOrderId: newId(),
    account,
    instrument,
    side: 'buy',
    quantity: d('10'),
    terms: { type: 'market' },
    timeInForce: 'GTC',
    ...changes,
  };
}

/** The acknowledgement; anything else fails the test with what came instead. */
export function acked(outcome: SubmitOutcome): Extract<SubmitOutcome, { kind: 'acked' }> {
  if (outcome.kind !== 'acked') throw new Error(`not acked: ${JSON.stringify(outcome)}`);
  return outcome;
}

/** The quantity of fills. */
export const sum = (fills: readonly Fill[]): DecimalString =>
  text(fills.reduce((total, { quantity }) => total.plus(quantity), ZERO));

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

const limit = (price: string): OrderRequest['terms'] => ({ type: 'limit', price: d(price) });
const stop = (price: string): OrderRequest['terms'] => ({ type: 'stop', stopPrice: d(price) });

async function found(h: BrokerHarness, id: ClientOrderId): Promise<{ order: VenueOrder; fills: readonly Fill[] }> {
  const lookup = await h.broker.find(id, h.instrument);
  if (lookup.kind !== 'found') throw new Error(`not found: ${JSON.stringify(lookup)}`);
  return lookup;
}

async function place(h: BrokerHarness, changes: Partial<OrderRequest> = {}): Promise<OrderRequest> {
  const order = request(h, changes);
  acked(await h.broker.submit(order, permit()));
  return order;
}

function submitting(harness: () => BrokerHarness): void {
  test('the instrument is listed with its filters', async () => {
    const h = harness();
    const listed = (await h.broker.instruments()).find(({ id }) => id === h.instrument);
    expect(listed).toMatchObject({ tick: '0.01', lot: '0.01', minQuantity: '0.01', minNotional: '1' });
  });

  test('a market order is acknowledged and fills, and a look-up shows the same', async () => {
    const h = harness();
    const before = Date.now();
    const order = request(h);
    const { order: shown } = acked(await h.broker.submit(order, permit()));
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
    const [first, second] = [await h.broker.submit(request(h), permit()), await h.broker.submit(request(h), permit())];
    expect(acked(first).order.venueOrderId).not.toBe(acked(second).order.venueOrderId);
  });

  test('the balance falls by what a purchase cost', async () => {
    const h = harness();
    expect(await h.broker.balance()).toMatchObject({ cash: '10000' });
    const order = await place(h);
    const { fills } = await found(h, order.clientOrderId);
    const cost = fills.reduce(
      (total, { quantity, price, fee }) => total.plus(dec(quantity).mul(price)).plus(fee),
      ZERO,
    );
    expect((await h.broker.balance()).cash).toBe(text(dec(10_000).minus(cost)));
  });
}

function refusals(harness: () => BrokerHarness): void {
  const nothingWasAccepted = async (h: BrokerHarness, id: ClientOrderId): Promise<void> => {
    expect(await h.acceptedOrders()).toBe(0);
    expect(await h.broker.find(id, h.instrument)).toEqual({ kind: 'not-found' });
  };

  test.each<[string, Partial<OrderRequest>]>([
    ['a limit price off the tick', { terms: limit('99.005') }],
    ['a quantity off the lot', { quantity: d('1.005') }],
    ['a quantity of zero', { quantity: d('0') }],
    ['a notional below the minimum', { quantity: d('0.01'), terms: limit('99') }],
  ])('%s is an invalid order', async (_, changes) => {
    const h = harness();
    const order = request(h, changes);
    expect(await h.broker.submit(order, permit())).toMatchObject({ kind: 'rejected', code: 'invalid_order' });
    await nothingWasAccepted(h, order.clientOrderId);
  });

  test('an order far beyond the funds is refused as such', async () => {
    const h = harness();
    const order = request(h, { quantity: d('100000') });
    expect(await h.broker.submit(order, permit())).toMatchObject({ kind: 'rejected', code: 'insufficient_funds' });
    await nothingWasAccepted(h, order.clientOrderId);
  });

  test('without a permit nothing is sent', async () => {
    const h = harness();
    const order = request(h);
    const refused: SendPermit = { ...permit(), stillValid: () => Promise.resolve(false) };
    expect(await h.broker.submit(order, refused)).toMatchObject({ kind: 'not-sent' });
    await nothingWasAccepted(h, order.clientOrderId);
  });

  test('a permit that cannot be checked is none', async () => {
    const h = harness();
    const order = request(h);
    const broken: SendPermit = {
      ...permit(),
      stillValid: () => Promise.reject(new Error('the fence is out of reach')),
    };
    expect(await h.broker.submit(order, broken)).toMatchObject({ kind: 'not-sent' });
    await nothingWasAccepted(h, order.clientOrderId);
  });

  test('a request past its validity never reaches the ledger', async () => {
    const h = harness();
    const order = request(h);
    const late: SendPermit = { ...permit(), validUntil: instant(Date.now() - 1_000 - h.broker.timings.clockSkew) };
    const outcome = await h.broker.submit(order, late);
    if (outcome.kind === 'rejected') expect(outcome.code).toBe('request_expired');
    else expect(outcome.kind).toBe('not-sent');
    await nothingWasAccepted(h, order.clientOrderId);
  });

  test('a second order under the id of an open one is not accepted', async () => {
    const h = harness();
    const order = await place(h, { terms: limit('90') });
    const { order: first } = await found(h, order.clientOrderId);
    const again = await h.broker.submit(order, permit());
    if (again.kind === 'acked') expect(again.order.venueOrderId).toBe(first.venueOrderId);
    else expect(again).toMatchObject({ kind: 'rejected', code: 'duplicate_client_order_id' });
    expect(await h.acceptedOrders()).toBe(1);
  });
}

function doubt(harness: () => BrokerHarness): void {
  test('an id that was never used is not found', async () => {
    const h = harness();
    expect(await h.broker.find(newId(), h.instrument)).toEqual({ kind: 'not-found' });
  });

  test('a lost answer leaves the outcome unknown, and a look-up finds the one order with its fills', async () => {
    const h = harness();
    h.loseNextAnswer();
    const order = request(h);
    expect(await h.broker.submit(order, permit())).toMatchObject({ kind: 'unknown' });
    const { order: shown, fills } = await found(h, order.clientOrderId);
    expect(shown).toMatchObject({ state: 'filled', filledQuantity: '10' });
    expect(sum(fills)).toBe('10');
    expect(await h.acceptedOrders()).toBe(1);
  });

  test('a lost request leaves the outcome unknown, and a look-up finds nothing', async () => {
    const h = harness();
    h.loseNextRequest();
    const order = request(h);
    expect(await h.broker.submit(order, permit())).toMatchObject({ kind: 'unknown' });
    expect(await h.broker.find(order.clientOrderId, h.instrument)).toEqual({ kind: 'not-found' });
  });
}

function cancelling(harness: () => BrokerHarness): void {
  test('a resting order ends cancelled without a fill, and cancelling it again is too late', async () => {
    const h = harness();
    const { clientOrderId: id } = await place(h, { terms: limit('90') });
    expect(await h.broker.cancel(id, h.instrument)).toEqual({ kind: 'requested' });
    expect((await found(h, id)).order).toMatchObject({ state: 'cancelled', filledQuantity: '0' });
    expect(await h.broker.cancel(id, h.instrument)).toEqual({ kind: 'too-late' });
    await h.trade(80);
    expect((await found(h, id)).fills).toEqual([]);
  });

  test('cancelling a filled order is too late and changes nothing', async () => {
    const h = harness();
    const { clientOrderId: id } = await place(h);
    expect(await h.broker.cancel(id, h.instrument)).toEqual({ kind: 'too-late' });
    expect((await found(h, id)).order).toMatchObject({ state: 'filled', filledQuantity: '10' });
  });

  test('an order that the market reached before the cancel is filled, not cancelled', async () => {
    const h = harness();
    const { clientOrderId: id } = await place(h, { terms: limit('95') });
    await h.trade(94);
    expect(await h.broker.cancel(id, h.instrument)).toEqual({ kind: 'too-late' });
    expect((await found(h, id)).order.state).toBe('filled');
  });

  test('a partly filled order ends cancelled and keeps its fill', async () => {
    const h = harness();
    const { clientOrderId: id } = await place(h, { terms: limit('95') });
    await h.trade(95, 4);
    expect(await h.broker.cancel(id, h.instrument)).toEqual({ kind: 'requested' });
    const { order, fills } = await found(h, id);
    expect([order.state, order.filledQuantity, sum(fills)]).toEqual(['cancelled', '4', '4']);
  });
}

function filling(harness: () => BrokerHarness): void {
  test('a limit order rests until the market reaches it, and fills no worse than its limit', async () => {
    const h = harness();
    const order = request(h, { terms: limit('95') });
    expect(acked(await h.broker.submit(order, permit())).order).toMatchObject({ state: 'open', filledQuantity: '0' });
    await h.trade(96);
    expect((await found(h, order.clientOrderId)).order.state).toBe('open');
    await h.trade(95);
    const { order: shown, fills } = await found(h, order.clientOrderId);
    expect(shown).toMatchObject({ state: 'filled', filledQuantity: '10' });
    expect(fills.every(({ price }) => dec(price).lte(95))).toBe(true);
  });

  test('an order that fills in parts counts what its fills sum up to, each under an id of its own', async () => {
    const h = harness();
    const { clientOrderId: id } = await place(h, { terms: limit('95') });
    await h.trade(95, 4);
    const first = await found(h, id);
    expect([first.order.state, first.order.filledQuantity, sum(first.fills)]).toEqual(['open', '4', '4']);
    await h.trade(94, 5);
    await h.trade(95, 5);
    const last = await found(h, id);
    expect([last.order.state, last.order.filledQuantity, sum(last.fills)]).toEqual(['filled', '10', '10']);
    expect(new Set(last.fills.map(({ venueFillId }) => venueFillId)).size).toBe(3);
    expect(last.fills.slice(0, 1)).toEqual(first.fills);
  });

  test('what an immediate-or-cancel order cannot fill at once ends', async () => {
    const h = harness();
    await h.trade(100, 4);
    const order = request(h, { timeInForce: 'IOC' });
    await h.broker.submit(order, permit());
    await h.trade(100);
    const { order: shown, fills } = await found(h, order.clientOrderId);
    expect(['cancelled', 'expired']).toContain(shown.state);
    expect([shown.filledQuantity, sum(fills)]).toEqual(['4', '4']);
  });
}

function stops(harness: () => BrokerHarness): void {
  const placeStop = async (h: BrokerHarness): Promise<ClientOrderId | undefined> => {
    await place(h);
    const order = request(h, { side: 'sell', terms: stop('95') });
    const outcome = await h.broker.submit(order, permit());
    if (h.broker.nativeTypes.has('stop')) return acked(outcome).order.clientOrderId;
    // A venue that cannot rest a stop says so: it never sends something else in its place.
    expect(outcome).toMatchObject({ kind: 'rejected', code: 'not_supported' });
    return undefined;
  };

  test('a stop waits until the market reaches it, then sells at market', async () => {
    const h = harness();
    const id = await placeStop(h);
    if (id === undefined) return;
    await h.trade(95.01);
    expect((await found(h, id)).order).toMatchObject({ type: 'stop', state: 'open', filledQuantity: '0' });
    await h.trade(95);
    await h.trade(95);
    expect((await found(h, id)).order).toMatchObject({ type: 'stop', state: 'filled', filledQuantity: '10' });
  });

  test('a stop that the market jumps over fills where the market is, not at the stop', async () => {
    const h = harness();
    const id = await placeStop(h);
    if (id === undefined) return;
    await h.trade(80);
    await h.trade(80);
    const { order, fills } = await found(h, id);
    expect(order.state).toBe('filled');
    expect(fills.every(({ price }) => dec(price).lte(80))).toBe(true);
  });
}

function polling(harness: () => BrokerHarness): void {
  const key = ({ venueOrderId, venueFillId }: Fill): string => `${venueOrderId}/${venueFillId}`;

  test('a poll without a cursor shows everything', async () => {
    const h = harness();
    const ids = [await place(h), await place(h, { terms: limit('90') })].map((order) => order.clientOrderId);
    const { orders, fills } = await h.broker.poll(undefined);
    expect(new Set(orders.map(({ clientOrderId }) => clientOrderId))).toEqual(new Set(ids));
    expect(sum(fills)).toBe('10');
  });

  test('polls along the cursor show every fill once, and an order again when it changed', async () => {
    const h = harness();
    let { cursor } = await h.broker.poll(undefined);
    const seen: Fill[] = [];
    const poll = async (): Promise<readonly VenueOrder[]> => {
      const snapshot = await h.broker.poll(cursor);
      cursor = snapshot.cursor;
      seen.push(...snapshot.fills);
      return snapshot.orders;
    };
    await place(h);
    await poll();
    const { clientOrderId: id } = await place(h, { terms: limit('95') });
    await poll();
    for (const available of [2, 3, 5]) {
      await h.trade(95, available);
      expect((await poll()).find((order) => order.clientOrderId === id)).toBeDefined();
      await poll();
    }
    const all = (await h.broker.poll(undefined)).fills;
    expect(seen.map(key).sort()).toEqual(all.map(key).sort());
    expect(sum(seen)).toBe('20');
    expect(new Set(seen.map(key)).size).toBe(seen.length);
  });

  test('an order that works is shown in every poll, an ended one only once', async () => {
    const h = harness();
    const resting = await place(h, { terms: limit('90') });
    const filled = await place(h);
    const first = await h.broker.poll(undefined);
    const second = await h.broker.poll(first.cursor);
    const third = await h.broker.poll(second.cursor);
    const shown = third.orders.map(({ clientOrderId }) => clientOrderId);
    expect(shown).toContain(resting.clientOrderId);
    expect(shown).not.toContain(filled.clientOrderId);
  });

  test('a poll shows the end of a cancelled order', async () => {
    const h = harness();
    const { clientOrderId: id } = await place(h, { terms: limit('90') });
    const { cursor } = await h.broker.poll(undefined);
    await h.broker.cancel(id, h.instrument);
    const { orders } = await h.broker.poll(cursor);
    expect(orders.find(({ clientOrderId }) => clientOrderId === id)?.state).toBe('cancelled');
  });
}
