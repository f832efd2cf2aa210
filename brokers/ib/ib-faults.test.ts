import { IBApi } from '@stoqey/ib';
import { dec, decimalString as d } from '../../domain/money/decimal';
import type { SubmitOutcome } from '../../domain/order/broker';
import {
  acked,
  find,
  found,
  limit,
  locate,
  permit,
  place,
  pollOf,
  request,
  stop,
  submit,
  sum,
} from '../../tests/support/broker-harness';
import { foreignOrder, IbHarness } from '../../tests/support/ib-harness';
import type { Traded } from '../../tests/support/ib-harness';
import { TwsConnection } from './connection';

let h: IbHarness;

/** Waits until something holds; a test that waits for ever fails by its own limit. */
async function until(what: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await what())) await new Promise((resolve) => setTimeout(resolve, 20));
}

/** Waits until our side has seen the line go: what is asked of TWS meanwhile has no answer. */
async function noticed(): Promise<void> {
  const lost = new Promise<void>((resolve) => {
    h.broker.stream({
      changed: () => undefined,
      quote: () => undefined,
      line: (name, up) => {
        if (name === 'account' && !up) resolve();
      },
    });
  });
  await lost;
}

/** Goes on with an order as the protocol does, until it is placed. */
async function settle(order: ReturnType<typeof request>, first: SubmitOutcome): Promise<void> {
  let outcome = first;
  const own = h;
  await until(async () => {
    if (outcome.kind === 'not-sent') outcome = await submit(own, order);
    // An order that TWS was still about to read is in doubt, and so is one whose number TWS has seen by then.
    if (outcome.kind === 'rejected' && outcome.code !== 'duplicate_client_order_id') throw new Error(outcome.message);
    if (outcome.kind === 'acked') return true;
    const lookup = await find(own, order.clientOrderId);
    if (lookup.kind === 'not-found') outcome = { kind: 'not-sent', message: 'not found' };
    return lookup.kind === 'found';
  });
}

/** Submits once the line is up again. */
async function submitWhenUp(order: ReturnType<typeof request>) {
  let outcome = await submit(h, order);
  await until(async () => {
    if (outcome.kind === 'not-sent') outcome = await submit(h, order);
    return outcome.kind !== 'not-sent';
  });
  return outcome;
}

/** What ten units cost at the simulated broker. */
const FEES: Readonly<Record<Traded, string>> = { stock: '1', future: '6.2' };

describe.each(['stock', 'future'] as const)('an account that trades a %s:', (traded) => {
  beforeEach(async () => {
    h = await IbHarness.open({}, {}, traded);
  });
  afterEach(() => h.close());

  describe('numbers of orders', () => {
    it('are distinct for a hundred orders at once, and all are placed', async () => {
      const orders = Array.from({ length: 100 }, () => request(h, { quantity: d('1') }));
      const outcomes = await Promise.all(orders.map((order) => h.broker.submit(order, permit())));
      // On a slow machine some wait too long for their place in the second, or for their answer: those are settled as ever.
      for (const [index, outcome] of outcomes.entries()) {
        const order = orders[index];
        if (outcome.kind !== 'acked' && order !== undefined) await settle(order, outcome);
      }
      const placed = h.simulator.ledger.orders;
      expect(new Set(placed.map(({ orderId }) => orderId)).size).toBe(100);
      expect(new Set(placed.map(({ orderRef }) => orderRef))).toEqual(new Set(orders.map((one) => one.clientOrderId)));
      expect(placed).toHaveLength(100);
    }, 30_000);

    it('do not follow a gateway that gives old ones out again', async () => {
      await place(h);
      await place(h);
      h.simulator.faults.script({ on: 'connect', kind: 'roll-back', count: 5, matching: '11' });
      h.simulator.breakConnections();
      await noticed();
      const order = request(h);
      acked(await submitWhenUp(order));
      const [first, second, third] = h.simulator.ledger.orders.map(({ orderId }) => orderId);
      expect([second, third]).toEqual([(first ?? 0) + 1, (first ?? 0) + 2]);
    }, 30_000);

    it('are kept by an order for its next attempt, and survive the process', async () => {
      h.loseNextRequest();
      const order = request(h);
      expect(await submit(h, order)).toMatchObject({ kind: 'unknown' });
      expect(await find(h, order.clientOrderId)).toEqual({ kind: 'not-found' });
      const { numbers } = h.options;
      h.broker.close();
      const successor = h.another();
      await until(async () => (await successor.submit(order, permit())).kind === 'acked');
      const drawn = (await numbers.of([order.clientOrderId])).get(order.clientOrderId);
      expect(h.simulator.ledger.orders.map(({ orderId }) => orderId)).toEqual([drawn?.number]);
    }, 30_000);

    it('that TWS has seen without showing an order for them end in doubt, not in a second order', async () => {
      h.simulator.faults.script({ on: 'order', kind: 'reject', code: 103, text: 'Duplicate order id' });
      const order = request(h);
      expect(await submit(h, order)).toMatchObject({ kind: 'rejected', code: 'duplicate_client_order_id' });
      expect(await find(h, order.clientOrderId)).toMatchObject({ kind: 'inconclusive' });
    });
  });

  describe('a line that breaks', () => {
    it('before the answer leaves doubt, and the one order is found by a successor with the same client id', async () => {
      h.loseNextAnswer();
      const order = request(h);
      expect(await submit(h, order)).toMatchObject({ kind: 'unknown' });
      h.broker.close();
      const successor = { broker: h.another(), instrument: h.instrument };
      const { order: shown, fills } = await found(successor, order.clientOrderId);
      expect([shown.state, sum(fills)]).toEqual(['filled', '10']);
      expect(await successor.broker.submit(order, permit())).toMatchObject({ code: 'duplicate_client_order_id' });
      expect(await h.acceptedOrders()).toBe(1);
    }, 30_000);

    it('and says nothing any more is noticed by our own watch, and replaced', async () => {
      await place(h);
      h.simulator.mute(11);
      await noticed();
      const order = request(h);
      acked(await submitWhenUp(order));
      expect(await h.acceptedOrders()).toBe(2);
    }, 30_000);

    it('keeps no order for later: the library alone would send it after the reconnect', async () => {
      const resting = await place(h, { terms: limit('50') });
      h.simulator.breakConnections(true);
      await noticed();
      const order = request(h, { terms: limit('51') });
      expect(await submit(h, order)).toMatchObject({ kind: 'not-sent' });
      h.simulator.breakConnections();
      await until(async () => (await find(h, resting.clientOrderId)).kind === 'found');
      expect(await find(h, order.clientOrderId)).toEqual({ kind: 'not-found' });
      expect(await h.acceptedOrders()).toBe(1);
    }, 30_000);

    it('while something fills shows it in the first poll after it is back, once', async () => {
      const order = await place(h, { terms: limit('95') });
      const { cursor } = await pollOf(h, undefined);
      h.simulator.breakConnections(true);
      await h.trade(94);
      await h.trade(94);
      await expect(pollOf(h, cursor)).rejects.toThrow();
      h.simulator.breakConnections();
      let snapshot: Awaited<ReturnType<typeof pollOf>> | undefined;
      await until(async () => {
        snapshot = await pollOf(h, cursor).catch(() => undefined);
        return snapshot !== undefined;
      });
      expect(snapshot?.fills.map(({ quantity, clientOrderId }) => [quantity, clientOrderId])).toEqual([
        ['10', order.clientOrderId],
      ]);
      expect((await pollOf(h, snapshot?.cursor)).fills).toEqual([]);
    }, 40_000);

    it('of TWS to its servers (1100) sends nothing, and after 1102 what filled meanwhile is known', async () => {
      const order = await place(h, { terms: limit('95') });
      h.simulator.connectivity(1100);
      const refused = request(h);
      await until(async () => (await submit(h, refused)).kind === 'not-sent');
      expect(await find(h, order.clientOrderId)).toMatchObject({ kind: 'inconclusive' });
      await h.trade(94);
      await h.trade(94);
      h.simulator.connectivity(1102);
      await until(async () => (await find(h, order.clientOrderId)).kind === 'found');
      expect((await found(h, order.clientOrderId)).order).toMatchObject({ state: 'filled', filledQuantity: '10' });
    }, 30_000);
  });

  describe('one writer', () => {
    it('has the client id: a second process is told so, sends nothing, and takes over when the first is gone', async () => {
      await place(h);
      const second = h.another();
      const order = request(h);
      const outcome = await second.submit(order, permit());
      expect(outcome).toMatchObject({ kind: 'not-sent' });
      await until(async () => {
        const next = await second.submit(order, permit());
        return next.kind === 'not-sent' && next.message.includes('client id 11 is in use');
      });
      h.broker.close();
      await until(async () => (await second.submit(order, permit())).kind === 'acked');
      expect(await h.acceptedOrders()).toBe(2);
    }, 30_000);
  });

  describe('answers', () => {
    it('of a rejection whose details are no JSON refuse the order, and the process and the line live on', async () => {
      await place(h);
      const drops: string[] = [];
      const line = (_: string, up: boolean, why: string): void => {
        if (!up) drops.push(why);
      };
      h.broker.stream({ changed: () => undefined, quote: () => undefined, line });
      h.simulator.faults.script({ on: 'order', kind: 'garbled-reject' });
      expect(await submit(h, request(h))).toMatchObject({ kind: 'rejected', venueCode: '201' });
      acked(await submit(h, request(h)));
      expect((await pollOf(h, undefined)).orders).toHaveLength(2);
      expect(drops).toEqual([]);
    });

    it('that nobody knows are a refusal only once TWS shows no order', async () => {
      h.simulator.faults.script({ on: 'order', kind: 'reject', code: 99_999, text: 'a new kind of error' });
      expect(await submit(h, request(h))).toMatchObject({ kind: 'rejected', venueCode: '99999' });
    });

    it('that an order is held until its market opens count as accepted', async () => {
      h.simulator.faults.script({ on: 'order', kind: 'hold', ms: 200 });
      const order = request(h);
      expect(acked(await submit(h, order)).order).toMatchObject({ state: 'open' });
      await until(async () => {
        await h.trade(100);
        return (await found(h, order.clientOrderId)).order.state === 'filled';
      });
    }, 30_000);

    it('that come without any state, or twice, are counted by executions alone', async () => {
      for (const kind of ['no-status', 'repeat'] as const) {
        h.simulator.faults.script({ on: 'order', kind });
        const order = request(h);
        acked(await submit(h, order));
        const { fills, order: shown } = await found(h, order.clientOrderId);
        expect([shown.filledQuantity, sum(fills)]).toEqual(['10', '10']);
      }
    });

    it('202 after half of it filled ends it cancelled, with what filled', async () => {
      h.simulator.faults.script({ on: 'order', kind: 'cut' });
      const order = request(h);
      await submit(h, order);
      await until(async () => (await found(h, order.clientOrderId)).order.state !== 'open');
      const { fills, order: shown } = await found(h, order.clientOrderId);
      expect([shown.state, shown.filledQuantity, sum(fills)]).toEqual(['cancelled', '5', '5']);
    }, 30_000);
  });

  describe('executions', () => {
    it('are shown without their cost while that is open, and again when it is known', async () => {
      const paid = await IbHarness.open({}, { commissions: true }, traded);
      try {
        paid.simulator.faults.script({ on: 'order', kind: 'late-commission', ms: 300 });
        const order = await place(paid);
        const first = await pollOf(paid, undefined);
        expect(first.fills).toMatchObject([{ fee: '0' }]);
        let again: Awaited<ReturnType<typeof pollOf>> | undefined;
        await until(async () => (again = await pollOf(paid, first.cursor)).fills.length > 0);
        expect(again?.fills).toMatchObject([
          { fee: FEES[traded], feeAsset: 'USD', clientOrderId: order.clientOrderId },
        ]);
        expect(again?.fills[0]?.venueFillId).toBe(first.fills[0]?.venueFillId);
      } finally {
        await paid.close();
      }
    }, 30_000);

    it('that are corrected are stated anew, under the same id and a higher revision', async () => {
      h.simulator.faults.script({ on: 'order', kind: 'correct', ms: 200 });
      await place(h);
      const first = await pollOf(h, undefined);
      let again: Awaited<ReturnType<typeof pollOf>> | undefined;
      await until(async () => (again = await pollOf(h, first.cursor)).fills.length > 0);
      const [was, is] = [first.fills[0], again?.fills[0]];
      expect(is?.venueFillId).toBe(was?.venueFillId);
      expect([was?.revision, is?.revision]).toEqual([1, 2]);
    }, 30_000);
  });

  describe('prices', () => {
    it('come on a line of their own, which a refused order does not disturb', async () => {
      expect(await h.broker.quote(h.instrument)).toMatchObject({ price: '100' });
      for (let index = 0; index < 3; index += 1) {
        h.simulator.faults.script({ on: 'order', kind: 'reject' });
        expect(await submit(h, request(h))).toMatchObject({ kind: 'rejected' });
      }
      await h.trade(101);
      await until(async () => (await h.broker.quote(h.instrument))?.price === '101');
    }, 30_000);

    it('stream, with the state of both lines, and a change of orders is hinted at', async () => {
      const seen = { changed: 0, quotes: 0, up: new Set<string>(), down: new Set<string>() };
      const stream = h.broker.stream({
        changed: () => (seen.changed += 1),
        quote: ({ price }) => {
          if (dec(price).gt(0)) seen.quotes += 1;
        },
        line: (name, up) => void (up ? seen.up : seen.down).add(name),
      });
      stream.watch([h.instrument]);
      await until(() => seen.up.size === 2 && seen.quotes > 0);
      const before = seen.changed;
      await place(h, { terms: limit('50') });
      await until(() => seen.changed > before);
      h.simulator.breakConnections();
      await until(() => seen.down.size === 2);
      const { quotes } = seen;
      await h.trade(102);
      await until(() => seen.quotes > quotes);
      stream.close();
    }, 30_000);
  });

  describe('what is not ours', () => {
    it('is listed, is cancelled by nobody here, and its executions are shown without an id of ours', async () => {
      const stranger = openStranger();
      const connection = await stranger.connection;
      connection.send((api) => api.placeOrder(connection.nextValidId, h.contract, stranger.order));
      await until(async () => (await h.acceptedOrders()) === 1);
      await until(async () => (await h.broker.openOrders()).length === 1);
      const [listed] = await h.broker.openOrders();
      expect(listed).toMatchObject({ clientOrderId: 'by hand', quantity: '2', instrument: h.instrument });
      await h.trade(89);
      await h.trade(89);
      const { fills, orders } = await pollOf(h, undefined);
      expect(orders).toEqual([]);
      expect(fills.map(({ clientOrderId, quantity }) => [clientOrderId, quantity])).toEqual([[undefined, '2']]);
      connection.destroy('done');
    }, 30_000);

    function openStranger() {
      const end = { host: '127.0.0.1', port: h.simulator.port, clientId: 99 };
      const silent = { message: () => undefined, down: () => undefined };
      return {
        connection: TwsConnection.open(end, silent, 5_000),
        order: foreignOrder(90, 2),
      };
    }
  });

  describe('protection', () => {
    it('rests at the gateway under a plan of absences that keeps other orders back for two minutes before', async () => {
      const order = await place(h);
      acked(await submit(h, request(h, { side: 'sell', terms: stop('95') })));
      const soon = new Date(Date.now() + 60_000).toISOString().slice(11, 16);
      h.broker.close();
      const planned = h.another({ absences: { timeZone: 'UTC', dailyRestart: soon } });
      await until(async () => (await planned.find(locate(h, order.clientOrderId))).kind === 'found');
      const outcome = await planned.submit(request(h), permit());
      expect(outcome).toMatchObject({ kind: 'not-sent', message: expect.stringContaining('daily restart') as string });
      expect(await h.acceptedOrders()).toBe(2);
    }, 30_000);
  });
});

it('guards a part of the library that is there', () => {
  const controller: unknown = Reflect.get(new IBApi(), 'controller');
  expect(typeof Reflect.get(controller as object, 'processIngressQueue')).toBe('function');
});
