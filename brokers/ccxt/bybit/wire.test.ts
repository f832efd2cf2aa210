import { decimalString as d } from '../../../domain/money/decimal';
import type { OrderRequest } from '../../../domain/order/order';
import { testInstrument } from '../../../tests/support/paper-harness';
import { simulatorKey } from '../../../tests/support/simulator-keys';
import { wireOrder, wireRequest } from '../../../tests/support/wire';
import { NotSent } from '../broker-error';
import { BYBIT } from './dialect';

const MARKET = { orderType: 'Market', marketUnit: 'baseCoin' };
const LIMIT = { orderType: 'Limit', price: '95.25' };
const STOP = { orderFilter: 'tpslOrder', triggerPrice: '90.5' };

const KINDS: readonly [kind: string, request: Partial<OrderRequest>, told: object][] = [
  ['market', { terms: { type: 'market' } }, MARKET],
  ['limit', {}, { ...LIMIT, timeInForce: 'GTC' }],
  ['post-only', { terms: { type: 'limit', price: d('95.25'), postOnly: true } }, { ...LIMIT, timeInForce: 'PostOnly' }],
  ['IOC', { timeInForce: 'IOC' }, { ...LIMIT, timeInForce: 'IOC' }],
  ['FOK', { timeInForce: 'FOK' }, { ...LIMIT, timeInForce: 'FOK' }],
  ['stop', { terms: { type: 'stop', stopPrice: d('90.5') } }, { ...MARKET, ...STOP }],
  [
    'stop-limit',
    { terms: { type: 'stop-limit', stopPrice: d('90.5'), price: d('90.25') } },
    { ...LIMIT, price: '90.25', timeInForce: 'GTC', ...STOP },
  ],
];

describe.each(KINDS)('a %s order', (_, changes, told) => {
  test.each(['buy', 'sell'] as const)('to %s leaves as Bybit reads it, and with nothing else', async (side) => {
    const request = wireRequest({ ...changes, side });
    const end = { credentials: simulatorKey('bybit') };
    const { method, path, params, signed } = await wireOrder(BYBIT, end, request, testInstrument());
    expect({ method, path, params }).toEqual({
      method: 'POST',
      path: '/v5/order/create',
      params: {
        category: 'spot',
        symbol: 'BTCUSDT',
        side: side === 'buy' ? 'Buy' : 'Sell',
        qty: '1.5',
        orderLinkId: '0123456789abcdef0123456789abcdef',
        isLeverage: 0,
        ...told,
      },
    });
    expect(signed.headers).toMatchObject({
      'X-BAPI-API-KEY': 'bybit-key-of-a-test',
      'X-BAPI-TIMESTAMP': expect.stringMatching(/^\d{13}$/) as string,
      'X-BAPI-RECV-WINDOW': '3000',
      'X-BAPI-SIGN': expect.stringMatching(/^[0-9a-f]{64}$/) as string,
    });
  });
});

test('a trailing stop is never made into something else', () => {
  const trailing = wireRequest({ terms: { type: 'trailing-stop', trailBps: 150 } });
  expect(() => BYBIT.orderCall(trailing, testInstrument())).toThrow(NotSent);
});
