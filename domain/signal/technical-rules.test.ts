import fc from 'fast-check';
import type { TechnicalReading } from './technical-rules';
import { judge } from './technical-rules';

const rise: TechnicalReading = {
  close: 110,
  sma50: 105,
  sma200: 100,
  ema20: 108,
  ema20Before: 107,
  rsi: 60,
  adx: 30,
  plusDi: 30,
  minusDi: 15,
  atr: 1.2345,
};
const fall: TechnicalReading = {
  ...rise,
  close: 90,
  sma50: 95,
  ema20: 92,
  ema20Before: 93,
  rsi: 40,
  plusDi: 15,
  minusDi: 30,
};

describe('a trend that all rules see', () => {
  it('is a long view with a stop two average true ranges below, rounded up to the cent', () => {
    // 110 - 2 * 1.2345 = 107.531; conviction 0.5 + 0.25 * (30 - 20) / 20 + 0.25 * (70 - 60) / 20
    expect(judge(rise)).toMatchObject({
      kind: 'directional',
      direction: 'long',
      stopPrice: '107.54',
      conviction: 0.75,
    });
  });

  it('is a short view with a stop two average true ranges above, rounded down to the cent', () => {
    expect(judge(fall)).toMatchObject({
      kind: 'directional',
      direction: 'short',
      stopPrice: '92.46',
      conviction: 0.75,
    });
  });

  it('is explained with its figures, the long trend first and the stop last', () => {
    const { reasons } = judge(rise);
    expect(reasons[0]).toBe('The 50-day average (105.00) is above the 200-day average (100.00).');
    expect(reasons.at(-1)).toBe('The stop 107.54 is 2 average true ranges (1.23 each) from the close 110.00.');
    expect(reasons).toHaveLength(6);
  });

  it('convinces from 0.5 to 1, more with strength and with room', () => {
    const at = (adx: number, rsi: number) => judge({ ...rise, adx, rsi });
    expect(at(20, 69.99)).toMatchObject({ conviction: 0.5 });
    expect(at(40, 50)).toMatchObject({ conviction: 1 });
    expect(at(90, 10)).toMatchObject({ conviction: 1 });
  });
});

describe('a view is neutral', () => {
  it.each([
    ['the averages', { sma200: 106 }],
    ['the price', { close: 104 }],
    ['the slope', { ema20Before: 109 }],
    ['the directional movement', { plusDi: 10 }],
    ['two equal averages', { sma200: 105 }],
    ['an unchanged slope', { ema20Before: 108 }],
  ])('when %s does not agree', (_, change) => {
    const view = judge({ ...rise, ...change });
    expect(view.kind).toBe('neutral');
    expect(view.reasons[0]).toMatch(/^The rules disagree: 3 for a rise, [01] for a fall\.$/);
    expect(view.reasons).toHaveLength(5);
  });

  it.each([rise, fall])('when the trend is weak, in both directions', (reading) => {
    const view = judge({ ...reading, adx: 19.94 });
    expect(view.kind).toBe('neutral');
    expect(view.reasons[0]).toBe('The trend is weak: ADX 19.9 is below 20.');
  });

  it('when a rise is overbought', () => {
    const view = judge({ ...rise, rsi: 70 });
    expect(view.kind).toBe('neutral');
    expect(view.reasons[0]).toBe('The rise is exhausted: RSI 70.0 is not below 70.');
  });

  it('when a fall is oversold', () => {
    const view = judge({ ...fall, rsi: 30 });
    expect(view.kind).toBe('neutral');
    expect(view.reasons[0]).toBe('The fall is exhausted: RSI 30.0 is not above 30.');
  });
});

describe('a stop that cannot be named', () => {
  it.each([
    ['below 0', { atr: 60 }],
    ['at 0', { atr: 55 }],
    ['nearer than a cent', { atr: 0.001 }],
  ])('makes the view an abstention: %s', (_, change) => {
    expect(judge({ ...rise, ...change })).toMatchObject({ kind: 'abstained', code: 'no_stop_price' });
  });

  it('makes a short view an abstention when it is nearer than a cent', () => {
    expect(judge({ ...fall, atr: 0.001 })).toMatchObject({ kind: 'abstained', code: 'no_stop_price' });
  });
});

describe('every directional view', () => {
  const price = fc.double({ min: 0.001, max: 100_000, noNaN: true });
  const percent = fc.double({ min: 0, max: 100, noNaN: true });

  it('has a stop on the losing side, at most two ranges away and in whole cents, and a conviction from 0.5 to 1', () => {
    fc.assert(
      fc.property(price, price, percent, percent, fc.boolean(), (close, atr, adx, rsi, up) => {
        const view = judge({ ...(up ? rise : fall), close, sma50: up ? 0 : 1e6, sma200: up ? -1 : 2e6, adx, rsi, atr });
        if (view.kind !== 'directional') return;
        const stop = Number(view.stopPrice);
        const loss = up ? close - stop : stop - close;
        expect(loss).toBeGreaterThan(0);
        expect(loss).toBeLessThanOrEqual(2 * atr * (1 + 1e-9) + 1e-9);
        expect(view.stopPrice).toMatch(/^\d+(\.\d{1,2})?$/);
        expect(stop).toBeGreaterThan(0);
        expect(view.conviction).toBeGreaterThanOrEqual(0.5);
        expect(view.conviction).toBeLessThanOrEqual(1);
      }),
    );
  });
});
