import {
  closed,
  ends,
  FREE,
  limit,
  MARKET,
  open,
  order,
  print,
  RULES,
  stop,
  trades,
} from '../../tests/support/matching';
import { EMPTY_BOOK } from './book';
import type { BookChange } from './book';
import { advanceBook, cancelOrder, placeOrder, settleAtEnd } from './engine';

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
