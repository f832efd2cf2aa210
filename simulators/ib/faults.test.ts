import { AAPL, IbLab } from '../../tests/support/ib-client';
import type { IbClient } from '../../tests/support/ib-client';
import { openAdmin } from './admin';
import { IbFaultPlan } from './faults';
import type { IbOrder } from './order';

const IN_SESSION = '2026-11-25T15:00:00Z';

let lab: IbLab;
let client: IbClient;
beforeEach(async () => {
  lab = await IbLab.open(IN_SESSION);
  client = await lab.client();
});
afterEach(() => lab.close());

/** The one order that the broker has; it must have one. */
async function only(): Promise<IbOrder> {
  for (let n = 0; n < 6_000; n += 1) {
    const [order] = lab.simulator.ledger.orders;
    if (order) return order;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  throw new Error('the broker has no order');
}

describe('a connection that breaks', () => {
  test('before the order was read: it is not there, and its number is free', async () => {
    lab.simulator.faults.script({ on: 'order', kind: 'drop', matching: 'intent-1' });
    const id = client.place({ orderRef: 'intent-1' });
    await client.gone();
    expect(lab.simulator.ledger.orders).toEqual([]);
    const again = await lab.client();
    expect(again.nextId).toBe(id);
    again.place({ orderRef: 'intent-1' });
    await again.status(id, 'Filled');
  });

  test('after the bytes of the order: it is there, filled, and nobody was told', async () => {
    lab.simulator.faults.script({ on: 'order', kind: 'lose' });
    const id = client.place({ orderRef: 'intent-1' });
    await client.gone();
    expect(client.all('openOrder')).toEqual([]);
    expect(await only()).toMatchObject({ clientOrderId: 'intent-1', state: 'filled' });
    const again = await lab.client();
    expect(again.nextId).toBe(id + 1);
    again.api.reqExecutions(1, {});
    await again.until(
      'execDetails',
      (_: number, __: object, { orderRef }: { orderRef: string }) => orderRef === 'intent-1',
    );
  });

  test('between openOrder and the fill: the order is known, its end is not', async () => {
    lab.simulator.faults.script({ on: 'order', kind: 'drop-before-fill' });
    client.place({});
    await client.gone();
    expect(client.all('openOrder').map((args) => (args[3] as { status: string }).status)).toEqual(['Submitted']);
    expect([client.all('orderStatus'), client.all('execDetails')]).toEqual([[], []]);
    expect(await only()).toMatchObject({ state: 'filled' });
  });

  test('under a question: it is not answered', async () => {
    lab.simulator.faults.script({ on: 'query', kind: 'drop' });
    client.api.reqAllOpenOrders();
    await client.gone();
    expect(client.all('openOrderEnd')).toEqual([]);
  });

  test('after a cancel was acted on', async () => {
    const id = client.place({ orderType: 'LMT', lmtPrice: 50 });
    await client.status(id, 'Submitted');
    lab.simulator.faults.script({ on: 'cancel', kind: 'lose' });
    client.api.cancelOrder(id);
    await client.gone();
    expect(await only()).toMatchObject({ state: 'cancelled' });
  });
});

describe('a connection that is half open', () => {
  test.each([
    ['mute', 1],
    ['swallow', 0],
  ] as const)('%s: says and hears nothing, and %d order was placed', async (kind, orders) => {
    lab.simulator.faults.script({ on: 'order', kind });
    client.place({ orderRef: 'a' });
    client.place({ orderRef: 'b' });
    client.api.reqCurrentTime();
    const other = await lab.client({ clientId: 2 });
    await other.settled();
    await moved();
    expect(lab.simulator.ledger.orders).toHaveLength(orders);
    expect(client.heard.filter(({ event }) => ['openOrder', 'currentTime', 'disconnected'].includes(event))).toEqual(
      [],
    );
    // Its client id is still taken.
    const second = await lab.client({ ready: false });
    await second.until('info', (_: string, code: number) => code === 326);
  });

  test('from the first moment: the client never gets its next order id', async () => {
    lab.simulator.faults.script({ on: 'connect', kind: 'swallow', matching: '5' });
    const silent = await lab.client({ clientId: 5, ready: false });
    await silent.until('connected');
    await client.settled();
    expect(silent.all('nextValidId')).toEqual([]);
  });

  test('told by hand: all of them, or one', async () => {
    const other = await lab.client({ clientId: 2 });
    lab.simulator.mute(1);
    client.api.reqCurrentTime();
    await other.settled();
    lab.simulator.mute();
    other.api.reqCurrentTime();
    const third = await lab.client({ clientId: 3 });
    await third.settled();
    expect([client.all('currentTime').length, other.all('currentTime').length]).toEqual([0, 1]);
  });
});

/** Lets the client's rate limiter and the socket move on: the other client has been answered twice by then. */
async function moved(): Promise<void> {
  const third = await lab.client({ clientId: 3 });
  await third.settled();
  await third.settled();
}

describe('order ids', () => {
  test('roll back with a restart, and the id of a lost order is given out again', async () => {
    const first = client.place({ orderRef: 'first' });
    await client.status(first, 'Filled');
    lab.simulator.restart({ downMs: 0, rollBack: 1 });
    await client.gone();
    const again = await lab.client();
    expect(again.nextId).toBe(first);
    again.place({ orderRef: 'second' });
    await again.status(first, 'Filled');
    expect(lab.simulator.ledger.orders.map(({ clientOrderId, orderId }) => [clientOrderId, orderId])).toEqual([
      ['first', first],
      ['second', first],
    ]);
  });

  test('an id that is given out again while its order works changes that order instead of placing one', async () => {
    const id = client.place({ orderType: 'LMT', lmtPrice: 50, orderRef: 'first' });
    await client.status(id, 'Submitted');
    lab.simulator.rollBackIds(1, 5);
    client.placeAs(id, { orderType: 'LMT', lmtPrice: 51, orderRef: 'second' });
    await client.until('openOrder', (_: number, __: object, { lmtPrice }: { lmtPrice: number }) => lmtPrice === 51);
    expect(lab.simulator.ledger.orders.map(({ clientOrderId }) => clientOrderId)).toEqual(['first']);
  });

  test('roll back for one connection by script; a client id is in use by script', async () => {
    await client.status(client.place({}), 'Filled');
    await client.status(client.place({}), 'Filled');
    lab.simulator.breakConnections();
    await client.gone();
    lab.simulator.faults.script({ on: 'connect', kind: 'roll-back', count: 1 });
    expect((await lab.client()).nextId).toBe(2);
    lab.simulator.faults.script({ on: 'connect', kind: 'in-use' });
    const refused = await lab.client({ clientId: 8, ready: false });
    await refused.until('info', (_: string, code: number) => code === 326);
    await refused.gone();
  });
});

describe('connectivity', () => {
  test.each([1101, 1102] as const)(
    '1100: orders wait and fills are told to nobody; %d: orders go on, and fills must be asked for',
    async (restored) => {
      const resting = client.place({ orderType: 'LMT', lmtPrice: 99, orderRef: 'resting' });
      await client.status(resting, 'Submitted');
      client.api.reqMktData(77, { conId: AAPL }, '', false, false);
      await client.until('tickPrice');
      lab.simulator.connectivity(1100);
      await client.until('info', (_: string, code: number) => code === 1100);
      client.place({ orderRef: 'meanwhile' });
      lab.trade(98);
      const late = await lab.client({ clientId: 2 });
      await late.until('info', (_: string, code: number) => code === 1100);
      while (lab.simulator.ledger.orders.length < 2) await late.settled();
      expect(lab.simulator.ledger.orders.map(({ filled, state }) => [state, filled])).toEqual([
        ['filled', '10'],
        ['open', '0'],
      ]);
      expect(client.all('execDetails')).toEqual([]);
      lab.simulator.connectivity(restored);
      await client.until('info', (_: string, code: number) => code === restored);
      await client.until('execDetails');
      expect(client.all('execDetails').map(([, , fill]) => (fill as { orderRef: string }).orderRef)).toEqual([
        'meanwhile',
      ]);
      client.api.reqExecutions(1, {});
      await client.until('execDetailsEnd');
      expect(client.all('execDetails')).toHaveLength(3);
      const before = client.all('tickPrice').length;
      lab.trade(97);
      if (restored === 1102)
        await client.until('tickPrice', (_: number, type: number, price: number) => type === 4 && price === 97);
      else {
        await client.settled();
        expect(client.all('tickPrice')).toHaveLength(before);
      }
    },
  );

  test('a daily restart throws everybody out and lets nobody in, and orders survive it', async () => {
    const id = client.place({ orderType: 'LMT', lmtPrice: 50, tif: 'GTC' });
    await client.status(id, 'Submitted');
    lab.simulator.restart({ downMs: 200 });
    await client.gone();
    const early = await lab.client({ ready: false });
    await early.gone();
    let again: IbClient | undefined;
    for (let n = 0; n < 500 && again === undefined; n += 1) {
      const one = await lab.client({ ready: false });
      if ((await one.first('nextValidId', 'disconnected')) === 'nextValidId') again = one;
    }
    again?.api.reqOpenOrders();
    await again?.until('openOrder', (about: number) => about === id);
  });
});

describe('an order', () => {
  test('is held (399) and meets the market later', async () => {
    lab.simulator.faults.script({ on: 'order', kind: 'hold', ms: 60_000 });
    const id = client.place({});
    expect(await client.error(id)).toEqual([
      399,
      'Order Message:\nBUY 10 AAPL NASDAQ\nWarning: your order will not be placed at the exchange until 20261125 10:01:00 US/Eastern',
    ]);
    await client.status(id, 'PreSubmitted');
    lab.pass(59_000);
    expect((await only()).state).toBe('open');
    lab.pass(1_000);
    await client.status(id, 'Filled');
  });

  test('fills in part and is taken off by the exchange (202)', async () => {
    lab.simulator.faults.script({ on: 'order', kind: 'cut' });
    const id = client.place({});
    expect(await client.error(id)).toEqual([202, 'Order Canceled - reason:cancelled by the exchange']);
    expect(await only()).toMatchObject({ state: 'cancelled', filled: '5' });
    expect((await client.status(id, 'Cancelled')).slice(2, 4)).toEqual([5, 5]);
  });

  test('has an execution corrected: the same id but for its end, and the books follow', async () => {
    lab.simulator.faults.script({ on: 'order', kind: 'correct', ms: 1 });
    client.place({});
    const ids = (): string[] => client.all('execDetails').map(([, , fill]) => (fill as { execId: string }).execId);
    await client.until('execDetails', () => ids().length === 2);
    expect(ids().map((id) => id.slice(0, -3))).toEqual([ids()[0]?.slice(0, -3), ids()[0]?.slice(0, -3)]);
    expect(ids().map((id) => id.slice(-3))).toEqual(['.01', '.02']);
    client.api.reqPositions();
    expect((await client.until('position')).slice(2)).toEqual([10, 100.01]);
    expect(lab.simulator.ledger.fills.map(({ corrected, price }) => [corrected, price])).toEqual([
      [true, '100'],
      [false, '100.01'],
    ]);
    expect(lab.simulator.ledger.correct('nonsense', {})).toBeUndefined();
    const second = lab.simulator.ledger.correct(ids()[1] ?? '', { quantity: '9' as never });
    expect(second?.id.endsWith('.03')).toBe(true);
    expect(await only()).toMatchObject({ filled: '9' });
  });

  test('has its commission late', async () => {
    lab.simulator.faults.script({ on: 'order', kind: 'late-commission', ms: 300 });
    const id = client.place({});
    await client.status(id, 'Filled');
    await client.settled();
    expect(client.all('commissionReport')).toEqual([]);
    await client.until('commissionReport');
  });

  test('is rejected in the words of a script', async () => {
    lab.simulator.faults.script({ on: 'order', kind: 'reject', code: 10_349, text: 'TIF was set to DAY' });
    const id = client.place({});
    expect(await client.error(id)).toEqual([10_349, 'TIF was set to DAY']);
    const next = client.place({});
    await client.status(next, 'Filled');
  });

  test('is hidden from questions for a time, its executions too', async () => {
    lab.simulator.faults.script({ on: 'order', kind: 'hide', ms: 60_000 });
    await client.status(client.place({ orderRef: 'hidden' }), 'Filled');
    const seen = async (reqId: number): Promise<number> => {
      client.api.reqExecutions(reqId, {});
      await client.until('execDetailsEnd', (id: number) => id === reqId);
      return client.all('execDetails').filter(([id]) => id === reqId).length;
    };
    expect(await seen(1)).toBe(0);
    lab.pass(60_000);
    expect(await seen(2)).toBe(1);
  });

  test('may lack its status, or have it twice', async () => {
    lab.simulator.faults.script({ on: 'order', kind: 'no-status' });
    const bare = client.place({});
    await client.until('commissionReport');
    lab.simulator.faults.script({ on: 'order', kind: 'repeat' });
    const twice = client.place({});
    await client.until('orderStatus', () => client.all('orderStatus').length === 4);
    expect(client.all('orderStatus').map(([id]) => id)).toEqual([twice, twice, twice, twice]);
    expect(bare).toBe(1);
  });

  test('may be slow to be acted on', async () => {
    lab.simulator.faults.script({ on: 'order', kind: 'slow', ms: 100 });
    const slow = client.place({});
    await client.settled();
    expect(lab.simulator.ledger.orders).toEqual([]);
    await client.status(slow, 'Filled');
  });

  test('is rejected with details that are no JSON: the client breaks on them and is out of step from then on; a new connection is well', async () => {
    const broken = client.guard();
    lab.simulator.faults.script({ on: 'order', kind: 'garbled-reject' });
    client.place({});
    client.api.reqCurrentTime();
    await moved();
    expect(broken).toEqual([expect.any(SyntaxError)]);
    expect(client.all('currentTime')).toEqual([]);
    lab.simulator.breakConnections();
    await client.gone();
    const again = await lab.client();
    await again.status(again.place({}), 'Filled');
    expect(lab.simulator.ledger.orders).toHaveLength(1);
  });
});

describe('the plan of faults', () => {
  test('the same seed and the same orders have the same faults, in the share that was asked for', () => {
    const run = (seed: string): (string | undefined)[] => {
      const plan = new IbFaultPlan();
      plan.follow({ seed, share: 0.5, kinds: ['lose', 'drop', 'slow'], ms: 100 });
      return Array.from({ length: 400 }, () => plan.next('order', 'x')?.kind);
    };
    expect(run('a')).toEqual(run('a'));
    expect(run('a')).not.toEqual(run('b'));
    const hit = run('a').filter((kind) => kind !== undefined);
    expect(hit.length).toBeGreaterThan(150);
    expect(hit.length).toBeLessThan(250);
    expect(new Set(hit)).toEqual(new Set(['lose', 'drop', 'slow']));
  });

  test('a script waits for what it matches, lets some pass, hits so often, and is counted', () => {
    const plan = new IbFaultPlan();
    plan.script({ on: 'order', kind: 'lose', matching: 'abc', after: 1, times: 2 });
    const kinds = ['abc', 'other', 'abc', 'abc', 'abc'].map((said) => plan.next('order', said)?.kind);
    expect(kinds).toEqual([undefined, undefined, 'lose', 'lose', undefined]);
    expect(plan.next('query', 'abc')).toBeUndefined();
    expect([[...plan.injected], plan.matched]).toEqual([[['lose', 2]], ['abc', 'abc']]);
    plan.script({ on: 'order', kind: 'lose' });
    plan.follow({ seed: 'a', share: 1, kinds: ['drop'] });
    plan.clear();
    expect(plan.next('order', 'abc')).toBeUndefined();
    expect(() => plan.script({ on: 'order', kind: 'nonsense' as never })).toThrow('kind');
  });
});

describe("the admin's door", () => {
  test('does what another process asks, and shows the ledger', async () => {
    const admin = await openAdmin(lab.simulator, 0);
    const tell = async (what: string, body?: object, method = 'POST'): Promise<readonly [number, unknown]> => {
      const answer = await fetch(`${admin.url}/sim/${what}`, {
        method,
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      return [answer.status, await answer.json()];
    };
    try {
      expect(await tell('faults', { on: 'order', kind: 'late-commission', ms: 1 })).toEqual([200, {}]);
      await client.status(client.place({ orderRef: 'one' }), 'Filled');
      const [, ledger] = await tell('ledger', undefined, 'GET');
      expect(ledger).toMatchObject({
        orders: [{ clientOrderId: 'one', state: 'filled', filled: '10' }],
        fills: [{ quantity: '10' }],
        injected: { 'late-commission': 1 },
        matched: [expect.stringContaining('one')],
      });
      const execId = lab.simulator.ledger.fills[0]?.id;
      expect(await tell('correct', { execId, price: '99.5' })).toEqual([200, { execId: `${execId?.slice(0, -1)}2` }]);
      expect(await tell('correct', { execId: 'x' })).toEqual([422, { error: 'there is no execution x' }]);
      expect(await tell('trade', { conId: AAPL, price: '98', volume: '5' })).toEqual([200, {}]);
      expect(await tell('trade', { conId: 1, price: '98', volume: '5' })).toEqual([422, expect.anything()]);
      expect(await tell('trade', { conId: AAPL, price: '1e3', volume: '5' })).toEqual([422, expect.anything()]);
      expect(await tell('hide', { clientOrderId: 'one', ms: 1 })).toEqual([200, { hidden: 1 }]);
      expect(await tell('settings', { readLagMs: 50 })).toEqual([200, {}]);
      expect(lab.simulator.ledger.options.readLag).toBe(50);
      expect(await tell('roll-back', { clientId: 1, count: 1 })).toEqual([200, {}]);
      expect(await tell('profile', { seed: 's', share: 0.1, kinds: ['lose'] })).toEqual([200, {}]);
      expect(await tell('faults', undefined, 'DELETE')).toEqual([200, {}]);
      expect(await tell('connectivity', { code: 1100 })).toEqual([200, {}]);
      expect(await tell('connectivity', { code: 1102 })).toEqual([200, {}]);
      expect(await tell('mute', { clientId: 44 })).toEqual([200, {}]);
      expect(await tell('restart', { downMs: 0 })).toEqual([200, {}]);
      await client.gone();
      expect(await tell('break', {})).toEqual([200, {}]);
      expect(await tell('constructor', {})).toEqual([404, { error: 'no POST /sim/constructor' }]);
      expect(await tell('faults', { on: 'order', kind: 'nonsense' })).toEqual([422, expect.anything()]);
    } finally {
      await admin.close();
    }
  });
});
