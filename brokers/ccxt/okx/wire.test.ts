import { decimalString as d } from '../../../domain/money/decimal';
import type { OrderRequest } from '../../../domain/order/order';
import { testInstrument } from '../../../tests/support/paper-harness';
import { simulatorKey } from '../../../tests/support/simulator-keys';
import { wireOrder, wireRequest } from '../../../tests/support/wire';
import { OKX } from './dialect';

const OUR_ID = '0123456789abcdef0123456789abcdef';
const ALGO = { algoClOrdId: OUR_ID, ordType: 'conditional', slTriggerPx: '90.5', slTriggerPxType: 'last' };
/** What only a buy at market says of its size. */
const IN_BASE = { tgtCcy: 'base_ccy' };

interface Expected {
  readonly path: string;
  readonly told: object;
  /** What a buy bears beside it. */
  readonly buy?: object;
}

const order = (told: object): Expected => ({ path: '/api/v5/trade/order', told });
const algo = (told: object, buy: object = {}): Expected => ({ path: '/api/v5/trade/order-algo', told, buy });

const KINDS: readonly [kind: string, request: Partial<OrderRequest>, expected: Expected][] = [
  ['market', { terms: { type: 'market' } }, order({ ordType: 'market', ...IN_BASE, banAmend: true })],
  ['limit', {}, order({ ordType: 'limit', px: '95.25' })],
  [
    'post-only',
    { terms: { type: 'limit', price: d('95.25'), postOnly: true } },
    order({ ordType: 'post_only', px: '95.25' }),
  ],
  ['IOC', { timeInForce: 'IOC' }, order({ ordType: 'ioc', px: '95.25' })],
  ['FOK', { timeInForce: 'FOK' }, order({ ordType: 'fok', px: '95.25' })],
  ['stop', { terms: { type: 'stop', stopPrice: d('90.5') } }, algo({ ...ALGO, slOrdPx: '-1' }, IN_BASE)],
  [
    'stop-limit',
    { terms: { type: 'stop-limit', stopPrice: d('90.5'), price: d('90.25') } },
    algo({ ...ALGO, slOrdPx: '90.25' }),
  ],
  [
    'trailing-stop',
    { terms: { type: 'trailing-stop', trailBps: 150 } },
    algo({ algoClOrdId: OUR_ID, ordType: 'move_order_stop', callbackRatio: '0.015' }, IN_BASE),
  ],
];

describe.each(KINDS)('a %s order', (_, changes, expected) => {
  test.each(['buy', 'sell'] as const)('to %s leaves as OKX reads it, and with nothing else', async (side) => {
    const request = wireRequest({ ...changes, side });
    const end = { credentials: simulatorKey('okx') };
    const { method, path, params, signed } = await wireOrder(OKX, end, request, testInstrument());
    expect({ method, path, params }).toEqual({
      method: 'POST',
      path: expected.path,
      params: {
        ...{ instId: 'BTC-USDT', tdMode: 'cash', side, sz: '1.5', clOrdId: OUR_ID },
        ...expected.told,
        ...(side === 'buy' ? expected.buy : {}),
      },
    });
    expect(signed.headers).toMatchObject({
      'OK-ACCESS-KEY': 'okx-key-of-a-test',
      'OK-ACCESS-PASSPHRASE': 'okx-phrase-of-a-test',
      'OK-ACCESS-TIMESTAMP': expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]{12}Z$/) as string,
      'OK-ACCESS-SIGN': expect.stringMatching(/^[A-Za-z0-9+/]{43}=$/) as string,
    });
  });
});
