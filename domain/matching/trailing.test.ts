import fc from 'fast-check';
import { ends, FREE, open, order, print, trades } from '../../tests/support/matching';
import { dec, decimalString as d, text } from '../money/decimal';
import { stopPriceOf } from '../order/order';
import type { OrderTerms, Side } from '../order/order';
import { EMPTY_BOOK } from './book';
import type { WorkingOrder } from './book';
import { advanceBook, placeOrder } from './engine';
import { matchPrint } from './match-order';

const trail = (amount: string, stopPrice?: string): OrderTerms => ({
  type: 'trailing-stop',
  trailAmount: d(amount),
  ...(stopPrice === undefined ? {} : { stopPrice: d(stopPrice) }),
});
const trailLimit = (amount: string, stopPrice: string, offset: string): OrderTerms => ({
  type: 'trailing-stop-limit',
  trailAmount: d(amount),
  stopPrice: d(stopPrice),
  limitOffset: d(offset),
});
const place = (side: Side, terms: OrderTerms) => placeOrder(EMPTY_BOOK, order(side, terms), open(50, 100), FREE);

/** Prints at these prices, one a moment. */
const at = (...prices: number[]) => prices.map((price, index) => print(60 + index, price));

describe('a trailing stop', () => {
  test.each<[Side, OrderTerms, number[], string]>([
    ['sell', trail('5'), [110, 105.01, 105, 120], '10@105 taker t=62'],
    ['buy', trail('5'), [90, 94.99, 95, 80], '10@95 taker t=62'],
    ['sell', { type: 'trailing-stop', trailBps: 1000 }, [120, 108.01, 108], '10@108 taker t=62'],
    // It stands where it was told to, until its distance leads it further.
    ['sell', trail('20', '90'), [105, 90.01, 90], '10@90 taker t=62'],
    ['buy', trail('20', '110'), [95, 110], '10@110 taker t=61'],
    ['sell', trail('20', '90'), [115, 95], '10@95 taker t=61'],
    ['sell', trail('5', '90'), [96, 95], '10@95 taker t=61'],
  ])('of a %s, %j, over %j', (side, terms, prices, trade) => {
    expect(trades(advanceBook(place(side, terms).book, at(...prices), FREE))).toEqual([trade]);
  });

  test('that begins at a level beyond the market is refused, as any stop', () => {
    expect(ends(place('sell', trail('5', '100')))).toEqual(['rejected:would_trigger_immediately 0 t=50']);
    expect(ends(place('buy', trail('5', '100')))).toEqual(['rejected:would_trigger_immediately 0 t=50']);
  });

  test('pays a gap in full', () => {
    expect(trades(advanceBook(place('sell', trail('5')).book, at(110, 80), FREE))).toEqual(['10@80 taker t=61']);
  });
});

describe('a trailing stop-limit', () => {
  test('sells at the market while that is within its limit, which lies below the level that its stop had reached', () => {
    const { book } = place('sell', trailLimit('5', '90', '1'));
    expect(trades(advanceBook(book, at(110, 104.5), FREE))).toEqual(['10@104.5 taker t=61']);
  });

  test('that is jumped over rests at its limit until the market is back, and no further', () => {
    const { book } = place('sell', trailLimit('5', '90', '1'));
    const change = advanceBook(book, at(110, 103.99, 103.5, 104, 120), FREE);
    expect(trades(change)).toEqual(['10@104 maker t=63']);
  });

  test('of a buy has its limit above its stop', () => {
    const { book } = place('buy', trailLimit('5', '110', '1'));
    expect(trades(advanceBook(book, at(80, 87, 86), FREE))).toEqual(['10@86 maker t=62']);
  });
});

const cents = fc.integer({ min: 5_000, max: 15_000 }).map((value) => value / 100);
const paths = fc.array(cents, { minLength: 1, maxLength: 30 });
const sides = fc.constantFrom<Side>('buy', 'sell');
const distance = fc.oneof(
  fc.integer({ min: 1, max: 3_000 }).map((trailBps) => ({ trailBps })),
  fc.integer({ min: 1, max: 3_000 }).map((value) => ({ trailAmount: text(dec(value).div(100)) })),
);
const begins = fc.option(fc.integer({ min: 1, max: 4_000 }), { nil: undefined });
const offset = fc.integer({ min: 1, max: 300 }).map((value) => text(dec(value).div(100)));

/** How the order stands before and after each print, until it ends. */
function steps(placed: WorkingOrder, prices: readonly number[]): readonly ReturnType<typeof matchPrint>[] {
  const seen: ReturnType<typeof matchPrint>[] = [];
  let now = placed;
  for (const one of at(...prices)) {
    const step = matchPrint(now, one, one.at, FREE);
    seen.push(step);
    if (step.end) break;
    now = step.order;
  }
  return seen;
}

describe('whatever the market does', () => {
  const orders = fc.record({ side: sides, by: distance, from: begins, limited: fc.option(offset, { nil: undefined }) });
  const placed = fc.tuple(orders, paths).map(([{ side, by, from, limited }, prices]) => {
    // So far from 100, where the market is when the order comes.
    const away = text(dec(100).plus(dec(from ?? 500).div(side === 'sell' ? -100 : 100)));
    const terms: OrderTerms =
      limited === undefined
        ? { type: 'trailing-stop', ...by, ...(from === undefined ? {} : { stopPrice: away }) }
        : { type: 'trailing-stop-limit', ...by, stopPrice: away, limitOffset: limited };
    return { side, terms, limited, prices, order: place(side, terms).book.orders[0] };
  });

  test('a stop never moves away from the market, nor further from the best price than its distance', () => {
    fc.assert(
      fc.property(placed, ({ side, terms, prices, order: first }) => {
        if (first === undefined) return;
        let before = dec(stopPriceOf(terms) ?? first.stop ?? 0);
        for (const { order: now } of steps(first, prices)) {
          const stop = dec(now.stop ?? -1);
          expect(side === 'sell' ? stop.gte(before) : stop.lte(before)).toBe(true);
          const best = dec(now.best ?? -1);
          const far =
            'trailBps' in terms
              ? best.mul(terms.trailBps).div(10_000)
              : dec('trailAmount' in terms ? terms.trailAmount : 0);
          expect(best.minus(stop).abs().lte(far)).toBe(true);
          before = stop;
        }
      }),
    );
  });

  test('it trades only once a print has reached the stop, and a limit never fills at a worse price', () => {
    fc.assert(
      fc.property(placed, ({ side, limited, prices, order: first }) => {
        if (first === undefined) return;
        for (const { order: now, execution } of steps(first, prices)) {
          if (execution === undefined) continue;
          expect(now.triggered).toBe(true);
          if (limited === undefined) continue;
          const worst = side === 'sell' ? dec(now.stop ?? 0).minus(limited) : dec(now.stop ?? 0).plus(limited);
          // The limit lies on the tick, at most one beyond.
          expect(
            side === 'sell'
              ? dec(execution.price).gte(worst.minus('0.01'))
              : dec(execution.price).lte(worst.plus('0.01')),
          ).toBe(true);
        }
      }),
    );
  });

  test('a book that is stored after each print goes on as one that is not', () => {
    fc.assert(
      fc.property(placed, ({ prices, order: first }) => {
        if (first === undefined) return;
        const whole = advanceBook({ orders: [first] }, at(...prices), FREE);
        let book = { orders: [first] } as { orders: readonly WorkingOrder[] };
        const executions = at(...prices).flatMap((one) => {
          const change = advanceBook(JSON.parse(JSON.stringify(book)) as typeof book, [one], FREE);
          ({ book } = change);
          return change.executions;
        });
        expect(executions).toEqual(whole.executions);
      }),
    );
  });
});
