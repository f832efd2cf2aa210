import { createHmac } from 'node:crypto';
import { decimalString as d } from '../../../domain/money/decimal';
import {
  acked,
  find,
  found,
  limit,
  locate,
  place,
  pollOf,
  request,
  submit,
  sum,
} from '../../../tests/support/broker-harness';
import { ExchangeHarness } from '../../../tests/support/exchange-harness';
import { faultSchema } from '../../../simulators/exchange/faults';
import { simulatorKey } from '../../../tests/support/simulator-keys';
import { BrokerError } from '../broker-error';
import { OKX_CODES } from './codes';
import { OKX } from './dialect';
import { OKX_STREAM } from './stream';

let h: ExchangeHarness;
beforeEach(async () => {
  h = await ExchangeHarness.open('okx');
});
afterEach(() => h.close());

const protect = { side: 'sell', terms: { type: 'stop-limit', stopPrice: d('95'), price: d('94.5') } } as const;

describe('a stop that has triggered', () => {
  test('keeps the ids that it was sent under: its executions are its own, though OKX made a new order', async () => {
    await place(h);
    const stop = acked(
      await submit(h, request(h, { side: 'sell', terms: { type: 'stop', stopPrice: d('95') } })),
    ).order;
    const { cursor } = await pollOf(h, undefined);
    await h.trade(95);
    await h.trade(95);
    const { orders, fills } = await pollOf(h, cursor);
    const { clientOrderId, venueOrderId } = stop;
    expect(orders).toMatchObject([
      { clientOrderId, venueOrderId, type: 'stop', state: 'filled', filledQuantity: '10' },
    ]);
    const sold = fills.filter(({ side }) => side === 'sell');
    expect(sold.map((fill) => [fill.clientOrderId, fill.venueOrderId])).toEqual([[clientOrderId, venueOrderId]]);
    expect((await found(h, clientOrderId, 'stop')).fills).toEqual(sold);
  });

  test('into a limit that rests is listed as the stop, and its rest can be cancelled', async () => {
    await place(h);
    const { clientOrderId } = await place(h, protect);
    await h.trade(94.5, 4);
    await h.trade(94);
    const listed = await h.broker.openOrders();
    const { order } = await found(h, clientOrderId, 'stop-limit');
    expect(listed).toMatchObject([
      { clientOrderId, venueOrderId: order.venueOrderId, type: 'stop-limit', filledQuantity: '4' },
    ]);
    expect(await h.broker.cancel(locate(h, clientOrderId, 'stop-limit'))).toEqual({ kind: 'requested' });
    const { order: ended, fills } = await found(h, clientOrderId, 'stop-limit');
    expect([ended.state, ended.type, sum(fills)]).toEqual(['cancelled', 'stop-limit', '4']);
    expect(await h.broker.cancel(locate(h, clientOrderId, 'stop-limit'))).toEqual({ kind: 'too-late' });
  });

  test('a stop that has not triggered is cancelled in its own book', async () => {
    await place(h);
    const { clientOrderId } = await place(h, protect);
    expect(await h.broker.cancel(locate(h, clientOrderId, 'stop-limit'))).toEqual({ kind: 'requested' });
    expect((await found(h, clientOrderId, 'stop-limit')).order.state).toBe('cancelled');
  });

  test('an execution is not given to anybody while its order is not shown', async () => {
    await place(h);
    await pollOf(h, undefined);
    await place(h);
    // Before it come the working orders of four lists, and the executions; the first order is known.
    h.simulator.faults.script({
      ...{ on: 'query', kind: 'answer', times: 1, after: 5, ms: 0, status: 200 },
      body: JSON.stringify({ code: '51603', data: [], msg: 'Order does not exist' }),
    });
    await expect(h.broker.poll(undefined, () => Promise.resolve([]))).rejects.toThrow('order of an execution');
  });
});

test('a post-only order that would take is accepted, ended and so refused; it is found as ended, without a fill', async () => {
  const order = request(h, { terms: { type: 'limit', price: d('101'), postOnly: true } });
  expect(await submit(h, order)).toMatchObject({ kind: 'rejected', code: 'would_take_liquidity' });
  expect((await found(h, order.clientOrderId, 'limit')).order).toMatchObject({
    state: 'cancelled',
    filledQuantity: '0',
  });
});

test.each(['50004', '50011', '50026', '50061', '51149'])(
  'code %s looks final and is not: the outcome is unknown',
  async (code) => {
    const body = JSON.stringify({ code: '1', msg: 'All operations failed', data: [{ ordId: '', sCode: code }] });
    h.simulator.faults.script(faultSchema.parse({ on: 'order', kind: 'answer-after', status: 200, body }));
    const order = request(h);
    expect(await submit(h, order)).toMatchObject({ kind: 'unknown' });
    expect((await found(h, order.clientOrderId)).order.state).toBe('filled');
  },
);

test('all pages of executions are read', async () => {
  for (let n = 0; n < 130; n += 1) {
    h.simulator.ledger.place(h.key.apiKey, {
      ...{ clientOrderId: null, instrument: h.instrument, side: 'buy', quantity: '0.1' },
      ...{ terms: { type: 'market' }, timeInForce: 'GTC' },
    });
  }
  const { fills } = await h.broker.poll(undefined, () => Promise.resolve([]));
  expect([fills.length, sum(fills)]).toEqual([130, '13']);
});

test('an order that ended without a fill is forgotten after two hours', async () => {
  const { clientOrderId } = await place(h, { terms: limit('90') });
  await h.broker.cancel(locate(h, clientOrderId, 'limit'));
  const [order] = h.simulator.ledger.orders;
  if (order) order.updatedAt -= OKX.timings.retention - 60_000;
  expect((await find(h, clientOrderId, 'limit')).kind).toBe('found');
  if (order) order.updatedAt -= 120_000;
  expect((await find(h, clientOrderId, 'limit')).kind).toBe('not-found');
});

test('a plain order bears its deadline; one whose deadline has passed at the venue is not accepted', async () => {
  const base = h.options.baseUrl ?? '';
  const body = JSON.stringify({ instId: 'BTC-USDT', tdMode: 'cash', side: 'buy', ordType: 'limit', px: '90', sz: '1' });
  const post = async (expTime: number): Promise<string> => {
    const stamp = new Date().toISOString();
    const { apiKey, secret, password = '' } = h.key;
    const sign = createHmac('sha256', secret).update(`${stamp}POST/api/v5/trade/order${body}`).digest('base64');
    const keys = { 'OK-ACCESS-KEY': apiKey, 'OK-ACCESS-PASSPHRASE': password, 'OK-ACCESS-SIGN': sign };
    const headers = { ...keys, 'OK-ACCESS-TIMESTAMP': stamp, expTime: String(expTime) };
    return (await fetch(`${base}/api/v5/trade/order`, { method: 'POST', headers, body })).text();
  };
  expect(OKX_CODES.codeOf(await post(Date.now() - 1))).toBe('50036');
  expect(OKX_CODES.notAccepted.has('50036')).toBe(true);
  expect(OKX_CODES.codeOf(await post(Date.now() + 1_000))).toBe('0');
  expect(OKX.headers?.(1_700_000_000_000)).toEqual({ expTime: '1700000000000' });
});

describe('an account', () => {
  const end = { credentials: simulatorKey('okx'), mode: 'live', validityWindow: 35_000 } as const;

  test('without a passphrase is refused', () => {
    const { apiKey, secret } = end.credentials;
    expect(() => OKX.exchange({ ...end, credentials: { apiKey, secret } })).toThrow(/passphrase/);
  });

  test('with a window that a stop could outlive is refused', () => {
    expect(() => OKX.exchange({ ...end, validityWindow: 30_000 })).toThrow(/validity window/);
  });

  test('in the sandbox says so in a header of every request', () => {
    expect(OKX.exchange({ ...end, mode: 'sandbox' }).headers).toMatchObject({ 'x-simulated-trading': '1' });
    expect(OKX.exchange(end).headers).not.toHaveProperty('x-simulated-trading');
  });
});

describe('answers and frames that are not what they should be', () => {
  test('an acknowledgement without our id is no acknowledgement', () => {
    const answer = { code: '0', data: [{ ordId: '7', clOrdId: 'another', sCode: '0' }] };
    expect(() => OKX.placed(answer, request(h))).toThrow(BrokerError);
    expect(() => OKX.placed({ code: '0', data: [] }, request(h))).toThrow(BrokerError);
    expect(() => OKX.placed({ code: '2', data: [{ ordId: '', sCode: '51008' }] }, request(h))).toThrow(BrokerError);
  });

  test('a refused log-in is told, a pong is nothing', () => {
    expect(OKX_STREAM.readAccount('{"event":"error","code":"60009"}')).toMatchObject({ kind: 'refused' });
    expect(OKX_STREAM.readAccount('pong')).toEqual({ kind: 'other' });
    expect(OKX_STREAM.readQuotes('pong', [])).toEqual({ kind: 'other' });
    expect(OKX_STREAM.readQuotes('{"event":"error","code":"60018"}', [])).toMatchObject({ kind: 'refused' });
    const ticker = { data: [{ instId: 'BTC-USDT', last: 'x', bidPx: '1', askPx: '1' }] };
    expect(OKX_STREAM.readQuotes(JSON.stringify(ticker), ['BTC/USDT'])).toEqual({ kind: 'other' });
  });
});
