import { historicalRisk, normalQuantile } from './value-at-risk';
import type { TailRisk } from './value-at-risk';

/** Positions and the joint history of their instruments: research numbers, converted from decimals by the caller. */
export interface RiskPortfolio {
  /** Signed value of each position, in account currency. */
  readonly values: Float64Array;
  /** Daily returns of each position's instrument, all over the same days, oldest first. */
  readonly returns: readonly Float64Array[];
}

function requireShape({ values, returns }: RiskPortfolio): number {
  if (values.length !== returns.length) throw new RangeError('there must be one series of returns for each value');
  const days = returns[0]?.length ?? 0;
  if (returns.some(({ length }) => length !== days)) throw new RangeError('all series must have the same length');
  return days;
}

/**
 * What the portfolio as it is now would have gained on each day of the history.
 * @throws RangeError when values and returns do not fit together.
 */
export function simulatedProfits(portfolio: RiskPortfolio): Float64Array {
  const profits = new Float64Array(requireShape(portfolio));
  portfolio.returns.forEach((series, position) => {
    const value = portfolio.values[position] ?? 0;
    for (let day = 0; day < profits.length; day += 1) profits[day] = (profits[day] ?? 0) + value * (series[day] ?? 0);
  });
  return profits;
}

/** Sample covariances (n − 1) of series of one length, row by row. @throws RangeError for fewer than two days. */
export function covariances(returns: readonly Float64Array[]): Float64Array {
  const count = returns.length;
  const days = returns[0]?.length ?? 0;
  if (days < 2) throw new RangeError('covariances need at least two days');
  const centred = returns.map((series) => {
    const mean = series.reduce((sum, value) => sum + value, 0) / days;
    return series.map((value) => value - mean);
  });
  const result = new Float64Array(count * count);
  for (let i = 0; i < count; i += 1) {
    for (let j = 0; j <= i; j += 1) {
      const [a, b] = [centred[i], centred[j]];
      let sum = 0;
      for (let day = 0; day < days; day += 1) sum += (a?.[day] ?? 0) * (b?.[day] ?? 0);
      result[i * count + j] = result[j * count + i] = sum / (days - 1);
    }
  }
  return result;
}

/** What one position does to the parametric VaR of its portfolio. */
export interface RiskContribution {
  /** Change of the portfolio's VaR for one more unit of account currency in the position. */
  readonly marginal: number;
  /** Value times marginal VaR: the parts of all positions sum to the portfolio's VaR. */
  readonly component: number;
}

/**
 * Marginal and component VaR with mean 0: `∂VaR/∂v_i = z (Σv)_i / σ_p`, `component_i = v_i × marginal_i`.
 *
 * Source: Jorion (2006), chapter 7 (Euler decomposition). A portfolio without risk has no parts: all are 0.
 */
export function contributions(portfolio: RiskPortfolio, level: number): readonly RiskContribution[] {
  requireShape(portfolio);
  const { values, returns } = portfolio;
  const covariance = covariances(returns);
  const shared = values.map((_, i) => {
    let sum = 0;
    for (let j = 0; j < values.length; j += 1) sum += (covariance[i * values.length + j] ?? 0) * (values[j] ?? 0);
    return sum;
  });
  const variance = values.reduce((sum, value, i) => sum + value * (shared[i] ?? 0), 0);
  const deviation = Math.sqrt(Math.max(0, variance));
  const z = normalQuantile(level);
  return Array.from(values, (value, i) => {
    const marginal = deviation === 0 ? 0 : (z * (shared[i] ?? 0)) / deviation;
    return { marginal, component: value * marginal };
  });
}

/** The lower triangle L with `L Lᵀ` = the matrix; a direction without variance gets a column of zeros. */
function cholesky(matrix: Float64Array, count: number): Float64Array {
  const lower = new Float64Array(count * count);
  for (let i = 0; i < count; i += 1) {
    for (let j = 0; j <= i; j += 1) {
      let rest = matrix[i * count + j] ?? 0;
      for (let k = 0; k < j; k += 1) rest -= (lower[i * count + k] ?? 0) * (lower[j * count + k] ?? 0);
      const pivot = lower[j * count + j] ?? 0;
      lower[i * count + j] = i === j ? Math.sqrt(Math.max(0, rest)) : pivot === 0 ? 0 : rest / pivot;
    }
  }
  return lower;
}

/**
 * Monte Carlo risk: normal returns with the covariances of the history and mean 0, drawn by the given generator of uniform
 * numbers from 0 to 1 (a seed makes it repeatable), valued by the positions as they are now.
 *
 * Source: P. Glasserman, "Monte Carlo Methods in Financial Engineering" (2003), chapters 2.3 and 9; normal numbers by
 * G. E. P. Box and M. E. Muller (1958).
 */
export function monteCarloRisk(
  portfolio: RiskPortfolio,
  level: number,
  draws: number,
  uniform: () => number,
): TailRisk {
  requireShape(portfolio);
  const { values, returns } = portfolio;
  const count = values.length;
  const lower = cholesky(covariances(returns), count);
  // The portfolio's exposure to each independent direction: L transposed times the values.
  const exposure = values.map((_, k) => {
    let sum = 0;
    for (let i = k; i < count; i += 1) sum += (lower[i * count + k] ?? 0) * (values[i] ?? 0);
    return sum;
  });
  const profits = new Float64Array(draws);
  for (let draw = 0; draw < draws; draw += 1) {
    let profit = 0;
    for (const direction of exposure) {
      // 1 − u is never 0.
      profit += direction * Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
    }
    profits[draw] = profit;
  }
  return historicalRisk(profits, level);
}
