import type { WorkingOrder } from '../../domain/matching/book';
import { dec, decimalString as d } from '../../domain/money/decimal';
import type { OrderTerms, Side } from '../../domain/order/order';
import { closable, exitsAtEnd } from './tape-end';

const working = (id: string, side: Side, quantity: string, changes: Partial<WorkingOrder> = {}): WorkingOrder => ({
  id,
  side,
  quantity: d(quantity),
  terms: { type: 'market' },
  timeInForce: 'GTC',
  placedAt: 0,
  filled: d('0'),
  executions: 0,
  triggered: false,
  stance: 'fresh',
  ...changes,
});
const exits = (position: string, ...orders: WorkingOrder[]): string[] => [...exitsAtEnd(orders, dec(position))];

describe('what closes a position', () => {
  test('is the other side, up to its size', () => {
    expect(closable(dec('5'), 'sell').toFixed()).toBe('5');
    expect(closable(dec('5'), 'buy').toFixed()).toBe('0');
    expect(closable(dec('-5'), 'buy').toFixed()).toBe('5');
    expect(closable(dec('0'), 'sell').toFixed()).toBe('0');
  });
});

describe('the exits at the end of a tape', () => {
  test('are orders at market that close what is held', () => {
    expect(exits('10', working('a', 'sell', '10'), working('b', 'buy', '10'))).toEqual(['a']);
    expect(exits('-10', working('a', 'buy', '4'), working('b', 'sell', '4'))).toEqual(['a']);
    expect(exits('0', working('a', 'sell', '10'))).toEqual([]);
  });

  test('are taken in the order of their placing until the position is used up', () => {
    expect(exits('10', working('a', 'sell', '7'), working('b', 'sell', '7'), working('c', 'sell', '3'))).toEqual([
      'a',
      'c',
    ]);
  });

  test('count what an order has still to fill', () => {
    expect(exits('4', working('a', 'sell', '10', { filled: d('6') }))).toEqual(['a']);
  });

  test('include a stop that has triggered, and no other order with a price', () => {
    const stop: OrderTerms = { type: 'stop', stopPrice: d('90') };
    const stopLimit: OrderTerms = { type: 'stop-limit', stopPrice: d('90'), price: d('89') };
    expect(
      exits(
        '50',
        working('waiting', 'sell', '10', { terms: stop }),
        working('triggered', 'sell', '10', { terms: stop, triggered: true }),
        working('limit', 'sell', '10', { terms: { type: 'limit', price: d('90') } }),
        working('stop-limit', 'sell', '10', { terms: stopLimit, triggered: true }),
      ),
    ).toEqual(['triggered']);
  });
});
