import { instant } from '../../../domain/clock/instant';
import { decimalString as d } from '../../../domain/money/decimal';
import {
  acked,
  find,
  found,
  limit,
  locate,
  nothing,
  permit,
  place,
  pollOf,
  request,
  submit,
  sum,
} from '../../../tests/support/broker-harness';
import { ExchangeHarness, NO_GATE } from '../../../tests/support/exchange-harness';
import { faultSchema } from '../../../simulators/exchange/faults';
import { BrokerError } from '../broker-error';
import { BYBIT } from './dialect';
import { refusalOf } from './orders';
import { BYBIT_STREAM } from './stream';

let h: ExchangeHarness;
beforeEach(async () => {
  h = await ExchangeHarness.open('bybit');
});
afterEach(() => h.close());

const protect = { side: 'sell', terms: { type: 'stop-limit', stopPrice: d('95'), price: d('94.5') } } as const;
const placeByHand = (quantity: string): void =>
  void h.simulator.ledger.place(h.key.apiKey, {
    ...{ clientOrderId: null, instrument: h.instrument, side: 'buy', quantity },
    ...{ terms: { type: 'market' }, timeInForce: 'GTC' },
  });

describe('stops', () => {
  test.each([
    ['sell', '100'],
    ['sell', '105'],
    ['buy', '100'],
    ['buy', '95'],
  ] as const)(
    'one to %s at %s, which the market at 100 has passed, is refused before anything is sent',
    async (side, at) => {
      await place(h);
      h.simulator.faults.script(faultSchema.parse({ on: 'order', kind: 'lose' }));
      const outcome = await submit(h, request(h, { side, terms: { type: 'stop', stopPrice: d(at) } }));
      expect(outcome).toMatchObject({ kind: 'rejected', code: 'would_trigger_immediately', venueCode: 'stop_passed' });
      // Had it been sent, its answer would have been lost.
      expect(h.simulator.faults.injected.size).toBe(0);
    },
  );

  test('without a price to look at nothing is sent', async () => {
    await place(h);
    h.simulator.faults.script(faultSchema.parse({ on: 'public', kind: 'answer', status: 502, body: '' }));
    expect(await submit(h, request(h, protect))).toMatchObject({ kind: 'not-sent' });
  });

  test('hold what they will sell, trigger under the id that they had, and the rest can be cancelled', async () => {
    await place(h);
    const { clientOrderId } = await place(h, protect);
    const held = (await h.broker.balances()).find(({ asset }) => asset === 'BTC');
    expect([held?.free, held?.locked]).toEqual(['0', '10']);
    await h.trade(94.5, 4);
    await h.trade(94);
    const { cursor } = await pollOf(h, undefined);
    expect(cursor).toContain(h.instrument);
    const { order } = await found(h, clientOrderId, 'stop-limit');
    expect(order).toMatchObject({ type: 'stop-limit', state: 'open', filledQuantity: '4' });
    expect(await h.broker.openOrders()).toMatchObject([{ clientOrderId, venueOrderId: order.venueOrderId }]);
    expect(await h.broker.cancel(locate(h, clientOrderId, 'stop-limit'))).toEqual({ kind: 'requested' });
    const { order: ended, fills } = await found(h, clientOrderId, 'stop-limit');
    expect([ended.state, ended.type, sum(fills)]).toEqual(['cancelled', 'stop-limit', '4']);
    expect(await h.broker.cancel(locate(h, clientOrderId, 'stop-limit'))).toEqual({ kind: 'too-late' });
  });

  test('that have not triggered are cancelled in their own book', async () => {
    await place(h);
    const { clientOrderId } = await place(h, protect);
    expect(await h.broker.cancel(locate(h, clientOrderId, 'stop-limit'))).toEqual({ kind: 'requested' });
    expect((await found(h, clientOrderId, 'stop-limit')).order.state).toBe('cancelled');
  });
});

describe('a client order id', () => {
  test('is not taken a second time, not even after its order has filled', async () => {
    const order = await place(h);
    expect(await submit(h, order)).toMatchObject({ kind: 'rejected', code: 'duplicate_client_order_id' });
    expect(await h.acceptedOrders()).toBe(1);
  });

  test('is looked for in the history once the list of the lately ended has forgotten it', async () => {
    const { clientOrderId } = await place(h);
    for (let n = 0; n < 501; n += 1) placeByHand('0.01');
    expect((await found(h, clientOrderId)).order.state).toBe('filled');
  });

  test('is forgotten a day after its order ended without a fill', async () => {
    const { clientOrderId } = await place(h, { terms: limit('90') });
    await h.broker.cancel(locate(h, clientOrderId, 'limit'));
    const [order] = h.simulator.ledger.orders;
    if (order) order.updatedAt -= BYBIT.timings.retention - 60_000;
    expect((await find(h, clientOrderId, 'limit')).kind).toBe('found');
    if (order) order.updatedAt -= 120_000;
    expect((await find(h, clientOrderId, 'limit')).kind).toBe('not-found');
  });
});

test('a post-only order that would take is acknowledged, then refused by the engine: it is found as rejected', async () => {
  const order = request(h, { terms: { type: 'limit', price: d('101'), postOnly: true } });
  expect(await submit(h, order)).toMatchObject({ kind: 'rejected', code: 'would_take_liquidity' });
  expect((await found(h, order.clientOrderId, 'limit')).order).toMatchObject({
    state: 'rejected',
    filledQuantity: '0',
  });
});

test('the engine may refuse for other reasons; what a user or a limit of time ended is no refusal', () => {
  expect(refusalOf({ orderStatus: 'Rejected', rejectReason: 'EC_InvalidSymbolStatus' })?.code).toBe('invalid_order');
  expect(refusalOf({ orderStatus: 'Rejected', rejectReason: '' })?.venueCode).toBe('Rejected');
  expect(refusalOf({ orderStatus: 'Cancelled', rejectReason: 'EC_CancelForNoFullFill' })).toBeUndefined();
});

test('an acknowledged order that cannot be read back yet is open, under the id that was acknowledged', async () => {
  h.simulator.faults.script(faultSchema.parse({ on: 'query', kind: 'answer', status: 502, body: '' }));
  const { order } = acked(await submit(h, request(h)));
  expect(order).toMatchObject({ state: 'open', venueOrderId: h.simulator.ledger.orders[0]?.id });
});

test('all pages and weeks of executions and all pages of working orders are read', async () => {
  for (let n = 0; n < 130; n += 1) placeByHand('0.1');
  const [first] = h.simulator.ledger.fills;
  if (first) Object.assign(first, { at: first.at - 20 * 86_400_000 });
  const broker = h.another({ historyFrom: instant(Date.now() - 30 * 86_400_000) });
  const { fills } = await broker.poll(undefined, nothing);
  expect([fills.length, sum(fills), fills[0]?.venueFillId]).toEqual([130, '13', first?.id]);
  for (let n = 0; n < 60; n += 1)
    h.simulator.ledger.place(h.key.apiKey, {
      ...{ clientOrderId: null, instrument: h.instrument, side: 'buy', quantity: '0.1' },
      ...{ terms: limit('50'), timeInForce: 'GTC' },
    });
  expect((await h.broker.openOrders()).length).toBe(60);
});

test.each([
  [403, 'access too frequent'],
  [200, JSON.stringify({ retCode: 10018, retMsg: 'exceed ip rate limit' })],
])('a limit of the address (status %s) stops all traffic for ten minutes', async (status, body) => {
  const blocks: number[] = [];
  const gate = { ...NO_GATE, block: (ms: number) => Promise.resolve(void blocks.push(ms)) };
  h.simulator.faults.script(faultSchema.parse({ on: 'order', kind: 'answer', status, body }));
  expect(await h.another({ gate }).submit(request(h), permit())).toMatchObject({ kind: 'unknown' });
  expect(blocks).toEqual([600_000]);
});

test.each(['10000', '10016', '10429', '170001', '170007', '170146', '170149'])(
  'code %s looks final and is not: the outcome is unknown',
  async (code) => {
    const body = JSON.stringify({ retCode: Number(code), retMsg: 'words', result: {} });
    h.simulator.faults.script(faultSchema.parse({ on: 'order', kind: 'answer-after', status: 200, body }));
    const order = request(h);
    expect(await submit(h, order)).toMatchObject({ kind: 'unknown' });
    expect((await found(h, order.clientOrderId)).order.state).toBe('filled');
  },
);

test('an acknowledgement without our id is no acknowledgement', () => {
  const answer = { retCode: 0, result: { orderId: '7', orderLinkId: 'another' } };
  expect(() => BYBIT.placed(answer, request(h))).toThrow(BrokerError);
});

test('frames: a refused log-in is told, a pong is nothing, a level without prices is none', () => {
  expect(BYBIT_STREAM.readAccount('{"op":"auth","success":false,"ret_msg":"no"}')).toEqual({
    kind: 'refused',
    why: 'no',
  });
  expect(BYBIT_STREAM.readAccount('{"op":"pong"}')).toEqual({ kind: 'other' });
  expect(BYBIT_STREAM.readQuotes('{"op":"subscribe","success":false,"ret_msg":"no"}', [])).toMatchObject({
    kind: 'refused',
  });
  const frame = { topic: 'orderbook.1.BTCUSDT', data: { b: [], a: [['1', '1']] } };
  expect(BYBIT_STREAM.readQuotes(JSON.stringify(frame), ['BTC/USDT'])).toEqual({ kind: 'other' });
});
