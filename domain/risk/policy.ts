import { dec, isDecimalString, text } from '../money/decimal';
import type { DecimalString } from '../money/decimal';

/** The limits of one account. Fractions are of 1 (0.01 is one per cent), amounts in account currency. */
export interface RiskPolicy {
  /** Share of the equity that one trade may lose at its stop; above 0, at most 1. */
  readonly maxRiskPerTrade: DecimalString;
  /** Highest notional in one instrument, as a fraction of the equity, existing exposure included; above 0. */
  readonly maxConcentration: DecimalString;
  /** Highest gross exposure (the sum of all notionals, long and short alike), as a multiple of the equity; above 0. */
  readonly maxLeverage: DecimalString;
  /** Today's loss, realised and open, at which no further trade is opened; above 0, an amount. */
  readonly maxDailyLoss: DecimalString;
  /** Highest number of trades open at once; a whole number, at least 1. */
  readonly maxOpenTrades: number;
  /** Lowest ratio of the way to the take-profit and the way to the stop; above 0, or null for no such rule. */
  readonly minRewardToRisk: DecimalString | null;
  /** How far beyond its stop an exit is assumed to fill, as a fraction of the stop price, when a trade is sized; at least 0, below 1. */
  readonly gapAllowance: DecimalString;
  /** Share of a new position's notional that is kept free for its fees and slippage; at least 0, below 1. */
  readonly costReserve: DecimalString;
}

const amount = (value: string): DecimalString => text(dec(value));

/**
 * The policy of an account that names none. The stop is trusted (`gapAllowance` 0), which overnight gaps can break:
 * an account that holds over closes should allow for them.
 */
export const DEFAULT_RISK_POLICY: RiskPolicy = {
  maxRiskPerTrade: amount('0.01'),
  maxConcentration: amount('0.25'),
  maxLeverage: amount('3'),
  maxDailyLoss: amount('1000'),
  maxOpenTrades: 10,
  minRewardToRisk: null,
  gapAllowance: amount('0'),
  costReserve: amount('0.002'),
};

/** A field of a policy that breaks its rule. */
export interface PolicyProblem {
  readonly field: keyof RiskPolicy;
  /** The rule as a sentence without its subject, such as `must be above 0`. */
  readonly rule: string;
}

const POSITIVE = 'must be a plain decimal above 0';
const FRACTION = 'must be a plain decimal above 0 and at most 1';
const PART = 'must be a plain decimal, at least 0 and below 1';

/** All fields of a policy that are out of range; empty when it can be used. */
export function policyProblems(policy: RiskPolicy): readonly PolicyProblem[] {
  const positive = (value: string): boolean => isDecimalString(value) && dec(value).gt(0);
  const part = (value: string): boolean => isDecimalString(value) && dec(value).gte(0) && dec(value).lt(1);
  const checks: readonly (readonly [keyof RiskPolicy, boolean, string])[] = [
    ['maxRiskPerTrade', positive(policy.maxRiskPerTrade) && dec(policy.maxRiskPerTrade).lte(1), FRACTION],
    ['maxConcentration', positive(policy.maxConcentration), POSITIVE],
    ['maxLeverage', positive(policy.maxLeverage), POSITIVE],
    ['maxDailyLoss', positive(policy.maxDailyLoss), POSITIVE],
    [
      'maxOpenTrades',
      Number.isInteger(policy.maxOpenTrades) && policy.maxOpenTrades >= 1,
      'must be a whole number, at least 1',
    ],
    ['minRewardToRisk', policy.minRewardToRisk === null || positive(policy.minRewardToRisk), `${POSITIVE}, or null`],
    ['gapAllowance', part(policy.gapAllowance), PART],
    ['costReserve', part(policy.costReserve), PART],
  ];
  return checks.filter(([, valid]) => !valid).map(([field, , rule]) => ({ field, rule }));
}
