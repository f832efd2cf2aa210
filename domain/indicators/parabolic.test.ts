import { parabolicSar } from './parabolic';

const column = (...values: number[]): Float64Array => Float64Array.from(values);

// Expected numbers by hand from Wilder's rules, step 0.1 and limit 0.2.
describe('a parabolic stop', () => {
  it('starts below a rising market and follows it up', () => {
    const sar = parabolicSar({ high: column(10, 12, 14, 16), low: column(8, 10, 12, 14) }, 0.1, 0.2);
    // 8; then 8 + 0.1 * (12 - 8) = 8.4; then 8.4 + 0.2 * (14 - 8.4) = 9.52
    expect(Array.from(sar.slice(1))).toEqual([8, 8.4, expect.closeTo(9.52, 12)]);
  });

  it('starts above a falling market, as the mirror image', () => {
    const sar = parabolicSar({ high: column(-8, -10, -12, -14), low: column(-10, -12, -14, -16) }, 0.1, 0.2);
    expect(Array.from(sar.slice(1))).toEqual([-8, -8.4, expect.closeTo(-9.52, 12)]);
  });

  it('jumps to the old extreme when a bar touches it', () => {
    const sar = parabolicSar({ high: column(10, 12, 14, 13), low: column(8, 10, 12, 7) }, 0.1, 0.2);
    expect(sar[3]).toBe(14);
  });

  it('of fewer than two bars has no value', () => {
    expect(parabolicSar({ high: column(10), low: column(8) }, 0.1, 0.2)).toEqual(column(Number.NaN));
    expect(parabolicSar({ high: column(), low: column() }, 0.1, 0.2)).toEqual(column());
  });
});
