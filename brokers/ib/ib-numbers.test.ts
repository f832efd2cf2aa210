import fc from 'fast-check';
import { decimalString as d } from '../../domain/money/decimal';
import type { OrderRequest } from '../../domain/order/order';
import type { SendPermit, SubmitOutcome } from '../../domain/order/broker';
import { acked, find, locate, permit, place, request, submit } from '../../tests/support/broker-harness';
import { IbHarness, MemoryNumbers } from '../../tests/support/ib-harness';
import type { IbBroker } from './ib-broker';

let h: IbHarness;
let numbers: MemoryNumbers;
beforeEach(async () => {
  numbers = new MemoryNumbers();
  h = await IbHarness.open({ numbers });
});
afterEach(() => h.close());

/** An attempt that drew its number and whose permit was then withdrawn: certainly not sent. */
async function heldBack(order: OrderRequest): Promise<void> {
  const outcome = await h.broker.submit(
    order,
    permit(() => false),
  );
  expect(outcome).toMatchObject({ kind: 'not-sent', message: 'the permit was withdrawn' });
}

/** Numbers under which the broker has orders with this reference. */
const under = (order: OrderRequest): readonly number[] =>
  h.simulator.ledger.orders.filter(({ orderRef }) => orderRef === order.clientOrderId).map(({ orderId }) => orderId);

describe('the number of an order that was not sent', () => {
  it('stays its number while TWS may still take it', async () => {
    const order = request(h);
    await heldBack(order);
    acked(await submit(h, order));
    expect(under(order)).toEqual([1]);
  });

  it('is replaced by a further one once later orders went first, and the order is placed, once', async () => {
    const order = request(h);
    await heldBack(order);
    await place(h);
    await place(h);
    acked(await submit(h, order));
    expect(under(order)).toEqual([4]);
    expect(await submit(h, order)).toMatchObject({ kind: 'rejected', code: 'duplicate_client_order_id' });
    expect(await h.acceptedOrders()).toBe(3);
  });

  it('is not replaced while an earlier attempt is not settled: nothing is sent then', async () => {
    const order = request(h);
    await heldBack(order);
    await place(h);
    numbers.settled = false;
    expect(await submit(h, order)).toMatchObject({
      kind: 'not-sent',
      message: 'TWS is past number 1, and an earlier attempt of the order is not settled',
    });
    expect(await h.acceptedOrders()).toBe(1);
  });

  it('is known to be past by a successor too, from what TWS offers next', async () => {
    const order = request(h);
    await heldBack(order);
    await place(h);
    await place(h);
    h.broker.close();
    const successor = h.another();
    await until(async () => (await successor.submit(order, permit())).kind === 'acked');
    expect(under(order)).toEqual([4]);
  }, 30_000);
});

describe('a number that TWS calls used', () => {
  const refuseNumber = (order: OrderRequest): void =>
    h.simulator.faults.script({
      ...{ on: 'order', kind: 'reject', code: 103, text: 'Duplicate order id', matching: order.clientOrderId },
    });

  it('leaves its order absent once a higher one is seen to be used, and the next attempt gets a further one', async () => {
    const order = request(h);
    refuseNumber(order);
    expect(await submit(h, order)).toMatchObject({ kind: 'rejected', code: 'duplicate_client_order_id' });
    // So far it may have been this very order that used it.
    expect(await find(h, order.clientOrderId)).toMatchObject({ kind: 'inconclusive' });
    await place(h);
    expect(await find(h, order.clientOrderId)).toEqual({ kind: 'not-found' });
    acked(await submit(h, order));
    expect(under(order)).toEqual([3]);
  });

  it('leaves its order in doubt when TWS says that another order has it, whatever higher one was used', async () => {
    const order = request(h);
    h.simulator.faults.script({
      ...{
        on: 'order',
        kind: 'reject',
        code: 104,
        text: 'Cannot modify a filled order.',
        matching: order.clientOrderId,
      },
    });
    await submit(h, order);
    await place(h);
    expect(await find(h, order.clientOrderId)).toMatchObject({ kind: 'inconclusive' });
  });
});

/** Waits until something holds; a test that waits for ever fails by its own limit. */
async function until(what: () => Promise<boolean>): Promise<void> {
  while (!(await what())) await new Promise((resolve) => setTimeout(resolve, 20));
}

/** What may befall one attempt. */
const EVENTS = ['sent', 'held back', 'lost', 'answer lost', 'killed', 'numbers rolled back'] as const;
type Event = (typeof EVENTS)[number];

/**
 * Orders of one account whose attempts are mixed and broken at random, each driven as the protocol drives it: another
 * attempt only after the last one is known not to be there.
 */
class Mix {
  readonly orders: readonly OrderRequest[];
  private readonly doubtful = new Set<OrderRequest>();
  private readonly placed = new Set<OrderRequest>();
  private broker: IbBroker;

  constructor(
    private readonly stage: IbHarness,
    count: number,
  ) {
    this.broker = stage.broker;
    this.orders = Array.from({ length: count }, () => request(stage, { quantity: d('1') }));
  }

  async attempt(order: OrderRequest, event: Event): Promise<void> {
    if (this.doubtful.has(order)) await this.resolve(order);
    if (this.placed.has(order)) return;
    const { faults } = this.stage.simulator;
    const matching = order.clientOrderId;
    if (event === 'lost') faults.script({ on: 'order', kind: 'drop', matching });
    if (event === 'answer lost') faults.script({ on: 'order', kind: 'lose', matching });
    if (event === 'numbers rolled back') {
      this.stage.simulator.rollBackIds(11, 2);
      this.stage.simulator.breakConnections();
    }
    const outcome = await this.broker.submit(order, this.permit(event));
    faults.clear();
    if (event === 'killed') this.broker = this.stage.another();
    this.note(order, event === 'killed' ? { kind: 'unknown', message: 'nobody is there to hear it' } : outcome);
  }

  /** Goes on until every order is placed. */
  async finish(): Promise<void> {
    for (const order of this.orders) while (!this.placed.has(order)) await this.attempt(order, 'sent');
  }

  private permit(event: Event): SendPermit {
    if (event === 'held back') return permit(() => false);
    const { broker } = this;
    return permit(() => {
      if (event === 'killed') broker.close();
      return true;
    });
  }

  private note(order: OrderRequest, outcome: SubmitOutcome): void {
    if (outcome.kind === 'acked') this.placed.add(order);
    if (outcome.kind === 'unknown') this.doubtful.add(order);
    if (outcome.kind !== 'rejected') return;
    if (outcome.code !== 'duplicate_client_order_id') throw new Error(outcome.message);
    this.doubtful.add(order);
  }

  private async resolve(order: OrderRequest): Promise<void> {
    await until(async () => {
      const { kind } = await this.broker.find(locate(this.stage, order.clientOrderId));
      if (kind === 'found') this.placed.add(order);
      return kind !== 'inconclusive';
    });
    this.doubtful.delete(order);
  }
}

it('places each order once, however the attempts of several are mixed and broken', async () => {
  const step = fc.record({ order: fc.nat(3), event: fc.constantFrom(...EVENTS) });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 9 }), async (steps) => {
      const stage = await IbHarness.open({ numbers: new MemoryNumbers() });
      try {
        const mix = new Mix(stage, 4);
        for (const { event, order } of steps) {
          const chosen = mix.orders[order];
          if (chosen !== undefined) await mix.attempt(chosen, event);
        }
        await mix.finish();
        const references = stage.simulator.ledger.orders.map(({ orderRef }) => orderRef);
        expect([...references].sort()).toEqual(mix.orders.map(({ clientOrderId }) => clientOrderId).sort());
      } finally {
        await stage.close();
      }
    }),
    { numRuns: 8 },
  );
});
