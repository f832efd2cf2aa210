import { createPublicKey, verify } from 'node:crypto';
import { decimalString as d } from '../../../domain/money/decimal';
import type { OrderRequest } from '../../../domain/order/order';
import { testInstrument } from '../../../tests/support/paper-harness';
import { simulatorKey } from '../../../tests/support/simulator-keys';
import { wireOrder, wireRequest } from '../../../tests/support/wire';
import { BrokerError } from '../broker-error';
import { COINBASE } from './dialect';
import { sameId } from './orders';

const END = { credentials: simulatorKey('coinbase') };
const limit = (changes: object = {}): object => ({ base_size: '1.5', limit_price: '95.25', ...changes });

const KINDS: readonly [kind: string, request: Partial<OrderRequest>, buy: object, sell?: object][] = [
  ['market', { terms: { type: 'market' } }, { market_market_ioc: { base_size: '1.5' } }],
  ['limit', {}, { limit_limit_gtc: limit({ post_only: false }) }],
  [
    'post-only',
    { terms: { type: 'limit', price: d('95.25'), postOnly: true } },
    { limit_limit_gtc: limit({ post_only: true }) },
  ],
  ['IOC', { timeInForce: 'IOC' }, { sor_limit_ioc: limit() }],
  ['FOK', { timeInForce: 'FOK' }, { limit_limit_fok: limit() }],
  [
    'stop-limit',
    { terms: { type: 'stop-limit', stopPrice: d('90.5'), price: d('95.25') } },
    { stop_limit_stop_limit_gtc: limit({ stop_price: '90.5', stop_direction: 'STOP_DIRECTION_STOP_UP' }) },
    { stop_limit_stop_limit_gtc: limit({ stop_price: '90.5', stop_direction: 'STOP_DIRECTION_STOP_DOWN' }) },
  ],
];

describe.each(KINDS)('a %s order', (_, changes, buy, sell = buy) => {
  test.each([
    ['buy', buy],
    ['sell', sell],
  ] as const)('to %s leaves as Coinbase reads it, and with nothing else', async (side, order_configuration) => {
    const request = wireRequest({ ...changes, side });
    const { method, path, params } = await wireOrder(COINBASE, END, request, testInstrument());
    expect({ method, path, params }).toEqual({
      method: 'POST',
      path: '/api/v3/brokerage/orders',
      params: {
        client_order_id: '0123456789abcdef0123456789abcdef',
        product_id: 'BTC-USDT',
        side: side.toUpperCase(),
        order_configuration,
      },
    });
  });
});

test('a request bears a token of ES256 for its own method and address, good from now on for two minutes', async () => {
  const { signed } = await wireOrder(COINBASE, END, wireRequest(), testInstrument());
  const [head = '', payload = '', signature = ''] = String(signed.headers['Authorization']).slice(7).split('.');
  const json = (part: string): unknown => JSON.parse(Buffer.from(part, 'base64url').toString());
  expect(json(head)).toMatchObject({ alg: 'ES256', kid: END.credentials.apiKey });
  const claims = json(payload) as { nbf: number; exp: number };
  expect(claims).toMatchObject({
    sub: END.credentials.apiKey,
    uri: 'POST api.coinbase.com/api/v3/brokerage/orders',
  });
  expect(claims.exp - claims.nbf).toBe(120);
  expect(claims.nbf).toBeLessThanOrEqual(Date.now() / 1_000);
  const key = { key: createPublicKey(END.credentials.secret), dsaEncoding: 'ieee-p1363' } as const;
  expect(verify('sha256', Buffer.from(`${head}.${payload}`), key, Buffer.from(signature, 'base64url'))).toBe(true);
});

test('a key whose line ends are written out signs as well', async () => {
  const { apiKey, secret } = END.credentials;
  const credentials = { apiKey, secret: secret.replaceAll('\n', '\\n') };
  const { signed } = await wireOrder(COINBASE, { credentials }, wireRequest(), testInstrument());
  expect(String(signed.headers['Authorization'])).toMatch(/^Bearer [\w-]+\.[\w-]+\.[\w-]+$/);
});

test('there is no sandbox', () => {
  const end = { ...END, mode: 'sandbox', validityWindow: 5_000 } as const;
  expect(() => COINBASE.exchange(end)).toThrow(RangeError);
  expect(COINBASE.exchange({ ...end, baseUrl: 'http://127.0.0.1:1' }).urls['api']).toEqual({
    rest: 'http://127.0.0.1:1',
  });
});

test('an id is the same with dashes and without, and no id is the same as none', () => {
  const id = '0123456789abcdef0123456789abcdef';
  expect(sameId('01234567-89ab-cdef-0123-456789ABCDEF', id)).toBe(true);
  expect(sameId('01234567-89ab-cdef-0123-456789abcdee', id)).toBe(false);
  expect(sameId(null, id)).toBe(false);
});

function outcomeOf(read: () => unknown): unknown {
  try {
    return read();
  } catch (error) {
    return error instanceof BrokerError ? error.outcome : error;
  }
}

describe('an answer to an order', () => {
  const request = wireRequest({ instrument: 'BTC/USD' });
  const response = {
    order_id: 'A',
    product_id: 'BTC-USD',
    side: 'BUY',
    client_order_id: '01234567-89ab-cdef-0123-456789abcdef',
  };

  test('names the order', () => {
    expect(COINBASE.placed({ success: true, success_response: response }, request)).toEqual({ venueOrderId: 'A' });
  });

  test.each([
    ['that is no success and names no error', { success: false }],
    ['that succeeds without an order', { success: true }],
    ['with another id', { success: true, success_response: { ...response, client_order_id: 'b' } }],
    ['with the other side', { success: true, success_response: { ...response, side: 'SELL' } }],
    ['with another product', { success: true, success_response: { ...response, product_id: 'ETH-USD' } }],
  ])('%s leaves the outcome unknown', (_, answer) => {
    expect(outcomeOf(() => COINBASE.placed(answer, request))).toBe('unknown');
  });
});

test.each([
  [
    'preview',
    { error: 'UNKNOWN_FAILURE_REASON', preview_failure_reason: 'PREVIEW_INSUFFICIENT_FUND' },
    'INSUFFICIENT_FUND',
  ],
  [
    'order',
    { error: 'INSUFFICIENT_FUND', preview_failure_reason: 'UNKNOWN_PREVIEW_FAILURE_REASON' },
    'INSUFFICIENT_FUND',
  ],
  ['neither', { error: 'UNKNOWN_FAILURE_REASON' }, 'UNKNOWN_FAILURE_REASON'],
])('the reason of a refusal is the one that %s tells', (_, error_response, code) => {
  expect(COINBASE.codes.codeOf(JSON.stringify({ success: false, error_response }))).toBe(code);
});
