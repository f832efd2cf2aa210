import { worthOf } from '../instrument/worth';
import { dec, Decimal, floorTo, text } from '../money/decimal';
import type { DecimalString } from '../money/decimal';
import type { ProfitHistory, RiskInput } from './proposal';
import { historicalRisk, normalQuantile } from './value-at-risk';

/** Confidence of the limit on value at risk. */
const VAR_LEVEL = 0.95;
const Z = normalQuantile(VAR_LEVEL);
/** Fewer days of history say too little of a tail: such an instrument counts with the assumed volatility. */
export const LEAST_HISTORY_DAYS = 60;

/** Value at risk of a position without a history; `z` is the normal quantile of the level, that of 95 % unless told. */
export function assumedRisk(value: number, volatility: DecimalString, z = Z): number {
  return z * Number(volatility) * Math.abs(value);
}

/** One-day value at risk of a history of profits, and what is added for positions without one; at least 0. */
export function portfolioVar({ profits, assumed }: Pick<ProfitHistory, 'profits' | 'assumed'>): number {
  const simulated = profits.length === 0 ? 0 : historicalRisk(profits, VAR_LEVEL).valueAtRisk;
  return Math.max(0, simulated) + assumed;
}

/** How an entry's size changes the account's value at risk. */
export interface EntryRisk {
  /** In account currency; undefined where the policy has no such limit. */
  readonly limit: Decimal | undefined;
  /** Value at risk of the account with this much of the entry. */
  readonly at: (quantity: DecimalString) => Decimal;
  /** Value at risk of the entry alone. */
  readonly alone: (quantity: DecimalString) => Decimal;
}

/**
 * The value at risk that an entry leads to. Money becomes a float here and nowhere else in the risk check: the figure is an
 * estimate, and is rounded up to the cent.
 */
export function entryRisk(input: RiskInput, reference: Decimal, gross: Decimal): EntryRisk {
  const { entry, portfolio, policy } = input;
  const sign = entry.side === 'buy' ? 1 : -1;
  const history = portfolio.history ?? {
    profits: new Float64Array(),
    assumed: assumedRisk(gross.toNumber(), policy.assumedVolatility),
    returns: undefined,
  };
  const valueOf = (quantity: DecimalString): number => sign * worthOf(entry.instrument, quantity, reference).toNumber();
  const cents = (value: number): Decimal => dec(value).toDecimalPlaces(2, Decimal.ROUND_UP);
  const varWith = (base: Float64Array, assumed: number, value: number): Decimal => {
    const { returns } = history;
    if (returns === undefined) {
      return cents(portfolioVar({ profits: base, assumed: assumed + assumedRisk(value, policy.assumedVolatility) }));
    }
    const profits = returns.map((change, day) => (base[day] ?? 0) + value * change);
    return cents(portfolioVar({ profits, assumed }));
  };
  // The same quantities are asked for again when the limits and the head-room are written down.
  const known = new Map<string, Decimal>();
  const at = (quantity: DecimalString): Decimal => {
    const value = known.get(quantity) ?? varWith(history.profits, history.assumed, valueOf(quantity));
    known.set(quantity, value);
    return value;
  };
  return {
    limit: policy.maxVar === null ? undefined : Decimal.max(0, dec(portfolio.equity).mul(policy.maxVar)),
    at,
    alone: (quantity) => varWith(new Float64Array(), 0, valueOf(quantity)),
  };
}

/** Halvings of the search below: a quantity of a million lots is found to the lot. */
const HALVINGS = 24;

/**
 * The largest quantity, in lots, with which the account stays within its limit, found by halving between 0 and what was
 * wished for; 0 when even the smallest does not fit. A quantity that is returned has been checked itself.
 */
export function quantityWithin(risk: EntryRisk, wished: DecimalString, lot: DecimalString): Decimal {
  const { limit } = risk;
  if (limit === undefined || risk.at(wished).lte(limit)) return dec(wished);
  let [fits, breaks] = [dec(0), dec(wished)];
  for (let step = 0; step < HALVINGS; step += 1) {
    const middle = floorTo(fits.plus(breaks).div(2), dec(lot));
    if (middle.lte(fits)) break;
    if (risk.at(text(middle)).lte(limit)) fits = middle;
    else breaks = middle;
  }
  return fits;
}
