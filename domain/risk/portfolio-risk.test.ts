import { decimalString as d } from '../money/decimal';
import { contributions, covariances, monteCarloRisk, simulatedProfits } from './portfolio-risk';
import { deviationAtCorrelationOne, gapThroughStops, shiftedProfit } from './stress';
import { normalQuantile } from './value-at-risk';

const series = (...values: number[]): Float64Array => Float64Array.from(values);

/** Two instruments: variances 0.0004 and 0.0001 (n - 1), covariance 0.0001. */
const A = series(0.02, -0.02, 0.02, -0.02, 0);
const B = series(0.01, 0, 0, -0.01, 0);
const portfolio = { values: series(100, 200), returns: [A, B] };

/** A repeatable generator, independent of the code under test (Numerical Recipes' linear congruence). */
function uniform(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 4_294_967_296;
  };
}

describe('a portfolio', () => {
  test('would have gained on each day what its positions gain together', () => {
    // 100 × 0.02 + 200 × 0.01, 100 × -0.02, …
    expect(Array.from(simulatedProfits(portfolio))).toEqual([4, -2, 2, -4, 0]);
  });

  test('has covariances', () => {
    // Σ a² = 0.0016 / 4, Σ ab = 0.0004 / 4, Σ b² = 0.0002 / 4
    const expected = [0.0004, 0.0001, 0.0001, 0.00005];
    expect(Array.from(covariances([A, B])).map((value) => value.toFixed(12))).toEqual(
      expected.map((v) => v.toFixed(12)),
    );
    expect(() => covariances([series(1)])).toThrow(RangeError);
  });

  test('has marginal and component values at risk, whose parts sum to the whole', () => {
    // Σv = (0.06, 0.02); variance 100 × 0.06 + 200 × 0.02 = 10.
    const z = normalQuantile(0.95);
    const [a, b] = contributions(portfolio, 0.95);
    expect(a?.marginal).toBeCloseTo((z * 0.06) / Math.sqrt(10), 12);
    expect(b?.component).toBeCloseTo((z * 200 * 0.02) / Math.sqrt(10), 12);
    expect((a?.component ?? 0) + (b?.component ?? 0)).toBeCloseTo(z * Math.sqrt(10), 12);
  });

  test('without risk has no parts, and its series must fit', () => {
    expect(contributions({ values: series(5), returns: [series(0, 0, 0)] }, 0.95)).toEqual([
      { marginal: 0, component: 0 },
    ]);
    expect(() => simulatedProfits({ values: series(1, 2), returns: [A] })).toThrow(RangeError);
    expect(() => simulatedProfits({ values: series(1, 2), returns: [A, series(1)] })).toThrow(RangeError);
  });
});

describe('Monte Carlo risk', () => {
  test('comes near the parametric one, and is the same for the same seed', () => {
    const drawn = monteCarloRisk(portfolio, 0.95, 40_000, uniform(7));
    const exact = normalQuantile(0.95) * Math.sqrt(10);
    expect(Math.abs(drawn.valueAtRisk - exact) / exact).toBeLessThan(0.03);
    expect(monteCarloRisk(portfolio, 0.95, 1_000, uniform(7))).toEqual(
      monteCarloRisk(portfolio, 0.95, 1_000, uniform(7)),
    );
  });

  test('of instruments that move as one does not need an inverse', () => {
    const twins = { values: series(100, -100), returns: [A, A] };
    expect(monteCarloRisk(twins, 0.95, 1_000, uniform(1)).valueAtRisk).toBeCloseTo(0, 9);
  });
});

describe('stress', () => {
  const held = [
    { instrument: 'US500', quantity: d('10'), mark: d('100'), stopPrice: d('95') },
    { instrument: 'USCOMP', quantity: d('-4'), mark: d('50'), stopPrice: d('55') },
    { instrument: 'SIM', quantity: d('1'), mark: d('20') },
  ];

  test('of a day of -10 % moves every position by its value', () => {
    // -100 + 20 - 2
    expect(shiftedProfit(held, d('-0.1'))).toBe('-82');
  });

  test('of a gap of 2 % through the stops closes beyond them', () => {
    // 10 × (93.1 - 100) - 4 × (56.1 - 50) + 1 × (19.6 - 20)
    expect(gapThroughStops(held, d('0.02'))).toBe('-93.8');
  });

  test('of correlations of one adds deviations, a hedge’s too', () => {
    // 100 × 0.02 + 200 × √0.00005
    expect(deviationAtCorrelationOne(portfolio)).toBeCloseTo(2 + 200 * Math.sqrt(0.00005), 12);
    expect(deviationAtCorrelationOne({ values: series(100, -200), returns: [A, B] })).toBeCloseTo(
      2 + 200 * Math.sqrt(0.00005),
      12,
    );
  });
});
