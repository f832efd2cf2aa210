import { createHash } from 'node:crypto';
import { instant } from '../../domain/clock/instant';
import { decimalString as d } from '../../domain/money/decimal';
import type { OrderRequest } from '../../domain/order/order';
import { clientOrderId, intentId, paramsHash } from './client-order-id';

const request = (changes: Partial<OrderRequest> = {}): OrderRequest => ({
  clientOrderId: clientOrderId('here', 'paper', 'demo', intentId('demo:1', 'stop', 1)),
  account: 'demo',
  instrument: 'US500',
  side: 'sell',
  quantity: d('10'),
  terms: { type: 'stop', stopPrice: d('95') },
  timeInForce: 'GTC',
  ...changes,
});

test('the same amounts in other words are the same request: the journal drops trailing zeros', () => {
  const written = request({ quantity: d('10.00'), terms: { type: 'stop', stopPrice: d('95.00') } });
  expect(paramsHash(written)).toBe(paramsHash(request()));
});

test('another amount, price, side or type is another request', () => {
  const others = [
    request({ quantity: d('10.01') }),
    request({ terms: { type: 'stop', stopPrice: d('95.01') } }),
    request({ terms: { type: 'limit', price: d('95') } }),
    request({ side: 'buy' }),
    request({ timeInForce: 'DAY' }),
    request({ timeInForce: 'GTD', goodTill: instant(0) }),
    request({ timeInForce: 'GTD', goodTill: instant(1_000) }),
    request({ outsideRegularHours: true }),
  ];
  expect(new Set([request(), ...others].map(paramsHash)).size).toBe(9);
});

test('an order without special terms has the hash that it had before there were any: open trades go on', () => {
  const before = createHash('sha256').update('demo|US500|sell|10|stop||95|GTC').digest('hex');
  expect(paramsHash(request())).toBe(before);
});

test('the end of an order counts by its moment, however it is written', () => {
  const written = (goodTill: string) => request({ timeInForce: 'GTD', goodTill: goodTill as never });
  expect(paramsHash(written('2030-01-02T15:00:00Z'))).toBe(paramsHash(written('2030-01-02T15:00:00.000Z')));
});
