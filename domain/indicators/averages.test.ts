import { ema, sma, wilder } from './averages';

const column = (...values: number[]): Float64Array => Float64Array.from(values);
const { NaN: none } = Number;

// Expected numbers by hand from the definitions.
describe('an average', () => {
  it('is plain over the last values', () => {
    expect(sma(column(1, 2, 3, 7), 3)).toEqual(column(none, none, 2, 4));
  });

  it('is exponential with factor 2 / (n + 1), seeded with a plain mean', () => {
    expect(ema(column(1, 2, 3, 8), 3)).toEqual(column(none, none, 2, 5));
  });

  it("is Wilder's with factor 1 / n, seeded with a plain mean", () => {
    expect(wilder(column(1, 2, 3, 8), 3)).toEqual(column(none, none, 2, 4));
  });

  it.each([sma, ema, wilder])('can begin later and then ignores what was before', (average) => {
    expect(average(column(none, 99, 1, 3, 5), 2, 2).slice(0, 4)).toEqual(column(none, none, none, 2));
  });

  it.each([sma, ema, wilder])('of too few values has no value', (average) => {
    expect(average(column(1, 2), 3)).toEqual(column(none, none));
    expect(average(column(), 3)).toEqual(column());
  });

  it.each([sma, ema, wilder])('of one value is that value', (average) => {
    expect(average(column(4, 2, 9), 1)).toEqual(column(4, 2, 9));
  });

  it.each([0, -1, 1.5, none])('over %p values is refused', (period) => {
    for (const average of [sma, ema, wilder]) expect(() => average(column(1, 2), period)).toThrow(RangeError);
  });
});
