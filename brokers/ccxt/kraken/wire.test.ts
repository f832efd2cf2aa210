import { createHash, createHmac } from 'node:crypto';
import { decimalString as d } from '../../../domain/money/decimal';
import type { OrderRequest } from '../../../domain/order/order';
import { testInstrument } from '../../../tests/support/paper-harness';
import { simulatorKey } from '../../../tests/support/simulator-keys';
import { wireOrder, wireRequest } from '../../../tests/support/wire';
import { KRAKEN } from './dialect';
import { assetOf, namesOf, pairOf } from './symbols';

const END = { credentials: simulatorKey('kraken') };

const KINDS: readonly [kind: string, request: Partial<OrderRequest>, expected: object][] = [
  ['market', { terms: { type: 'market' } }, { ordertype: 'market' }],
  ['limit', {}, { ordertype: 'limit', price: '95.25', timeinforce: 'GTC' }],
  [
    'post-only',
    { terms: { type: 'limit', price: d('95.25'), postOnly: true } },
    { ordertype: 'limit', price: '95.25', timeinforce: 'GTC', oflags: 'fciq,post' },
  ],
  ['IOC', { timeInForce: 'IOC' }, { ordertype: 'limit', price: '95.25', timeinforce: 'IOC' }],
  ['FOK', { timeInForce: 'FOK' }, { ordertype: 'limit', price: '95.25', timeinforce: 'FOK' }],
  [
    'stop',
    { terms: { type: 'stop', stopPrice: d('90.5') } },
    { ordertype: 'stop-loss', price: '90.5', trigger: 'last' },
  ],
  [
    'stop-limit',
    { terms: { type: 'stop-limit', stopPrice: d('90.5'), price: d('90.25') } },
    { ordertype: 'stop-loss-limit', price: '90.5', price2: '90.25', trigger: 'last', timeinforce: 'GTC' },
  ],
  [
    'trailing-stop',
    { terms: { type: 'trailing-stop', trailBps: 150 } },
    { ordertype: 'trailing-stop', price: '+1.5%', trigger: 'last' },
  ],
];

describe.each(KINDS)('a %s order', (_, changes, expected) => {
  test.each(['buy', 'sell'] as const)('to %s leaves as Kraken reads it, and with nothing else', async (side) => {
    const request = wireRequest({ ...changes, side });
    const before = Date.now();
    const { method, path, params, signed } = await wireOrder(KRAKEN, END, request, testInstrument());
    const { nonce, deadline, ...told } = params;
    expect({ method, path, told }).toEqual({
      method: 'POST',
      path: '/0/private/AddOrder',
      told: {
        pair: 'XBTUSDT',
        type: side,
        volume: '1.5',
        cl_ord_id: '0123456789abcdef0123456789abcdef',
        oflags: 'fciq',
        ...expected,
      },
    });
    expect(Date.parse(String(deadline))).toBeGreaterThanOrEqual(before + 3_600);
    expect(Date.parse(String(deadline))).toBeLessThanOrEqual(Date.now() + 3_600);
    const hash = createHash('sha256')
      .update(`${String(nonce)}${signed.body}`)
      .digest();
    const secret = Buffer.from(END.credentials.secret, 'base64');
    expect(signed.headers['API-Sign']).toBe(createHmac('sha512', secret).update(path).update(hash).digest('base64'));
  });
});

test('nonces grow also within a millisecond', () => {
  const exchange = KRAKEN.exchange({ ...END, mode: 'live', validityWindow: 6_000 });
  const nonces = Array.from({ length: 1_000 }, () => exchange.nonce());
  expect(nonces.every((nonce, index) => index === 0 || nonce > (nonces[index - 1] ?? 0))).toBe(true);
});

test('a validity that leaves no deadline that Kraken takes is refused, and so is a sandbox', () => {
  const end = { ...END, mode: 'live', validityWindow: 4_000 } as const;
  expect(() => KRAKEN.exchange(end)).toThrow('validityWindow must be at least 4167 ms');
  expect(() => KRAKEN.exchange({ ...end, mode: 'sandbox', validityWindow: 6_000 })).toThrow(RangeError);
});

test.each([
  ['BTC/USD', 'XBTUSD', 'XXBTZUSD'],
  ['ETH/BTC', 'ETHXBT', 'XETHXXBT'],
  ['USDT/USD', 'USDTUSD', 'USDTZUSD'],
  ['DOGE/EUR', 'XDGEUR', 'XDGEUR'],
  ['SOL/USDC', 'SOLUSDC', 'SOLUSDC'],
])('%s is %s to Kraken, and known under %s as well', (id, pair, other) => {
  expect(pairOf(id)).toBe(pair);
  expect(namesOf(id)).toEqual(expect.arrayContaining([pair, other]));
});

test('assets have one name with us', () => {
  expect(['XXBT', 'XBT', 'ZUSD', 'XETH', 'ETH', 'XXDG', 'SOL', 'XBT.F'].map(assetOf)).toEqual([
    'BTC',
    'BTC',
    'USD',
    'ETH',
    'ETH',
    'DOGE',
    'SOL',
    'XBT.F',
  ]);
});

test.each([
  [['EOrder:Insufficient funds'], 'EOrder:Insufficient funds'],
  [['WGeneral:Danger', 'EGeneral:Invalid arguments:volume'], 'EGeneral:Invalid arguments'],
  [['EGeneral:Internal error:42'], 'EGeneral:Internal error'],
  [['EOrder:Duplicate client order id'], 'EOrder:Duplicate order'],
  [['EGeneral:Invalid arguments:cl_ord_id'], 'EOrder:Invalid reference id'],
  [[], undefined],
])('%j is the code %s', (error, code) => {
  expect(KRAKEN.codes.codeOf(JSON.stringify({ error }))).toBe(code);
});
