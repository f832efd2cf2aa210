import { directionalMovement } from './directional';
import { macd } from './macd';
import { rateOfChange, rsi } from './momentum';
import { cci, stochastic, williamsR } from './oscillators';
import { parabolicSar } from './parabolic';
import { priceSeries } from './series';
import { atr, bollinger } from './volatility';
import { accumulation, chaikin, mfi, obv } from './volume';

const flat = priceSeries(
  Array.from({ length: 40 }, (_, i) => ({
    date: `2024-01-${String(i)}`,
    open: 100,
    high: 100,
    low: 100,
    close: 100,
    volume: 5,
  })),
);

// Where a quotient has no denominator, TA-Lib gives 0; so do we, never NaN or infinity.
describe('prices that never move', () => {
  it.each([
    ['RSI', rsi(flat.close, 14)],
    ['rate of change', rateOfChange(flat.close, 10)],
    ['stochastic', stochastic(flat, 14, 3, 3).d],
    ['Williams %R', williamsR(flat, 14)],
    ['CCI', cci(flat, 20)],
    ['MFI', mfi(flat, 14)],
    ['+DI', directionalMovement(flat, 14).plus],
    ['ADX', directionalMovement(flat, 14).adx],
    ['ATR', atr(flat, 14)],
    ['MACD', macd(flat.close, 12, 26, 9).histogram],
    ['accumulation', accumulation(flat)],
    ['Chaikin oscillator', chaikin(flat, 3, 10)],
  ])('have a %s of 0', (_, values) => {
    expect(values.at(-1)).toBe(0);
  });

  it('have bands of no width, a constant OBV and a SAR at the price', () => {
    expect(bollinger(flat.close, 20, 2).upper.at(-1)).toBe(100);
    expect(obv(flat)).toEqual(new Float64Array(40).fill(5));
    expect(parabolicSar(flat, 0.02, 0.2).at(-1)).toBe(100);
  });
});

describe('a rate of change', () => {
  it('from a price of 0 is 0', () => {
    expect(rateOfChange(Float64Array.of(0, 5), 1)[1]).toBe(0);
  });
});

describe('a parameter that makes no sense', () => {
  it.each([
    ['fast and slow exchanged in MACD', () => macd(flat.close, 26, 12, 9)],
    ['fast and slow exchanged in the Chaikin oscillator', () => chaikin(flat, 10, 3)],
    ['a directional movement over one bar', () => directionalMovement(flat, 1)],
    ['a SAR without a step', () => parabolicSar(flat, 0, 0.2)],
    ['a SAR whose step is above its limit', () => parabolicSar(flat, 0.3, 0.2)],
    ['an RSI over no bars', () => rsi(flat.close, 0)],
    ['a CCI over half a bar', () => cci(flat, 0.5)],
  ])('is refused: %s', (_, compute) => {
    expect(compute).toThrow(RangeError);
  });
});
