import { cornishFisherRisk, historicalRisk, momentsOf, normalQuantile, parametricRisk } from './value-at-risk';

const profits = (...values: number[]): Float64Array => Float64Array.from(values);

describe('historical risk', () => {
  test('interpolates between the order statistics, as R and NumPy do', () => {
    // numpy.quantile([-10,-8,-3,-1,0,1,2,4,5,6], 0.05) = -9.1: position 0.45 between -10 and -8.
    const days = profits(4, -10, 2, -1, 0, 6, -8, 1, 5, -3);
    expect(historicalRisk(days, 0.95).valueAtRisk).toBeCloseTo(9.1, 12);
    // At or beyond -9.1 lies only -10.
    expect(historicalRisk(days, 0.95).expectedShortfall).toBe(10);
    // Position 1.8 between -8 and -3: -4; the mean of -10 and -8.
    expect(historicalRisk(days, 0.8).valueAtRisk).toBeCloseTo(4, 12);
    expect(historicalRisk(days, 0.8).expectedShortfall).toBe(9);
  });

  test('is negative when even the bad case gains, and never below its own tail', () => {
    const risk = historicalRisk(profits(1, 2, 3, 4), 0.95);
    expect(risk.valueAtRisk).toBeCloseTo(-1.15, 12);
    expect(risk.expectedShortfall).toBeGreaterThanOrEqual(risk.valueAtRisk);
  });

  test('needs values, and a level that is a tail', () => {
    expect(() => historicalRisk(profits(), 0.95)).toThrow(RangeError);
    expect(() => historicalRisk(profits(1), 0.5)).toThrow(RangeError);
    expect(() => historicalRisk(profits(1), 1)).toThrow(RangeError);
  });
});

describe('the normal quantile', () => {
  // Source: tables of the standard normal distribution.
  test.each([
    [0.95, 1.6448536269514722],
    [0.99, 2.3263478740408408],
    [0.975, 1.959963984540054],
    [0.5, 0],
    [0.01, -2.3263478740408408],
    [0.001, -3.090232306167813],
  ])('of %d is %d', (probability, z) => {
    expect(normalQuantile(probability)).toBeCloseTo(z, 9);
  });

  test('is of probabilities only', () => {
    expect(() => normalQuantile(0)).toThrow(RangeError);
    expect(() => normalQuantile(1)).toThrow(RangeError);
  });
});

describe('moments', () => {
  test('of 2, 4, 4, 4, 5, 5, 7, 9', () => {
    // Mean 5; squares sum to 32, n - 1 = 7; cubes sum to 42 and fourth powers to 356, over n with the variance 4.
    const { mean, deviation, skewness, excessKurtosis } = momentsOf(profits(2, 4, 4, 4, 5, 5, 7, 9));
    expect(mean).toBe(5);
    expect(deviation).toBeCloseTo(Math.sqrt(32 / 7), 12);
    expect(skewness).toBeCloseTo(42 / 8 / 8, 12);
    expect(excessKurtosis).toBeCloseTo(356 / 8 / 16 - 3, 12);
  });

  test('of a constant are flat, and one value has none', () => {
    expect(momentsOf(profits(3, 3, 3))).toEqual({ mean: 3, deviation: 0, skewness: 0, excessKurtosis: 0 });
    expect(() => momentsOf(profits(1))).toThrow(RangeError);
  });
});

describe('parametric risk', () => {
  test('of a mean of 1 and a deviation of 10 at 95 and 99 per cent', () => {
    // 1.644854 × 10 − 1; 10 × 0.103136 / 0.05 − 1, and the same at 99 per cent: 2.326348, 0.026652 / 0.01.
    const of = (level: number) => parametricRisk({ mean: 1, deviation: 10 }, level);
    expect(of(0.95).valueAtRisk).toBeCloseTo(15.448536, 6);
    expect(of(0.95).expectedShortfall).toBeCloseTo(19.627128, 6);
    expect(of(0.99).valueAtRisk).toBeCloseTo(22.263479, 6);
    expect(of(0.99).expectedShortfall).toBeCloseTo(25.652142, 6);
  });
});

describe('Cornish–Fisher risk', () => {
  const normal = { mean: 0, deviation: 1, skewness: 0, excessKurtosis: 0 };

  test('of a normal distribution is the parametric one', () => {
    const [modified, plain] = [cornishFisherRisk(normal, 0.95), parametricRisk(normal, 0.95)];
    expect(modified.valueAtRisk).toBeCloseTo(plain.valueAtRisk, 9);
    expect(modified.expectedShortfall).toBeCloseTo(plain.expectedShortfall, 3);
  });

  test('of a skewness of -0.5 and an excess kurtosis of 2 is computed term by term', () => {
    // z = -1.644854: z + 1.705543 × -0.5 / 6 + 0.484347 × 2 / 24 − (-0.676159) × 0.25 / 36 = -1.741922 at 95 per cent.
    const z = -1.6448536269514722;
    const expected = z + ((z * z - 1) * -0.5) / 6 + ((z ** 3 - 3 * z) * 2) / 24 - ((2 * z ** 3 - 5 * z) * 0.25) / 36;
    expect(expected).toBeCloseTo(-1.741922, 5);
    const risk = cornishFisherRisk({ ...normal, skewness: -0.5, excessKurtosis: 2 }, 0.95);
    expect(risk.valueAtRisk).toBeCloseTo(1.741922, 5);
    expect(risk.expectedShortfall).toBeGreaterThan(risk.valueAtRisk);
  });
});
