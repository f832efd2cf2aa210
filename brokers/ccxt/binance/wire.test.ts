import { decimalString as d } from '../../../domain/money/decimal';
import type { OrderRequest } from '../../../domain/order/order';
import { testInstrument } from '../../../tests/support/paper-harness';
import { simulatorKey } from '../../../tests/support/simulator-keys';
import { wireOrder, wireRequest } from '../../../tests/support/wire';
import { BINANCE } from './dialect';

const KINDS: readonly [kind: string, request: Partial<OrderRequest>, expected: object][] = [
  ['market', { terms: { type: 'market' } }, { type: 'MARKET' }],
  ['limit', {}, { type: 'LIMIT', price: '95.25', timeInForce: 'GTC' }],
  [
    'post-only',
    { terms: { type: 'limit', price: d('95.25'), postOnly: true } },
    { type: 'LIMIT_MAKER', price: '95.25' },
  ],
  ['IOC', { timeInForce: 'IOC' }, { type: 'LIMIT', price: '95.25', timeInForce: 'IOC' }],
  ['FOK', { timeInForce: 'FOK' }, { type: 'LIMIT', price: '95.25', timeInForce: 'FOK' }],
  ['stop', { terms: { type: 'stop', stopPrice: d('90.5') } }, { type: 'STOP_LOSS', stopPrice: '90.5' }],
  [
    'stop-limit',
    { terms: { type: 'stop-limit', stopPrice: d('90.5'), price: d('90.25') } },
    { type: 'STOP_LOSS_LIMIT', stopPrice: '90.5', price: '90.25', timeInForce: 'GTC' },
  ],
  ['trailing-stop', { terms: { type: 'trailing-stop', trailBps: 150 } }, { type: 'STOP_LOSS', trailingDelta: '150' }],
];

describe.each(KINDS)('a %s order', (_, changes, expected) => {
  test.each(['buy', 'sell'] as const)('to %s leaves as Binance reads it, and with nothing else', async (side) => {
    const request = wireRequest({ ...changes, side });
    const { method, path, params } = await wireOrder(
      BINANCE,
      { credentials: simulatorKey('binance') },
      request,
      testInstrument(),
    );
    const { timestamp, signature, ...told } = params;
    expect({ method, path, told }).toEqual({
      method: 'POST',
      path: '/api/v3/order',
      told: {
        symbol: 'BTCUSDT',
        side: side.toUpperCase(),
        quantity: '1.5',
        newClientOrderId: '0123456789abcdef0123456789abcdef',
        newOrderRespType: 'FULL',
        recvWindow: '3000',
        ...expected,
      },
    });
    expect([timestamp, signature]).toEqual([
      expect.stringMatching(/^\d{13}$/),
      expect.stringMatching(/^[0-9a-f]{64}$/),
    ]);
  });
});
