import { doji, engulfing, hammer, morningStar } from './candles';
import type { CandleSeries } from './candles';

type Candle = readonly [open: number, high: number, low: number, close: number];

const columns = (candles: readonly Candle[]): CandleSeries => ({
  open: Float64Array.from(candles, ([open]) => open),
  high: Float64Array.from(candles, ([, high]) => high),
  low: Float64Array.from(candles, ([, , low]) => low),
  close: Float64Array.from(candles, ([, , , close]) => close),
});

/** Twelve ordinary days: body 2, range 4. */
const ordinary: Candle[] = Array.from({ length: 12 }, () => [100, 103, 99, 102]);
const lastOf = (values: Float64Array): number | undefined => values.at(-1);

describe('an engulfing pattern', () => {
  const after = (first: Candle, second: Candle) => lastOf(engulfing(columns([...ordinary, first, second])));

  it('is 100 or -100 when both edges of the body are passed', () => {
    expect(after([102, 103, 99, 100], [99, 104, 98, 103])).toBe(100);
    expect(after([100, 103, 99, 102], [103, 104, 98, 99])).toBe(-100);
  });

  it('is 80 or -80 when one edge is equal', () => {
    expect(after([102, 103, 99, 100], [100, 104, 98, 103])).toBe(80);
    expect(after([100, 103, 99, 102], [103, 104, 98, 100])).toBe(-80);
  });

  it('is 0 when both are equal, when one is inside, and without a turn', () => {
    expect(after([102, 103, 99, 100], [100, 104, 98, 102])).toBe(0);
    expect(after([102, 103, 99, 100], [101, 104, 98, 103])).toBe(0);
    expect(after([100, 103, 99, 102], [99, 104, 98, 103])).toBe(0);
  });
});

describe('a doji', () => {
  it('has a body of at most a tenth of the usual range of 4', () => {
    expect(lastOf(doji(columns([...ordinary, [100, 103, 99, 100.25]])))).toBe(100);
    expect(lastOf(doji(columns([...ordinary, [100, 103, 99, 100.5]])))).toBe(0);
  });
});

describe('a hammer', () => {
  const after = (candle: Candle) => lastOf(hammer(columns([...ordinary, candle])));

  it('is a small body on a long lower shadow near the low before', () => {
    expect(after([99, 99.5, 96, 99.5])).toBe(100);
  });

  it.each([
    ['a large body', [99, 101.5, 94, 101.5]],
    ['no lower shadow', [99, 99.5, 98.75, 99.5]],
    ['an upper shadow', [99, 100.5, 96, 99.5]],
    ['a body far above the low before', [102, 102.5, 98, 102.5]],
  ] as [string, Candle][])('is not one with %s', (_, candle) => {
    expect(after(candle)).toBe(0);
  });
});

describe('a morning star', () => {
  const after = (...candles: Candle[]) => lastOf(morningStar(columns([...ordinary, ...candles]), 0.3));
  const fall: Candle = [102, 103, 97, 98];
  const star: Candle = [97, 97.5, 96, 96.5];
  const rise: Candle = [97, 101, 96.5, 100.5];

  it('is a long fall, a short body below it and a rise that recovers part of the fall', () => {
    expect(after(fall, star, rise)).toBe(100);
  });

  it.each([
    ['the first day rises', [98, 103, 97, 102], star, rise],
    ['the star is not below', fall, [99, 99.5, 98, 98.5], rise],
    ['the star is long', fall, [97, 97.5, 92, 92.5], rise],
    ['the last day falls', fall, star, [100.5, 101, 96.5, 97]],
    ['the rise recovers too little', fall, star, [96, 99.5, 95.5, 99]],
  ] as [string, Candle, Candle, Candle][])('is none when %s', (_, first, second, third) => {
    expect(after(first, second, third)).toBe(0);
  });
});
