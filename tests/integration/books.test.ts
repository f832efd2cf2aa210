import type { StoredFacts } from '../../database/trades';
import { instant } from '../../domain/clock/instant';
import { decimalString as d } from '../../domain/money/decimal';
import type { Lookup } from '../../domain/order/broker';
import type { Fill } from '../../domain/order/order';
import { cancelUpdate, exitUpdate } from '../../temporal/messages/trade';
import { Stage } from '../support/stage';
import type { Scene } from '../support/stage';
import { heldAtVenue } from '../support/venue-ledger';

type Found = Extract<Lookup, { kind: 'found' }>;

describe('books that differ from the venue', () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await Stage.open();
  });
  afterAll(() => stage.close());

  const cancel = (tradeId: string): Promise<unknown> =>
    stage.harness.handle(tradeId).executeUpdate(cancelUpdate, { args: [{ by: 'tester' }] });
  const exit = (tradeId: string): Promise<unknown> =>
    stage.harness.handle(tradeId).executeUpdate(exitUpdate, { args: [{ by: 'tester' }] });

  /** A venue that does not cancel an order but says so, with changes to what it shows; undefined: with the truth. */
  function pretendCancelled(
    { instrument }: Scene,
    changes: (found: Found) => Promise<Partial<Found> | undefined>,
  ): void {
    stage.broker.fault(instrument, {
      cancel: () => Promise.resolve({ kind: 'requested' }),
      find: async (_, look) => {
        const found = await look();
        if (found.kind !== 'found') return found;
        const order = { ...found.order, state: 'cancelled', filledQuantity: d('0') } as const;
        const changed = await changes({ ...found, order });
        return changed === undefined ? look() : { ...found, order, fills: [], ...changed };
      },
      poll: (snapshot) => ({
        ...snapshot,
        orders: snapshot.orders.filter((order) => order.instrument !== instrument),
        fills: snapshot.fills.filter((fill) => fill.instrument !== instrument),
      }),
    });
  }

  /** Starts a trade whose entry rests at 97. */
  async function resting(scene: Scene): Promise<string> {
    const tradeId = await stage.start(scene, { entry: { type: 'limit', price: d('97') } });
    await stage.resting(tradeId);
    return tradeId;
  }

  const guarded = (tradeId: string, quantity: string): Promise<StoredFacts> =>
    stage.until(tradeId, 'guarded', ({ position, orders }) => {
      return (
        position === quantity && orders.some((o) => o.leg === 'stop' && o.state === 'open' && o.quantity === quantity)
      );
    });

  it.concurrent('end a flat trade for a person to look at, with what differs', async () => {
    const scene = stage.scene();
    const tradeId = await stage.start(scene);
    const { orders } = await stage.protected(tradeId);
    const stop = orders.find((o) => o.leg === 'stop')?.clientOrderId;
    stage.broker.fault(scene.instrument, {
      find: (id, look) => (id === stop ? Promise.resolve({ kind: 'not-found' }) : look()),
    });
    scene.tape.set(94);
    const facts = await stage.ended(tradeId);
    expect(facts).toMatchObject({ outcome: 'needs-attention', outcomeCode: 'books_differ', attention: 'books_differ' });
    expect((await stage.harness.row(tradeId)).detail).toBe(`stop ${stop} is not at the venue`);
    await expect(stage.harness.handle(tradeId).result()).resolves.toMatchObject({ outcome: 'needs-attention' });
  });

  it.concurrent('end no trade while the venue counts what it cannot show; it is guarded when it is shown', async () => {
    const scene = stage.scene();
    const tradeId = await resting(scene);
    const fill = (order: Found['order']): Fill => ({
      venueFillId: '1',
      venueOrderId: order.venueOrderId,
      clientOrderId: order.clientOrderId,
      instrument: scene.instrument,
      side: 'buy',
      quantity: d('2'),
      price: d('97'),
      fee: d('0'),
      feeAsset: 'USD',
      liquidity: 'maker',
      marketAt: instant(Date.now()),
    });
    let shown = false;
    pretendCancelled(scene, ({ order }) =>
      Promise.resolve({ order: { ...order, filledQuantity: d('2') }, fills: shown ? [fill(order)] : [] }),
    );
    await cancel(tradeId);
    // Cancelled with two units filled, and no fill in sight: the order is not over.
    const waiting = await stage.until(tradeId, 'waiting for the fill', ({ orders: [entry] }) => {
      return entry?.venueState === 'cancelled' && entry.venueFilled === '2';
    });
    expect(waiting.outcome).toBeNull();
    expect(waiting.orders[0]?.state).toBe('open');
    shown = true;
    const held = await guarded(tradeId, '2');
    expect(held.orders[0]).toMatchObject({ leg: 'entry', state: 'cancelled', booked: '2' });
  });

  it.concurrent('are made up for when the end of a trade meets a fill that nobody had shown', async () => {
    const scene = stage.scene();
    const tradeId = await resting(scene);
    let looks = 0;
    pretendCancelled(scene, async () => {
      looks += 1;
      if (looks === 1) return {};
      // The second look-up is the one of the end: by then the order has filled after all.
      scene.tape.set(97);
      await stage.untilLedger(tradeId, 'filled', ([entry]) => entry?.state === 'filled');
      stage.broker.fault(scene.instrument);
      return undefined;
    });
    await cancel(tradeId);
    const held = await guarded(tradeId, '10');
    expect(held.phase).toBe('managing');
    await leaves(tradeId);
  });

  it.concurrent('open a trade again that had ended: a late fill is guarded and calls for a person', async () => {
    const scene = stage.scene();
    const tradeId = await resting(scene);
    pretendCancelled(scene, () => Promise.resolve({}));
    await cancel(tradeId);
    expect(await stage.ended(tradeId)).toMatchObject({ outcome: 'cancelled', position: '0' });
    await stage.harness.handle(tradeId).result();

    stage.broker.fault(scene.instrument);
    scene.tape.set(97);
    const reopened = await stage.until(tradeId, 'open again', ({ phase }) => phase !== 'ended');
    expect(reopened).toMatchObject({ outcome: null, attention: 'late_fill' });
    expect((await stage.harness.row(tradeId)).pnl).toBeNull();
    await stage.harness.dispatcher().dispatch(Date.now());
    const held = await guarded(tradeId, '10');
    expect(held).toMatchObject({ phase: 'managing', attention: 'late_fill' });
    await leaves(tradeId);
  });

  async function leaves(tradeId: string): Promise<void> {
    await exit(tradeId);
    expect(await stage.ended(tradeId)).toMatchObject({ outcome: 'completed', outcomeCode: 'operator_exit' });
    const ledger = await stage.ledger(tradeId);
    expect(ledger.filter(({ state }) => state === 'open')).toEqual([]);
    expect(heldAtVenue(ledger)).toBe(0);
  }
});
