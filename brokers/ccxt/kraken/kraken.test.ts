import { decimalString as d, text, dec } from '../../../domain/money/decimal';
import {
  acked,
  find,
  found,
  limit,
  locate,
  newId,
  permit,
  place,
  request,
  submit,
  sum,
} from '../../../tests/support/broker-harness';
import { ExchangeHarness, NO_GATE } from '../../../tests/support/exchange-harness';
import { faultSchema } from '../../../simulators/exchange/faults';

let h: ExchangeHarness;
beforeEach(async () => {
  h = await ExchangeHarness.open('kraken');
});
afterEach(() => h.close());

test('requests that are made at once reach the venue in the order of their nonces', async () => {
  const lookups = await Promise.all(Array.from({ length: 20 }, () => find(h, newId())));
  expect(lookups).toEqual(Array.from({ length: 20 }, () => ({ kind: 'not-found' })));
});

test('an order that is under way while a look-up passes it is refused when it arrives', async () => {
  const order = request(h);
  await find(h, order.clientOrderId);
  h.simulator.faults.script(faultSchema.parse({ on: 'order', kind: 'slow', ms: 1_000 }));
  const outcome = h.broker.submit(order, permit());
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(await h.another().find(locate(h, order.clientOrderId))).toEqual({ kind: 'not-found' });
  expect(await outcome).toMatchObject({
    kind: 'not-sent',
    message: expect.stringContaining('EAPI:Invalid nonce') as string,
  });
  expect(await h.acceptedOrders()).toBe(0);
});

test('an id whose order has ended is taken again: the id alone does not protect', async () => {
  const order = await place(h, { quantity: d('1') });
  expect((await found(h, order.clientOrderId)).order.state).toBe('filled');
  acked(await submit(h, order));
  expect(await h.acceptedOrders()).toBe(2);
});

test('an order and its executions are found behind more of both than one page holds', async () => {
  const { clientOrderId } = await place(h, { quantity: d('1') });
  for (let index = 0; index < 120; index += 1)
    h.simulator.ledger.place(h.key.apiKey, {
      ...{ clientOrderId, instrument: h.instrument, side: index % 2 ? 'buy' : 'sell', quantity: '0.5' },
      ...{ terms: { type: 'market' }, timeInForce: 'IOC' },
    });
  const other = await place(h, { quantity: d('2'), terms: limit('101') });
  expect((await found(h, other.clientOrderId)).order.state).toBe('filled');
  // All 122 bear an id of ours, so that none is asked for by itself.
  const { fills } = await h.broker.poll(undefined, () => Promise.resolve([locate(h, other.clientOrderId)]));
  expect(fills.length).toBeGreaterThan(100);
  const bought = fills.filter(({ side }) => side === 'buy');
  expect(text(dec(sum(bought)).minus(sum(fills.filter(({ side }) => side === 'sell'))))).toBe('3');
});

test('a stop that the market has passed is shown as the stop that it was, filled', async () => {
  await place(h);
  const order = request(h, { side: 'sell', terms: { type: 'stop', stopPrice: d('105') } });
  expect(acked(await submit(h, order)).order).toMatchObject({ type: 'stop', state: 'filled', filledQuantity: '10' });
});

test.each(['EAPI:Rate limit exceeded', 'EGeneral:Temporary lockout'])(
  '%s stops all traffic for a while',
  async (error) => {
    const blocks: string[] = [];
    const gate = { ...NO_GATE, block: (ms: number, why: string) => Promise.resolve(void blocks.push(`${ms} ${why}`)) };
    const body = JSON.stringify({ error: [error] });
    h.simulator.faults.script(faultSchema.parse({ on: 'order', kind: 'answer', status: 200, body }));
    expect(await h.another({ gate }).submit(request(h), permit())).toMatchObject({ kind: 'unknown' });
    expect(blocks).toEqual([`60000 the venue answered ${error}`]);
  },
);

describe("with a secret that is not the key's", () => {
  const stranger = () => {
    const secret = Buffer.from('another secret').toString('base64');
    return h.another({ credentials: { apiKey: h.key.apiKey, secret } });
  };

  test('an order is refused and none is made', async () => {
    expect(await stranger().submit(request(h), permit())).toMatchObject({
      kind: 'rejected',
      code: 'account_refused',
      venueCode: 'EAPI:Invalid signature',
    });
    expect(await h.acceptedOrders()).toBe(0);
  });

  test('the account line says why it does not come up', async () => {
    const why = await new Promise<string>((resolve) => {
      const stream = stranger().stream?.({
        changed: () => undefined,
        quote: () => undefined,
        line: (_, up, words) => {
          if (up) return;
          stream?.close();
          resolve(words);
        },
      });
    });
    expect(why).toContain('EAPI:Invalid signature');
  });
});

test("cancelling by the venue's id cancels that order, once", async () => {
  const { clientOrderId } = await place(h, { terms: limit('90') });
  const { venueOrderId } = (await found(h, clientOrderId, 'limit')).order;
  const ref = { ...locate(h, clientOrderId, 'limit'), venueOrderId };
  expect(venueOrderId).toMatch(/^O[0-9A-Z]{5}-[0-9A-Z]{5}-[0-9A-Z]{6}$/);
  expect(await h.broker.cancel(ref)).toEqual({ kind: 'requested' });
  expect(await h.broker.cancel(ref)).toEqual({ kind: 'too-late' });
});

test('an instrument that the venue does not list is left out', async () => {
  const broker = h.another({ instruments: ['NONE/USD', h.instrument] });
  expect((await broker.instruments()).map(({ id, baseAsset, quoteAsset }) => [id, baseAsset, quoteAsset])).toEqual([
    ['BTC/USD', 'BTC', 'USD'],
  ]);
});
