import { generateKeyPairSync } from 'node:crypto';
import { decimalString as d } from '../../../domain/money/decimal';
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
import { ExchangeHarness } from '../../../tests/support/exchange-harness';

let h: ExchangeHarness;
beforeEach(async () => {
  h = await ExchangeHarness.open('coinbase');
});
afterEach(() => h.close());

/** Orders of somebody else that fill at once, straight into the ledger. */
function placeForeign(count: number): void {
  for (let index = 0; index < count; index += 1)
    h.simulator.ledger.place(h.key.apiKey, {
      ...{ clientOrderId: null, instrument: h.instrument, side: 'buy', quantity: '0.01' },
      ...{ terms: { type: 'market' }, timeInForce: 'IOC' },
    });
}

test('an id that made an order answers with that order, whatever became of it', async () => {
  const order = await place(h);
  const { order: first } = await found(h, order.clientOrderId);
  expect(first.state).toBe('filled');
  expect(acked(await submit(h, order)).order).toEqual(first);
  expect(await h.acceptedOrders()).toBe(1);
});

test('an order is found behind more orders, and with more executions, than one page holds', async () => {
  const { clientOrderId } = await place(h, { terms: limit('95') });
  placeForeign(255);
  await h.trade(96);
  const { ledger, tapes } = h.simulator;
  for (let index = 0; index < 300; index += 1) tapes.get(h.instrument)?.print(ledger.options.now(), 95, 0.03);
  await new Promise((resolve) => setTimeout(resolve, 310));
  const { order, fills } = await found(h, clientOrderId);
  expect(order).toMatchObject({ clientOrderId, filledQuantity: '9' });
  expect([fills.length, sum(fills)]).toEqual([300, '9']);
});

test('an order whose id comes back with dashes is found, and a foreign one of that form is not taken for ours', async () => {
  const id = newId();
  const dashed = id.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
  h.simulator.ledger.place(h.key.apiKey, {
    ...{ clientOrderId: dashed, instrument: h.instrument, side: 'buy', quantity: '1' },
    ...{ terms: limit('90'), timeInForce: 'GTC' },
  });
  expect(await find(h, id, 'limit')).toMatchObject({ kind: 'found', order: { clientOrderId: id } });
  expect((await h.broker.poll(undefined, () => Promise.resolve([]))).orders).toEqual([]);
});

test('a stop-limit that ends at once is refused before anything is sent', async () => {
  const terms = { type: 'stop-limit', stopPrice: d('105'), price: d('106') } as const;
  expect(await submit(h, request(h, { terms, timeInForce: 'IOC' }))).toMatchObject({
    kind: 'rejected',
    code: 'not_supported',
  });
  expect(await h.acceptedOrders()).toBe(0);
});

test.each([
  ['buy', '95', '96'],
  ['sell', '105', '104'],
] as const)('a stop-limit to %s that the market has passed is refused as such', async (side, stopPrice, price) => {
  await place(h);
  const terms = { type: 'stop-limit', stopPrice: d(stopPrice), price: d(price) } as const;
  const order = request(h, { side, quantity: d('5'), terms });
  expect(await submit(h, order)).toMatchObject({ kind: 'rejected', code: 'would_trigger_immediately' });
});

test('cancelling by an id that the venue does not have, or of an order that has ended, is too late', async () => {
  const { clientOrderId } = await place(h);
  const { venueOrderId } = (await found(h, clientOrderId)).order;
  expect(await h.broker.cancel({ ...locate(h, clientOrderId), venueOrderId })).toEqual({ kind: 'too-late' });
  const nobody = { ...locate(h, newId()), venueOrderId: '0a0b0c0d-0000-4000-8000-000000000000' };
  expect(await h.broker.cancel(nobody)).toEqual({ kind: 'too-late' });
  expect(await find(h, nobody.clientOrderId)).toEqual({ kind: 'not-found' });
});

describe("with a key that is not the account's", () => {
  const stranger = () => {
    const key = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
    const secret = key.export({ type: 'sec1', format: 'pem' }).toString();
    return h.another({ credentials: { apiKey: h.key.apiKey, secret } });
  };

  test('an order is refused and none is made', async () => {
    expect(await stranger().submit(request(h), permit())).toMatchObject({ kind: 'rejected', code: 'account_refused' });
    expect(await h.acceptedOrders()).toBe(0);
  });

  test('the account line says why it does not come up', async () => {
    const why = await new Promise<string>((resolve) => {
      const stream = stranger().stream?.({
        changed: () => undefined,
        quote: () => undefined,
        line: (_, up, words) => {
          if (up || !words.includes('authentication')) return;
          stream?.close();
          resolve(words);
        },
      });
    });
    expect(why).toBe('authentication failure');
  });
});
