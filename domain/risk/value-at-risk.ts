/**
 * Value at risk and expected shortfall of one period. Input is a series of profits (negative: losses) or returns, as
 * research numbers; results are losses in the same unit, positive for a loss, and may be negative when even the bad case
 * gains. `level` is the confidence, such as 0.95.
 */

/** Both figures of one method. */
export interface TailRisk {
  /** Loss that is not exceeded with probability `level`. */
  readonly valueAtRisk: number;
  /** Mean loss in the cases beyond it (conditional VaR). */
  readonly expectedShortfall: number;
}

/** Mean, standard deviation (n − 1), skewness and excess kurtosis (both with n). */
export interface Moments {
  readonly mean: number;
  readonly deviation: number;
  readonly skewness: number;
  readonly excessKurtosis: number;
}

function requireLevel(level: number): void {
  if (!(level > 0.5 && level < 1)) throw new RangeError('level must be above 0.5 and below 1');
}

function requireLength(values: Float64Array, least: number): void {
  if (values.length < least) throw new RangeError(`needs at least ${least} values, not ${values.length}`);
}

/**
 * Historical simulation: the empirical quantile by linear interpolation between order statistics (the default of R and
 * NumPy, type 7 of Hyndman and Fan, 1996), and the mean of the losses at or beyond it.
 *
 * Source: P. Jorion, "Value at Risk", 3rd ed. (2006), chapter 10; C. Acerbi and D. Tasche, "Expected Shortfall: a
 * natural coherent alternative to Value at Risk" (2002).
 * @throws RangeError without values or for a level outside (0.5, 1).
 */
export function historicalRisk(profits: Float64Array, level: number): TailRisk {
  requireLevel(level);
  requireLength(profits, 1);
  const sorted = profits.slice().sort();
  const position = (1 - level) * (sorted.length - 1);
  const low = Math.floor(position);
  const [below, above] = [sorted[low] ?? 0, sorted[Math.min(low + 1, sorted.length - 1)] ?? 0];
  const quantile = below + (position - low) * (above - below);
  let sum = 0;
  let count = 0;
  for (const profit of sorted) {
    if (profit > quantile) break;
    sum += profit;
    count += 1;
  }
  return { valueAtRisk: -quantile, expectedShortfall: count === 0 ? -quantile : -sum / count };
}

/** The first four moments of a series. @throws RangeError for fewer than two values. */
export function momentsOf(values: Float64Array): Moments {
  requireLength(values, 2);
  const n = values.length;
  let mean = 0;
  for (const value of values) mean += value / n;
  let [second, third, fourth] = [0, 0, 0];
  for (const value of values) {
    const away = value - mean;
    second += away * away;
    third += away ** 3;
    fourth += away ** 4;
  }
  const variance = second / n;
  return {
    mean,
    deviation: Math.sqrt(second / (n - 1)),
    skewness: variance === 0 ? 0 : third / n / variance ** 1.5,
    excessKurtosis: variance === 0 ? 0 : fourth / n / (variance * variance) - 3,
  };
}

/** Density of the standard normal distribution. */
function normalDensity(z: number): number {
  return Math.exp(-0.5 * z * z) / Math.sqrt(2 * Math.PI);
}

/**
 * Quantile of the standard normal distribution, absolute error below 1e-9 from 1e-9 to 1 − 1e-9.
 * Source: P. J. Acklam, "An algorithm for computing the inverse normal cumulative distribution function" (2003), with one
 * step of Halley's method.
 */
export function normalQuantile(probability: number): number {
  if (!(probability > 0 && probability < 1)) throw new RangeError('a probability must be above 0 and below 1');
  const rough = acklam(probability);
  const error = normalCumulative(rough) - probability;
  const step = error / normalDensity(rough);
  return rough - step / (1 + (rough * step) / 2);
}

const A = [
  -39.69683028665376, 220.9460984245205, -275.9285104469687, 138.357751867269, -30.66479806614716, 2.506628277459239,
];
const B = [-54.47609879822406, 161.5858368580409, -155.6989798598866, 66.80131188771972, -13.28068155288572];
const C = [
  -0.007784894002430293, -0.3223964580411365, -2.400758277161838, -2.549732539343734, 4.374664141464968,
  2.938163982698783,
];
const D = [0.007784695709041462, 0.3224671290700398, 2.445134137142996, 3.754408661907416];
const TAIL = 0.02425;

const polynomial = (coefficients: readonly number[], x: number): number =>
  coefficients.reduce((sum, coefficient) => sum * x + coefficient, 0);

function acklam(p: number): number {
  if (p > 1 - TAIL) return -acklam(1 - p);
  if (p < TAIL) {
    const q = Math.sqrt(-2 * Math.log(p));
    return polynomial(C, q) / polynomial([...D, 1], q);
  }
  const q = p - 0.5;
  const r = q * q;
  return (polynomial(A, r) * q) / polynomial([...B, 1], r);
}

/** Series of the error function; converges quickly for the few deviations that are asked for. */
function normalCumulative(z: number): number {
  let [term, sum] = [z, z];
  for (let n = 1; Math.abs(term) > 1e-17 * Math.abs(sum) && n < 300; n += 1) {
    term *= (z * z) / (2 * n + 1);
    sum += term;
  }
  return 0.5 + sum * normalDensity(z);
}

/**
 * Parametric (variance–covariance) risk of normally distributed profits: `VaR = zσ − μ`,
 * `ES = σφ(z)/(1 − level) − μ`. Source: Jorion (2006), chapters 5 and 9; RiskMetrics Technical Document (1996).
 */
export function parametricRisk({ mean, deviation }: Pick<Moments, 'mean' | 'deviation'>, level: number): TailRisk {
  requireLevel(level);
  const z = normalQuantile(level);
  return {
    valueAtRisk: z * deviation - mean,
    expectedShortfall: (deviation * normalDensity(z)) / (1 - level) - mean,
  };
}

/**
 * Modified VaR: the normal quantile corrected for skewness S and excess kurtosis K by the Cornish–Fisher expansion,
 * `z' = z + (z² − 1)S/6 + (z³ − 3z)K/24 − (2z³ − 5z)S²/36` at the lower tail. The shortfall is that of the expansion,
 * averaged over the tail by the midpoints of 1,000 equally probable parts.
 *
 * Source: L. Favre and J. A. Galeano, "Mean-Modified Value-at-Risk Optimization with Hedge Funds" (2002). It holds for
 * moderate S and K only; far outside it is not monotone, and the historical figure should be read instead.
 */
export function cornishFisherRisk(moments: Moments, level: number): TailRisk {
  requireLevel(level);
  const { mean, deviation } = moments;
  const loss = (probability: number): number => -(mean + expanded(normalQuantile(probability), moments) * deviation);
  const parts = 1_000;
  let sum = 0;
  for (let part = 0; part < parts; part += 1) sum += loss(((1 - level) * (part + 0.5)) / parts);
  return { valueAtRisk: loss(1 - level), expectedShortfall: sum / parts };
}

function expanded(z: number, { skewness: s, excessKurtosis: k }: Moments): number {
  return z + ((z * z - 1) * s) / 6 + ((z ** 3 - 3 * z) * k) / 24 - ((2 * z ** 3 - 5 * z) * s * s) / 36;
}
