import { dec, decimalString as d } from '../money/decimal';
import type { OrderTerms, Side, TimeInForce } from '../order/order';
import { EMPTY_BOOK } from './book';
import type { Book, BookChange, NewOrder } from './book';
import { advanceBook, cancelOrder, placeOrder, settleAtEnd } from './engine';
import type { MarketMoment } from './engine';
import { bidAndAsk, DEFAULT_COSTS } from './matching-rules';
import type { MatchingRules } from './matching-rules';
import type { Print } from './print';

const RULES: MatchingRules = {
  ...DEFAULT_COSTS,
  baseAsset: 'US500',
  quoteAsset: 'USD',
  tick: d('0.01'),
  lot: d('0.01'),
};
const FREE: MatchingRules = {
  ...RULES,
  halfSpreadBps: d('0'),
  slippageBps: d('0'),
  takerFeeRate: d('0'),
  makerFeeRate: d('0'),
};

const print = (at: number, price: number, volume = 1000, sessionClose = false): Print => ({
  at,
  price: dec(price),
  volume: dec(volume),
  ...(sessionClose ? { sessionClose } : {}),
});
const open = (at: number, price: number, volume = 1000): MarketMoment => ({
  at,
  open: true,
  lastPrint: print(at - 1, price, volume),
});
const closed = (at: number): MarketMoment => ({ at, open: false, lastPrint: print(at - 1, 100) });
const order = (side: Side, terms: OrderTerms, timeInForce: TimeInForce = 'GTC', quantity = '10'): NewOrder => ({
  id: 'o1',
  side,
  quantity: d(quantity),
  terms,
  timeInForce,
});
const MARKET: OrderTerms = { type: 'market' };
const limit = (price: string): OrderTerms => ({ type: 'limit', price: d(price) });
const stop = (price: string): OrderTerms => ({ type: 'stop', stopPrice: d(price) });
const stopLimit = (trigger: string, price: string): OrderTerms => ({
  type: 'stop-limit',
  stopPrice: d(trigger),
  price: d(price),
});

/** `quantity@price liquidity t=at` for each execution. */
const trades = (change: BookChange): string[] =>
  change.executions.map((e) => `${e.quantity}@${e.price} ${e.liquidity} t=${e.at}`);
const ends = (change: BookChange): string[] =>
  change.ended.map((end) => `${end.state}:${end.reason} ${end.order.filled} t=${end.at}`);
/** A book with one order that was placed in a closed market. */
const waiting = (placed: NewOrder): Book => placeOrder(EMPTY_BOOK, placed, closed(1), RULES).book;

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

describe('time in force', () => {
  test('an immediate-or-cancel order keeps what it got and ends', () => {
    const change = placeOrder(EMPTY_BOOK, order('buy', MARKET, 'IOC'), open(50, 100, 40), FREE);
    expect([trades(change), ends(change)]).toEqual([['4@100 taker t=50'], ['expired:immediate_or_cancel 4 t=50']]);
  });

  test('a fill-or-kill order gets all or nothing', () => {
    const place = (volume: number): BookChange =>
      placeOrder(EMPTY_BOOK, order('buy', MARKET, 'FOK'), open(50, 100, volume), FREE);
    expect([trades(place(99)), ends(place(99))]).toEqual([[], ['expired:fill_or_kill 0 t=50']]);
    expect([trades(place(100)), ends(place(100))]).toEqual([['10@100 taker t=50'], ['filled:filled 10 t=50']]);
  });

  test('an immediate-or-cancel limit away from the market ends unfilled', () => {
    expect(ends(placeOrder(EMPTY_BOOK, order('buy', limit('99'), 'IOC'), open(50, 100), FREE))).toEqual([
      'expired:immediate_or_cancel 0 t=50',
    ]);
  });

  test.each(['IOC', 'FOK'] as const)('%s is refused in a closed market, unless it is a stop', (timeInForce) => {
    expect(ends(placeOrder(EMPTY_BOOK, order('buy', MARKET, timeInForce), closed(5), FREE))).toEqual([
      'rejected:instrument_closed 0 t=5',
    ]);
    expect(placeOrder(EMPTY_BOOK, order('sell', stop('90'), timeInForce), closed(5), FREE).book.orders).toHaveLength(1);
  });

  test('an immediate-or-cancel stop waits for its trigger and then has one print', () => {
    const { book } = placeOrder(EMPTY_BOOK, order('sell', stop('98'), 'IOC'), open(50, 100), FREE);
    const change = advanceBook(book, [print(60, 99), print(70, 98, 30), print(80, 97)], FREE);
    expect([trades(change), ends(change)]).toEqual([['3@98 taker t=70'], ['expired:immediate_or_cancel 3 t=70']]);
  });

  test('a day order ends after the closing print, which may still fill it', () => {
    const { book } = placeOrder(EMPTY_BOOK, order('buy', limit('99'), 'DAY'), open(50, 100), FREE);
    expect(ends(advanceBook(book, [print(60, 100, 1000, true)], FREE))).toEqual(['expired:session_ended 0 t=60']);
    expect(ends(advanceBook(book, [print(60, 99, 1000, true)], FREE))).toEqual(['filled:filled 10 t=60']);
  });

  test('a day stop that was not reached ends with the session too', () => {
    const { book } = placeOrder(EMPTY_BOOK, order('sell', stop('98'), 'DAY'), open(50, 100), FREE);
    expect(ends(advanceBook(book, [print(60, 100, 1000, true)], FREE))).toEqual(['expired:session_ended 0 t=60']);
  });

  test('a good-till-cancelled order works on in the next session', () => {
    const { book } = placeOrder(EMPTY_BOOK, order('sell', stop('98')), open(50, 100), FREE);
    expect(advanceBook(book, [print(60, 100, 1000, true)], FREE).book.orders).toHaveLength(1);
  });
});

describe('the book', () => {
  const { book } = placeOrder(EMPTY_BOOK, order('sell', stop('98')), open(50, 100), FREE);

  test('gives up a cancelled order, with what it had filled', () => {
    const partly = placeOrder(EMPTY_BOOK, order('buy', MARKET), open(50, 100, 40), FREE).book;
    const change = cancelOrder(partly, 'o1', 55);
    expect(change && ends(change)).toEqual(['cancelled:cancel_requested 4 t=55']);
    expect(change?.book.orders).toEqual([]);
  });

  test('knows nothing of an order that has ended', () => {
    expect(cancelOrder(EMPTY_BOOK, 'o1', 55)).toBeUndefined();
  });

  test('refuses an id that is at work and a quantity of zero', () => {
    expect(() => placeOrder(book, order('sell', stop('97')), open(60, 100), FREE)).toThrow(/already at work/);
    expect(() => placeOrder(EMPTY_BOOK, order('buy', MARKET, 'GTC', '0'), open(60, 100), FREE)).toThrow(/above 0/);
  });

  test('survives its store: it is plain JSON', () => {
    expect(JSON.parse(JSON.stringify(book))).toEqual(book);
  });

  test('at the end of the tape fills exits whole at the last close and cancels the rest', () => {
    const { book: two } = placeOrder(book, { ...order('buy', limit('90')), id: 'o2' }, open(60, 100), FREE);
    const { book: three } = placeOrder(two, { ...order('sell', MARKET), id: 'o3' }, closed(200), FREE);
    const change = settleAtEnd(three, { at: 201, print: print(200, 99, 1, true) }, new Set(['o3']), RULES);
    expect(trades(change)).toEqual(['10@98.95 taker t=201']); // 99 * 0.9995 = 98.9505
    expect(ends(change)).toEqual([
      'cancelled:tape_ended 0 t=201',
      'cancelled:tape_ended 0 t=201',
      'filled:filled 10 t=201',
    ]);
    expect(change.book.orders).toEqual([]);
  });
});
