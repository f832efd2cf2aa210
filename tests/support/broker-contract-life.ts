import { dec } from '../../domain/money/decimal';
import type { Fill, ClientOrderId, VenueOrder } from '../../domain/order/order';
import { acked, find, found, limit, locate, place, pollOf, request, stop, submit, sum } from './broker-harness';
import type { BrokerHarness } from './broker-harness';

/** Cancels an order; a venue that answers with it shows what a look-up shows, fills from before the cancel included. */
async function cancelled(h: BrokerHarness, id: ClientOrderId): Promise<void> {
  const outcome = await h.broker.cancel(locate(h, id, 'limit'));
  if (outcome.kind !== 'requested') throw new Error(`the cancel ended as ${outcome.kind}`);
  if (outcome.shown !== undefined) expect(outcome.shown).toEqual(await find(h, id));
}

/** What cancelling does, and when it is too late. */
export function cancelling(harness: () => BrokerHarness): void {
  test('a resting order ends cancelled without a fill, and cancelling it again is too late', async () => {
    const h = harness();
    const { clientOrderId: id } = await place(h, { terms: limit('90') });
    await cancelled(h, id);
    expect((await found(h, id)).order).toMatchObject({ state: 'cancelled', filledQuantity: '0' });
    expect(await h.broker.cancel(locate(h, id, 'limit'))).toEqual({ kind: 'too-late' });
    await h.trade(80);
    expect((await found(h, id)).fills).toEqual([]);
  });

  test('cancelling a filled order is too late and changes nothing', async () => {
    const h = harness();
    const { clientOrderId: id } = await place(h);
    expect(await h.broker.cancel(locate(h, id, 'limit'))).toEqual({ kind: 'too-late' });
    expect((await found(h, id)).order).toMatchObject({ state: 'filled', filledQuantity: '10' });
  });

  test('an order that the market reached before the cancel is filled, not cancelled', async () => {
    const h = harness();
    const { clientOrderId: id } = await place(h, { terms: limit('95') });
    await h.trade(94);
    expect(await h.broker.cancel(locate(h, id, 'limit'))).toEqual({ kind: 'too-late' });
    expect((await found(h, id)).order.state).toBe('filled');
  });

  test('a partly filled order ends cancelled and keeps its fill', async () => {
    const h = harness();
    const { clientOrderId: id } = await place(h, { terms: limit('95') });
    await h.trade(95, 4);
    await cancelled(h, id);
    const { order, fills } = await found(h, id);
    expect([order.state, order.filledQuantity, sum(fills)]).toEqual(['cancelled', '4', '4']);
  });
}

/** When orders fill, and what is counted. */
export function filling(harness: () => BrokerHarness): void {
  test('a limit order rests until the market reaches it, and fills no worse than its limit', async () => {
    const h = harness();
    const order = request(h, { terms: limit('95') });
    expect(acked(await submit(h, order)).order).toMatchObject({ state: 'open', filledQuantity: '0' });
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
    const known = first.fills.map(({ venueFillId }) => venueFillId);
    expect(last.fills.filter(({ venueFillId }) => known.includes(venueFillId))).toEqual(first.fills);
  });

  test('what an immediate-or-cancel order cannot fill at once ends', async () => {
    const h = harness();
    await h.trade(100, 4);
    const order = request(h, { timeInForce: 'IOC' });
    await submit(h, order);
    await h.trade(100);
    const { order: shown, fills } = await found(h, order.clientOrderId);
    expect(['cancelled', 'expired']).toContain(shown.state);
    expect([shown.filledQuantity, sum(fills)]).toEqual(['4', '4']);
  });
}

/** What triggers a stop, and where it fills. */
export function stops(harness: () => BrokerHarness): void {
  const placeStop = async (h: BrokerHarness): Promise<ClientOrderId | undefined> => {
    await place(h);
    const order = request(h, { side: 'sell', terms: stop('95') });
    const outcome = await submit(h, order);
    if (h.broker.capabilities.stop === 'native') return acked(outcome).order.clientOrderId;
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

/** What polls show, along their cursor. */
export function polling(harness: () => BrokerHarness): void {
  const key = ({ venueOrderId, venueFillId }: Fill): string => `${venueOrderId}/${venueFillId}`;

  test('a poll without a cursor shows everything', async () => {
    const h = harness();
    const ids = [await place(h), await place(h, { terms: limit('90') })].map((order) => order.clientOrderId);
    const { orders, fills } = await pollOf(h, undefined);
    expect(new Set(orders.map(({ clientOrderId }) => clientOrderId))).toEqual(new Set(ids));
    expect(sum(fills)).toBe('10');
  });

  test('polls along the cursor show every fill once, and an order again when it changed', async () => {
    const h = harness();
    let { cursor } = await pollOf(h, undefined);
    const seen: Fill[] = [];
    const poll = async (): Promise<readonly VenueOrder[]> => {
      const snapshot = await pollOf(h, cursor);
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
    const all = (await pollOf(h, undefined)).fills;
    expect(seen.map(key).sort()).toEqual(all.map(key).sort());
    expect(sum(seen)).toBe('20');
    expect(new Set(seen.map(key)).size).toBe(seen.length);
  });

  test('an order that works is shown in every poll, an ended one only once', async () => {
    const h = harness();
    const resting = await place(h, { terms: limit('90') });
    const filled = await place(h);
    const first = await pollOf(h, undefined);
    const second = await pollOf(h, first.cursor);
    const third = await pollOf(h, second.cursor);
    const shown = third.orders.map(({ clientOrderId }) => clientOrderId);
    expect(shown).toContain(resting.clientOrderId);
    expect(shown).not.toContain(filled.clientOrderId);
  });

  test('a poll shows the end of a cancelled order', async () => {
    const h = harness();
    const { clientOrderId: id } = await place(h, { terms: limit('90') });
    const { cursor } = await pollOf(h, undefined);
    await h.broker.cancel(locate(h, id, 'limit'));
    const { orders } = await pollOf(h, cursor);
    expect(orders.find(({ clientOrderId }) => clientOrderId === id)?.state).toBe('cancelled');
  });
}
