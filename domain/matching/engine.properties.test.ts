import fc from 'fast-check';
import { weekdayCalendar } from '../../tests/support/weekday-calendar';
import { millisOf } from '../clock/instant';
import { dec, decimalString as d, text } from '../money/decimal';
import type { OrderTerms } from '../order/order';
import type { PriceBar } from './bar-path';
import { barSource } from './bar-source';
import { EMPTY_BOOK } from './book';
import type { Book, BookChange, Execution, NewOrder, OrderEnd, WorkingOrder } from './book';
import { advanceBook, marketMoment, placeOrder } from './engine';
import { matchPrint } from './match-order';
import { DEFAULT_COSTS } from './matching-rules';
import type { MatchingRules } from './matching-rules';
import type { PrintSource } from './print';

const DAYS = ['2020-03-05', '2020-03-06', '2020-03-09'];
const CALENDAR = weekdayCalendar(['2020-03-06']);
const START = millisOf('2020-03-05T13:00:00Z');
const END = millisOf('2020-03-10T00:00:00Z');
/** Costs high enough that a limit often lies between the print and the price a market order would pay. */
const RULES: MatchingRules = {
  ...DEFAULT_COSTS,
  slippageBps: d('300'),
  baseAsset: 'X',
  quoteAsset: 'USD',
  tick: d('0.01'),
  lot: d('0.01'),
};

const cents = fc.integer({ min: 9_000, max: 11_000 });
const bar = (date: string): fc.Arbitrary<PriceBar> =>
  fc.tuple(cents, cents, cents, cents, fc.integer({ min: 1, max: 20_000 })).map(([a, b, c, e, volume]) => {
    const price = (value: number): ReturnType<typeof d> => text(dec(value).div(100));
    return {
      date,
      open: price(a),
      close: price(b),
      high: price(Math.max(a, b, c, e)),
      low: price(Math.min(a, b, c, e)),
      volume: d(String(volume)),
    };
  });
const tape: fc.Arbitrary<PrintSource> = fc
  .tuple(...DAYS.map(bar))
  .map((bars) => barSource({ calendar: CALENDAR, bars, tick: RULES.tick, printInterval: 1_200_000 }));

const level = fc.integer({ min: 9_000, max: 11_000 }).map((value) => text(dec(value).div(100)));
const terms: fc.Arbitrary<OrderTerms> = fc.oneof(
  fc.constant<OrderTerms>({ type: 'market' }),
  level.map((price): OrderTerms => ({ type: 'limit', price })),
  level.map((stopPrice): OrderTerms => ({ type: 'stop', stopPrice })),
  fc.tuple(level, level).map(([stopPrice, price]): OrderTerms => ({ type: 'stop-limit', stopPrice, price })),
);
const orders: fc.Arbitrary<NewOrder> = fc.record({
  id: fc.constant('o1'),
  side: fc.constantFrom('buy' as const, 'sell' as const),
  quantity: fc.integer({ min: 1, max: 50_000 }).map((value) => text(dec(value).div(100))),
  terms,
  timeInForce: fc.constantFrom('GTC' as const, 'IOC' as const, 'FOK' as const, 'DAY' as const),
});
const placedAt = fc.integer({ min: START, max: END });

/** Everything that happens to an order from its placement to the end of the tape, advanced at the given moments. */
function life(source: PrintSource, order: NewOrder, at: number, stops: readonly number[] = []) {
  const placed = placeOrder(EMPTY_BOOK, order, marketMoment(source, at), RULES);
  const changes: BookChange[] = [placed];
  let book: Book = placed.book;
  let from = at;
  for (const to of [...stops.filter((moment) => moment > at).sort((a, b) => a - b), END]) {
    // Through JSON, as the store does it.
    const change = advanceBook(JSON.parse(JSON.stringify(book)) as Book, source.printsBetween(from, to), RULES);
    changes.push(change);
    book = change.book;
    from = to;
  }
  const executions: Execution[] = changes.flatMap((change) => change.executions);
  const ended: OrderEnd[] = changes.flatMap((change) => change.ended);
  return { executions, ended, book };
}

describe('whatever the order and the tape', () => {
  test('no order fills more than its quantity, and the fills add up to its own count', () => {
    fc.assert(
      fc.property(tape, orders, placedAt, (source, order, at) => {
        const { executions, ended, book } = life(source, order, at);
        const sum = executions.reduce((total, { quantity }) => total.plus(quantity), dec(0));
        expect(sum.lte(order.quantity)).toBe(true);
        const last = ended[0]?.order ?? book.orders[0];
        expect(last?.filled).toBe(text(sum));
        expect(ended.length + book.orders.length).toBe(1);
        expect(ended[0]?.state === 'filled').toBe(sum.eq(order.quantity));
      }),
    );
  });

  test('a limit never trades at a worse price, and always on the tick', () => {
    fc.assert(
      fc.property(tape, orders, placedAt, (source, order, at) => {
        for (const { price } of life(source, order, at).executions) {
          expect(dec(price).mod(RULES.tick).isZero()).toBe(true);
          if (order.terms.type !== 'limit' && order.terms.type !== 'stop-limit') continue;
          const worse = order.side === 'buy' ? dec(price).gt(order.terms.price) : dec(price).lt(order.terms.price);
          expect(worse).toBe(false);
        }
      }),
    );
  });

  test('many steps do what one step does', () => {
    fc.assert(
      fc.property(tape, orders, placedAt, fc.array(placedAt, { maxLength: 12 }), (source, order, at, stops) => {
        expect(life(source, order, at, stops)).toEqual(life(source, order, at));
      }),
    );
  });

  test('a stop trades only once a print after its placement has reached it', () => {
    fc.assert(
      fc.property(tape, orders, placedAt, (source, order, at) => {
        if (order.terms.type !== 'stop' && order.terms.type !== 'stop-limit') return;
        const { stopPrice } = order.terms;
        const first = life(source, order, at).executions[0];
        if (first === undefined) return;
        const reached = [...source.printsBetween(at, first.printAt)].some(({ price }) =>
          order.side === 'sell' ? price.lte(stopPrice) : price.gte(stopPrice),
        );
        expect(reached).toBe(true);
      }),
    );
  });

  test('nothing trades while the market is closed', () => {
    fc.assert(
      fc.property(tape, orders, placedAt, (source, order, at) => {
        for (const execution of life(source, order, at).executions) {
          expect(CALENDAR.isOpen(execution.at)).toBe(true);
          expect(execution.at).toBeGreaterThanOrEqual(at);
        }
      }),
    );
  });

  test('fill-or-kill fills all or nothing, in one execution', () => {
    fc.assert(
      fc.property(tape, orders, placedAt, (source, order, at) => {
        const { executions } = life(source, { ...order, timeInForce: 'FOK' }, at);
        expect(executions.map(({ quantity }) => quantity)).toEqual(executions.length === 0 ? [] : [order.quantity]);
      }),
    );
  });

  test('no order takes more than its share of a print', () => {
    fc.assert(
      fc.property(tape, orders, placedAt, (source, order, at) => {
        for (const { quantity, printAt } of life(source, order, at).executions) {
          const volume = source.lastPrint(printAt)?.volume ?? dec(0);
          expect(dec(quantity).lte(volume.mul(RULES.volumeShare))).toBe(true);
        }
      }),
    );
  });

  test('no print that concerns an order is passed over', () => {
    fc.assert(
      fc.property(tape, orders, orders, placedAt, (source, order, other, at) => {
        const moment = marketMoment(source, at);
        const first = placeOrder(EMPTY_BOOK, order, moment, RULES).book;
        const book = placeOrder(first, { ...other, id: 'o2' }, moment, RULES).book;
        const one = (alone: WorkingOrder): Execution[] => {
          const executions: Execution[] = [];
          let current = alone;
          for (const print of source.printsBetween(at, END)) {
            const step = matchPrint(current, print, print.at, RULES);
            if (step.execution) executions.push(step.execution);
            if (step.end) break;
            current = step.order;
          }
          return executions;
        };
        const both = book.orders.flatMap(one).sort((a, b) => a.at - b.at || a.orderId.localeCompare(b.orderId));
        expect(advanceBook(book, source.printsBetween(at, END), RULES).executions).toEqual(both);
      }),
    );
  });

  test('the same order on the same tape has the same life', () => {
    fc.assert(
      fc.property(tape, orders, placedAt, (source, order, at) => {
        expect(JSON.stringify(life(source, order, at))).toBe(JSON.stringify(life(source, order, at)));
      }),
    );
  });
});
