import fc from 'fast-check';
import { amount, holding, order, rejected, stepLine } from '../../tests/support/trade-facts';
import type { FactsChanges } from '../../tests/support/trade-facts';
import { dec, text } from '../money/decimal';
import type { OrderTerms } from '../order/order';
import { stopPriceOf } from '../order/order';
import type { OrderFacts, Protection } from './facts';
import { protectiveTerms, reachedStop, trailingLevel } from './native-trailing';
import { missingProtection } from './protection';
import { look } from './triggers';

const TRAILING = { amount: amount(5), native: true } as const;

/** A stop of the trade that follows at five, first at 90. */
const trailingStop = (changes: Partial<OrderFacts> = {}): OrderFacts =>
  order('stop', { type: 'trailing-stop', trailAmount: amount(5), stopPrice: amount(90), ...changes });

/** What is missing at a position of 10 with its stop at 90, following at five, in a market at 100. */
function missing(changes: FactsChanges = {}) {
  const state = holding({ ...changes, protection: { trailing: TRAILING, ...changes.protection } });
  return missingProtection(state, dec(state.position));
}

/** The terms of the stop that is to be added. */
function added(changes: FactsChanges = {}): OrderTerms {
  const found = missing(changes);
  if (found.kind !== 'add') throw new Error(found.kind);
  return found.terms;
}

describe('the stop of a trade that trails at the venue', () => {
  it('is a trailing order from the first fill on, which begins at the price that the trade was sized for', () => {
    expect(added()).toEqual({ type: 'trailing-stop', trailAmount: '5', stopPrice: '90' });
    expect(added({ protection: { trailing: { bps: 150, native: true } } })).toEqual({
      ...{ type: 'trailing-stop', trailBps: 150, stopPrice: '90' },
    });
    expect(added({ protection: { trailing: { ...TRAILING, limitOffset: amount('0.5') } } })).toEqual({
      ...{ type: 'trailing-stop-limit', trailAmount: '5', stopPrice: '90', limitOffset: '0.5' },
    });
  });

  it('is a plain stop where the watcher follows the price', () => {
    expect(protectiveTerms(amount(90), { amount: amount(5) })).toEqual({ type: 'stop', stopPrice: '90' });
    expect(protectiveTerms(amount(90), undefined)).toEqual({ type: 'stop', stopPrice: '90' });
    const plain = holding({ protection: { trailing: { amount: amount(5) }, best: amount(120) } });
    expect(missingProtection(plain, dec(10))).toMatchObject({ terms: { type: 'stop', stopPrice: '90' } });
  });

  it('that takes another one’s place begins where that had got to, by the venue’s word or the watcher’s, the tighter', () => {
    const gone = (venueStopPrice: number | null): OrderFacts =>
      trailingStop({ state: 'cancelled', venueStopPrice: venueStopPrice === null ? null : amount(venueStopPrice) });
    const market = { price: amount(104) };
    const from = (orders: readonly OrderFacts[], best?: number): string | undefined =>
      stopPriceOf(added({ market, orders, protection: best === undefined ? {} : { best: amount(best) } }));
    expect(from([gone(null)])).toBe('90');
    expect(from([gone(101)])).toBe('101');
    expect(from([gone(101)], 105)).toBe('101');
    expect(from([gone(101)], 107.5)).toBe('102.5');
    // One that is on its way, and was never shown, counts as where it was sent to.
    expect(from([gone(101), trailingStop({ revision: 2, stopPrice: amount(102), state: 'rejected' })])).toBe('102');
  });

  it('of a short position begins at the lowest of these, rounded towards the market', () => {
    const short = holding({
      ...{ position: -10, direction: 'short', market: { price: amount(90) } },
      protection: { stopPrice: amount(110), trailing: { bps: 333, native: true }, best: amount(88) },
      orders: [trailingStop({ side: 'buy', state: 'cancelled', stopPrice: amount(110), venueStopPrice: amount(95) })],
    });
    // 88 × 1.0333 = 90.9304
    expect(missingProtection(short, dec(-10))).toMatchObject({ terms: { stopPrice: '90.93' } });
  });

  it('that the price has passed where it got to is sent at market', () => {
    const orders = [trailingStop({ state: 'cancelled', venueStopPrice: amount(101) })];
    expect(added({ orders, market: { price: amount(101) } })).toEqual({ type: 'market' });
    expect(added({ orders, market: { price: amount(101.01) } })).toMatchObject({ type: 'trailing-stop' });
  });

  it('that was journalled and not sent is given up once the price has moved on', () => {
    const idle = trailingStop({ state: 'created', attempts: 0 });
    const state = (best: number) =>
      holding({
        market: { price: amount(104) },
        orders: [idle],
        protection: { trailing: TRAILING, best: amount(best) },
      });
    expect(stepLine(state(95))).toBe('submit stop/1 sell 10 trailing-stop 90');
    expect(stepLine(state(105))).toBe('close stop-1: outdated');
  });

  it('closes the trade as what it is', () => {
    const state = holding({
      position: 0,
      protection: { trailing: TRAILING },
      orders: [trailingStop({ state: 'filled', venueState: 'filled', venueFilled: amount(10), booked: amount(10) })],
    });
    expect(stepLine(state)).toBe('end completed trailing-stop');
  });
});

describe('a venue that does not take the trailing stop', () => {
  const refused = rejected('stop', 'not_supported', {
    type: 'trailing-stop',
    trailAmount: amount(5),
    stopPrice: amount(90),
  });

  it('is stood in for by the watcher, from where the stop had got to, and that is said', () => {
    const protection = { trailing: TRAILING, best: amount(99) };
    expect(missing({ orders: [refused], protection })).toEqual({
      ...{ kind: 'emulate', why: 'not_supported', stopPrice: '94' },
    });
  });

  it('rests a fixed stop there beside it; that does not make the watcher stand down', () => {
    const protection = { trailing: TRAILING, emulated: true, best: amount(99), stopPrice: amount(94) };
    expect(added({ orders: [refused], protection })).toEqual({ type: 'stop', stopPrice: '94' });
    const fixed = order('stop', { revision: 2, stopPrice: amount(94) });
    expect(missing({ orders: [refused, fixed], protection }).kind).toBe('none');
    // The control: the trailing stop itself would.
    expect(missing({ orders: [refused, trailingStop({ revision: 2 })], protection }).kind).toBe('native');
  });

  it('is asked no more once it refuses the fixed one, too', () => {
    const protection = { trailing: TRAILING, emulated: true };
    expect(missing({ orders: [refused, rejected('stop', 'invalid_order', { revision: 2 })], protection }).kind).toBe(
      'none',
    );
  });
});

describe('the watcher', () => {
  const at = (price: number) => ({
    ...{ position: amount(10), price: amount(price), now: holding().market.now },
    ...{ firstFillAt: null, timeExitSeconds: null },
  });
  const protection: Protection = { stopPrice: amount(90), trailing: TRAILING };

  it('notes how far a stop at the venue has come, and leaves the rest to the venue', () => {
    const risen = look(look(protection, at(110)), at(104));
    expect(risen).toEqual({ ...protection, best: '110' });
  });

  it('fires where it stands in for it', () => {
    expect(look(look({ ...protection, emulated: true }, at(110)), at(104)).fired).toBe('trailing-stop');
  });
});

describe('whatever the price does, and however often the stop is replaced', () => {
  const prices = fc.array(fc.integer({ min: 9_100, max: 13_000 }), { minLength: 2, maxLength: 12 });
  /** Levels at which stops begin, one after the other; each had risen with a market that only the venue saw. */
  function begun(path: readonly number[], next: (facts: ReturnType<typeof holding>) => string): readonly string[] {
    const orders: OrderFacts[] = [];
    let seen: Protection = { stopPrice: amount(90), trailing: TRAILING };
    const levels: string[] = [];
    path.forEach((cents, index) => {
      const price = text(dec(cents).div(100));
      // The watcher looks at every other price only.
      if (index % 2 === 0) seen = { ...look(seen, { ...lookAt, price }) };
      const level = next(holding({ orders, protection: seen, market: { price: amount(140) } }));
      levels.push(level);
      const shown = dec(trailingLevel(dec(1), price, TRAILING));
      const venueStopPrice = text(shown.gt(level) ? shown : dec(level));
      orders.push(trailingStop({ revision: index + 1, state: 'cancelled', stopPrice: amount(level), venueStopPrice }));
    });
    return levels;
  }
  const lookAt = {
    ...{ position: amount(10), now: holding().market.now, firstFillAt: null, timeExitSeconds: null },
  };
  const loosens = (levels: readonly string[]): boolean =>
    levels.some((level, index) => index > 0 && dec(level).lt(levels[index - 1] ?? 0));
  /** A stop that begins below where the venue had shown the one before it. */
  const fallsBack = (levels: readonly string[], path: readonly number[]): boolean =>
    path.slice(0, -1).some((cents, index) => dec(levels[index + 1] ?? 0).lt(dec(cents).div(100).minus(5)));
  const reached = (facts: ReturnType<typeof holding>): string =>
    facts.protection === null ? '' : reachedStop(facts, dec(10), facts.protection);

  it('none begins looser than the one before, nor below what the venue had shown', () => {
    fc.assert(
      fc.property(prices, (path) => {
        const levels = begun(path, reached);
        expect(loosens(levels)).toBe(false);
        expect(fallsBack(levels, path)).toBe(false);
      }),
    );
  });

  it('the controls, which begin at the trade’s own stop price, or where the watcher alone has seen the price, fall back', () => {
    const path = [10_000, 12_000, 10_500, 10_600];
    const watched = ({ protection }: ReturnType<typeof holding>): string =>
      protection?.best === undefined ? '90' : trailingLevel(dec(1), protection.best, TRAILING);
    expect(begun(path, reached)).toEqual(['95', '95', '115', '115']);
    expect(
      fallsBack(
        begun(path, () => '90'),
        path,
      ),
    ).toBe(true);
    expect(fallsBack(begun(path, watched), path)).toBe(true);
  });
});
