import {
  ends,
  FREE,
  limit,
  MARKET,
  open,
  order,
  print,
  RULES,
  stop,
  stopLimit,
  trades,
  waiting,
} from '../../tests/support/matching';
import { decimalString as d } from '../money/decimal';
import type { Side } from '../order/order';
import { EMPTY_BOOK } from './book';
import { advanceBook, placeOrder } from './engine';
import { bidAndAsk } from './matching-rules';
import type { MatchingRules } from './matching-rules';

describe('a market order', () => {
  test('in an open market fills at once at the last print, five basis points worse, with ten basis points of fee', () => {
    const change = placeOrder(EMPTY_BOOK, order('buy', MARKET), open(50, 100), RULES);
    expect(change.executions).toEqual([
      {
        orderId: 'o1',
        sequence: 1,
        side: 'buy',
        quantity: '10',
        price: '100.05',
        fee: '1.0005',
        feeAsset: 'USD',
        liquidity: 'taker',
        at: 50,
        printAt: 49,
      },
    ]);
    expect(ends(change)).toEqual(['filled:filled 10 t=50']);
    expect(change.book.orders).toEqual([]);
  });

  test('sold, gets five basis points less, rounded down to the tick', () => {
    const change = placeOrder(EMPTY_BOOK, order('sell', MARKET), open(50, 101), RULES);
    expect(trades(change)).toEqual(['10@100.94 taker t=50']); // 101 * 0.9995 = 100.9495
  });

  test('never sells below one tick', () => {
    const change = placeOrder(EMPTY_BOOK, order('sell', MARKET), open(50, 0.01), { ...RULES, slippageBps: d('20000') });
    expect(trades(change)).toEqual(['10@0.01 taker t=50']);
  });

  test('takes its share of each print and goes on with the next', () => {
    const first = placeOrder(EMPTY_BOOK, order('buy', MARKET), open(50, 100, 40), FREE);
    expect(trades(first)).toEqual(['4@100 taker t=50']);
    const then = advanceBook(first.book, [print(60, 101, 45), print(70, 102, 1000)], FREE);
    expect(trades(then)).toEqual(['4.5@101 taker t=60', '1.5@102 taker t=70']);
    expect(then.executions.map(({ sequence }) => sequence)).toEqual([2, 3]);
    expect(ends(then)).toEqual(['filled:filled 10 t=70']);
  });

  test('in a closed market waits for the first print of the next session', () => {
    const change = advanceBook(waiting(order('buy', MARKET)), [print(100, 90)], FREE);
    expect(trades(change)).toEqual(['10@90 taker t=100']);
  });

  test('finds nothing in a print whose share is below the lot', () => {
    const change = placeOrder(EMPTY_BOOK, order('buy', MARKET), open(50, 100, 0.05), FREE);
    expect(change.executions).toEqual([]);
    expect(change.book.orders).toHaveLength(1);
  });
});

describe('fees', () => {
  test('taken in what the trade receives make a buy pay in the base asset and a sale in the quote asset', () => {
    const rules: MatchingRules = { ...RULES, feeAsset: 'received' };
    const fees = (side: Side): unknown =>
      placeOrder(EMPTY_BOOK, order(side, MARKET), open(50, 100), rules).executions.map(({ fee, feeAsset }) => [
        fee,
        feeAsset,
      ]);
    expect(fees('buy')).toEqual([['0.01', 'US500']]);
    expect(fees('sell')).toEqual([['0.9995', 'USD']]);
  });

  test('are rounded up to eight places, and a maker rebate is negative', () => {
    const rules: MatchingRules = { ...FREE, takerFeeRate: d('0.000000001'), makerFeeRate: d('-0.0002') };
    const taker = placeOrder(EMPTY_BOOK, order('buy', MARKET), open(50, 100), rules);
    expect(taker.executions[0]?.fee).toBe('0.000001');
    const resting = placeOrder(EMPTY_BOOK, order('buy', limit('99')), open(50, 100), rules);
    expect(advanceBook(resting.book, [print(60, 99)], rules).executions[0]?.fee).toBe('-0.198');
  });

  test('bid and ask lie half a spread from the print, on the tick', () => {
    const { bid, ask } = bidAndAsk(print(1, 2800), RULES);
    expect([bid.toFixed(), ask.toFixed()]).toEqual(['2799.72', '2800.28']);
  });
});

describe('a limit order', () => {
  test('that rests fills at its limit, as maker, when a print reaches it or goes through it', () => {
    const { book } = placeOrder(EMPTY_BOOK, order('buy', limit('99')), open(50, 100), RULES);
    expect(trades(advanceBook(book, [print(60, 99.01)], RULES))).toEqual([]);
    expect(trades(advanceBook(book, [print(60, 99)], RULES))).toEqual(['10@99 maker t=60']);
    expect(trades(advanceBook(book, [print(60, 95)], RULES))).toEqual(['10@99 maker t=60']);
  });

  test('that is marketable takes at the market price, and never beyond its limit', () => {
    const at = (price: string): string[] =>
      trades(placeOrder(EMPTY_BOOK, order('buy', limit(price)), open(50, 100), RULES));
    expect(at('105')).toEqual(['10@100.05 taker t=50']);
    expect(at('100.02')).toEqual(['10@100.02 taker t=50']);
    expect(at('99.99')).toEqual([]);
  });

  test('that took a part goes on taking while the market stays through it, then rests', () => {
    const first = placeOrder(EMPTY_BOOK, order('sell', limit('99')), open(50, 100, 20), FREE);
    const then = advanceBook(first.book, [print(60, 102, 20), print(70, 98, 20), print(80, 103, 20)], FREE);
    expect([...trades(first), ...trades(then)]).toEqual(['2@100 taker t=50', '2@102 taker t=60', '2@99 maker t=80']);
  });

  test('that rested overnight gets the better price of an open beyond its limit', () => {
    const { book } = placeOrder(EMPTY_BOOK, order('buy', limit('99')), open(50, 100), FREE);
    const change = advanceBook(book, [print(60, 100, 1000, true), print(1000, 95)], FREE);
    expect(trades(change)).toEqual(['10@95 taker t=1000']);
  });
});

describe('a stop', () => {
  test('triggers on the print that reaches it and trades on that print, slippage included', () => {
    const { book } = placeOrder(EMPTY_BOOK, order('sell', stop('98')), open(50, 100), RULES);
    expect(trades(advanceBook(book, [print(60, 98.01)], RULES))).toEqual([]);
    expect(trades(advanceBook(book, [print(60, 98)], RULES))).toEqual(['10@97.95 taker t=60']);
  });

  test('pays a gap through the open in full', () => {
    const { book } = placeOrder(EMPTY_BOOK, order('sell', stop('98')), open(50, 100), FREE);
    expect(trades(advanceBook(book, [print(60, 99, 1000, true), print(1000, 90)], FREE))).toEqual([
      '10@90 taker t=1000',
    ]);
  });

  test('stays triggered: the rest follows the market back over the stop', () => {
    const { book } = placeOrder(EMPTY_BOOK, order('buy', stop('102')), open(50, 100), FREE);
    const change = advanceBook(book, [print(60, 102, 30), print(70, 99, 30)], FREE);
    expect(trades(change)).toEqual(['3@102 taker t=60', '3@99 taker t=70']);
    expect(change.book.orders[0]).toMatchObject({ triggered: true, filled: '6', executions: 2 });
  });

  test.each([
    ['sell', '100'],
    ['sell', '101'],
    ['buy', '100'],
    ['buy', '99'],
  ] as const)('to %s at %s with the market at 100 is refused', (side, price) => {
    const change = placeOrder(EMPTY_BOOK, order(side, stop(price)), open(50, 100), RULES);
    expect(ends(change)).toEqual(['rejected:would_trigger_immediately 0 t=50']);
    expect(change.book).toBe(EMPTY_BOOK);
  });

  test('beyond the last close is accepted in a closed market and triggers at the open', () => {
    const change = advanceBook(waiting(order('sell', stop('101'))), [print(100, 100)], FREE);
    expect(trades(change)).toEqual(['10@100 taker t=100']);
  });

  test('untouched by a step is the same object as before', () => {
    const { book } = placeOrder(EMPTY_BOOK, order('sell', stop('98')), open(50, 100), FREE);
    expect(advanceBook(book, [print(60, 99), print(70, 100)], FREE).book.orders[0]).toBe(book.orders[0]);
  });
});

describe('a stop-limit', () => {
  const { book } = placeOrder(EMPTY_BOOK, order('sell', stopLimit('98', '97')), open(50, 100), FREE);

  test('within its limit trades on the print that triggers it', () => {
    expect(trades(advanceBook(book, [print(60, 97.5)], FREE))).toEqual(['10@97.5 taker t=60']);
  });

  test('that is jumped over rests at its limit until the market is back', () => {
    const gone = advanceBook(book, [print(60, 95)], FREE);
    expect(gone.executions).toEqual([]);
    expect(gone.book.orders[0]).toMatchObject({ triggered: true, stance: 'resting' });
    expect(trades(advanceBook(gone.book, [print(70, 97.2)], FREE))).toEqual(['10@97 maker t=70']);
  });

  test('does not trade before its trigger, however good the price', () => {
    expect(trades(advanceBook(book, [print(60, 105)], FREE))).toEqual([]);
  });
});
