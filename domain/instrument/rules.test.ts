import fc from 'fast-check';
import { dec, decimalString, isDecimalString, text } from '../money/decimal';
import type { OrderTerms } from '../order/order';
import type { Instrument } from './instrument';
import { checkOrder, quantiseQuantity, quantiseTerms } from './rules';

const d = decimalString;

const INSTRUMENT: Instrument = {
  id: 'US500',
  description: 'test',
  calendar: 'NYSE',
  baseAsset: 'US500',
  quoteAsset: 'USD',
  tick: d('0.05'),
  lot: d('0.001'),
  minQuantity: d('0.01'),
  minNotional: d('10'),
  maxBaseFeeRate: d('0'),
};

/** Amounts with up to twelve digits before and after the point, in plain notation. */
const amount = fc
  .tuple(fc.bigInt(0n, 10n ** 12n), fc.integer({ min: 0, max: 12 }))
  .map(([digits, places]) => text(dec(digits.toString()).div(dec(10).pow(places))));
const step = fc.constantFrom('0.00000001', '0.001', '0.05', '0.25', '1', '7', '100').map(d);
const side = fc.constantFrom('buy' as const, 'sell' as const);
const effect = fc.constantFrom('increase' as const, 'reduce' as const);

describe('quantising a quantity', () => {
  test('the result is a multiple of the lot, never above the intent, less than a lot below it, and plain text', () => {
    fc.assert(
      fc.property(amount, step, (quantity, lot) => {
        const result = quantiseQuantity({ lot }, quantity);
        expect(isDecimalString(result)).toBe(true);
        expect(dec(result).mod(lot).isZero()).toBe(true);
        expect(dec(result).lte(quantity)).toBe(true);
        expect(dec(quantity).minus(result).lt(lot)).toBe(true);
      }),
    );
  });

  test('quantising twice changes nothing more', () => {
    fc.assert(
      fc.property(amount, step, (quantity, lot) => {
        const once = quantiseQuantity({ lot }, quantity);
        expect(quantiseQuantity({ lot }, once)).toBe(once);
      }),
    );
  });

  test('a tiny quantity keeps its plain notation', () => {
    expect(quantiseQuantity({ lot: d('0.00000001') }, d('0.000000019'))).toBe('0.00000001');
  });
});

describe('quantising prices', () => {
  const priced = (kind: 'limit' | 'stop', price: typeof INSTRUMENT.tick): OrderTerms =>
    kind === 'limit' ? { type: 'limit', price } : { type: 'stop', stopPrice: price };

  test('a buy limit is never above, a sell limit never below the intent, both on the tick', () => {
    fc.assert(
      fc.property(amount, step, side, effect, (price, tick, s, e) => {
        const terms = quantiseTerms({ tick }, s, e, priced('limit', price));
        const rounded = terms.type === 'limit' ? dec(terms.price) : dec(-1);
        expect(rounded.mod(tick).isZero()).toBe(true);
        expect(rounded.minus(price).abs().lt(tick)).toBe(true);
        expect(s === 'buy' ? rounded.lte(price) : rounded.gte(price)).toBe(true);
      }),
    );
  });

  test('a protective sell stop is never lower, a protective buy stop never higher than the intent', () => {
    fc.assert(
      fc.property(amount, step, side, (price, tick, s) => {
        const terms = quantiseTerms({ tick }, s, 'reduce', priced('stop', price));
        const rounded = terms.type === 'stop' ? dec(terms.stopPrice) : dec(-1);
        expect(rounded.mod(tick).isZero()).toBe(true);
        expect(s === 'sell' ? rounded.gte(price) : rounded.lte(price)).toBe(true);
      }),
    );
  });

  test.each([
    ['buy', 'increase', '100.01', { type: 'stop', stopPrice: '100.05' }],
    ['sell', 'increase', '100.04', { type: 'stop', stopPrice: '100' }],
    ['buy', 'reduce', '100.04', { type: 'stop', stopPrice: '100' }],
    ['sell', 'reduce', '100.01', { type: 'stop', stopPrice: '100.05' }],
  ] as const)('a %s stop that would %s at %s rounds to the careful side', (s, e, price, expected) => {
    expect(quantiseTerms(INSTRUMENT, s, e, { type: 'stop', stopPrice: d(price) })).toEqual(expected);
  });

  test('a protective stop-limit triggers earlier and accepts a slightly worse price', () => {
    const terms: OrderTerms = { type: 'stop-limit', stopPrice: d('99.97'), price: d('99.03') };
    expect(quantiseTerms(INSTRUMENT, 'sell', 'reduce', terms)).toEqual({
      type: 'stop-limit',
      stopPrice: '100',
      price: '99',
    });
    expect(quantiseTerms(INSTRUMENT, 'buy', 'reduce', terms)).toEqual({
      type: 'stop-limit',
      stopPrice: '99.95',
      price: '99.05',
    });
  });

  test('an entry stop-limit keeps to its limit', () => {
    const terms: OrderTerms = { type: 'stop-limit', stopPrice: d('99.97'), price: d('100.03') };
    expect(quantiseTerms(INSTRUMENT, 'buy', 'increase', terms)).toEqual({
      type: 'stop-limit',
      stopPrice: '100',
      price: '100',
    });
  });

  test('a protective trailing stop begins earlier, and never lags further behind than was meant', () => {
    const terms: OrderTerms = {
      ...{ type: 'trailing-stop-limit', trailAmount: d('0.99'), stopPrice: d('99.97'), limitOffset: d('0.03') },
    };
    expect(quantiseTerms(INSTRUMENT, 'sell', 'reduce', terms)).toEqual({
      ...{ type: 'trailing-stop-limit', trailAmount: '0.95', stopPrice: '100', limitOffset: '0.05' },
    });
    expect(quantiseTerms(INSTRUMENT, 'buy', 'increase', terms)).toEqual({
      ...{ type: 'trailing-stop-limit', trailAmount: '0.95', stopPrice: '100', limitOffset: '0' },
    });
    const byShare: OrderTerms = { type: 'trailing-stop', trailBps: 150, stopPrice: d('99.97') };
    expect(quantiseTerms(INSTRUMENT, 'buy', 'reduce', byShare)).toEqual({ ...byShare, stopPrice: '99.95' });
    const narrow: OrderTerms = { type: 'trailing-stop', trailAmount: d('0.01') };
    expect(quantiseTerms(INSTRUMENT, 'sell', 'reduce', narrow)).toEqual({ ...narrow, trailAmount: '0.05' });
  });

  test('distances that are off the tick are named', () => {
    const terms: OrderTerms = {
      ...{ type: 'trailing-stop-limit', trailAmount: d('0.99'), stopPrice: d('99.97'), limitOffset: d('0.03') },
    };
    const broken = checkOrder(INSTRUMENT, { quantity: d('1'), terms, referencePrice: d('100') });
    expect(broken.map(({ field, rule, value }) => `${rule} ${field} ${value}`)).toEqual([
      ...['tick stopPrice 99.97', 'tick trailAmount 0.99', 'tick limitOffset 0.03'],
    ]);
  });

  test('market terms have no price to round', () => {
    expect(quantiseTerms(INSTRUMENT, 'buy', 'increase', { type: 'market' })).toEqual({ type: 'market' });
  });
});

describe('checking an order against the filters', () => {
  const market: OrderTerms = { type: 'market' };
  const rulesOf = (quantity: string, terms: OrderTerms, reference = '100') =>
    checkOrder(INSTRUMENT, { quantity: d(quantity), terms, referencePrice: d(reference) }).map(
      ({ rule, field }) => `${rule}:${field}`,
    );

  test('an order on every grid and above every minimum breaks nothing', () => {
    expect(rulesOf('0.1', market)).toEqual([]);
    expect(rulesOf('0.1', { type: 'stop-limit', stopPrice: d('100.05'), price: d('100.1') })).toEqual([]);
  });

  test('each filter is named with the field that breaks it', () => {
    expect(rulesOf('0.1', { type: 'limit', price: d('100.01') })).toEqual(['tick:price']);
    expect(rulesOf('0.1', { type: 'stop', stopPrice: d('100.01') })).toEqual(['tick:stopPrice']);
    expect(rulesOf('0.1005', market)).toEqual(['lot:quantity']);
    expect(rulesOf('0.009', market, '10000')).toEqual(['min_quantity:quantity']);
    expect(rulesOf('0.05', market)).toEqual(['min_notional:notional']);
  });

  test('quantity zero and price zero are never acceptable', () => {
    expect(rulesOf('0', market)).toEqual(['min_quantity:quantity', 'min_notional:notional']);
    expect(rulesOf('1', { type: 'limit', price: d('0') })).toEqual(['tick:price', 'min_notional:notional']);
  });

  test('a violation states the value and the bound', () => {
    const [violation] = checkOrder(INSTRUMENT, { quantity: d('0.05'), terms: market, referencePrice: d('100') });
    expect(violation).toEqual({ rule: 'min_notional', field: 'notional', value: '5', bound: '10' });
  });

  test('a stop-limit is valued at the lower of its prices', () => {
    expect(rulesOf('0.1', { type: 'stop-limit', stopPrice: d('100'), price: d('99.95') }, '200')).toEqual([
      'min_notional:notional',
    ]);
  });

  test('a quantised order breaks neither tick nor lot', () => {
    fc.assert(
      fc.property(amount, amount, side, effect, (quantity, price, s, e) => {
        const rules = checkOrder(INSTRUMENT, {
          quantity: quantiseQuantity(INSTRUMENT, quantity),
          terms: quantiseTerms(INSTRUMENT, s, e, { type: 'limit', price: text(dec(price).plus(1)) }),
          referencePrice: d('100'),
        }).map(({ rule }) => rule);
        expect(rules).not.toContain('tick');
        expect(rules).not.toContain('lot');
      }),
    );
  });
});
