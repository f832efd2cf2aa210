import { dec, isDecimalString, text } from '../money/decimal';
import type { DecimalString } from '../money/decimal';
import { COST_BASES } from '../portfolio/lots';
import type { CostBasis } from '../portfolio/lots';

/** How the size of an entry is wished for; limits may make it smaller. */
export type SizingPolicy =
  /** By the money that may be lost at the stop (`maxRiskPerTrade`), and nothing else. */
  | { readonly method: 'fixed-fraction' }
  /** So that a move of one average true range (14 days) changes the equity by this fraction of it. */
  | { readonly method: 'volatility-target'; readonly target: DecimalString }
  /** Always this notional, in account currency. */
  | { readonly method: 'fixed-notional'; readonly notional: DecimalString }
  /** A fraction of what Kelly's formula puts at risk, at most `cap` of the equity. `payoff` is gain to loss of a trade. */
  | {
      readonly method: 'kelly';
      readonly winProbability: DecimalString;
      readonly payoff: DecimalString;
      readonly fraction: DecimalString;
      readonly cap: DecimalString;
    };

/** The limits of one account. Fractions are of 1 (0.01 is one per cent), amounts in account currency. */
export interface RiskPolicy {
  readonly sizing: SizingPolicy;
  readonly maxRiskPerTrade: DecimalString;
  readonly maxPositionNotional: DecimalString;
  readonly maxConcentration: DecimalString;
  readonly maxLeverage: DecimalString;
  readonly maxNetLeverage: DecimalString;
  readonly maxSectorExposure: DecimalString | null;
  readonly maxGroupExposure: DecimalString | null;
  readonly maxOpenTrades: number;
  readonly maxOrdersPerMinute: number;
  readonly maxDailyLoss: DecimalString;
  readonly dailyLossWarning: DecimalString;
  readonly maxDrawdown: DecimalString | null;
  readonly maxVar: DecimalString | null;
  readonly assumedVolatility: DecimalString;
  readonly minRewardToRisk: DecimalString | null;
  readonly priceCollar: DecimalString | null;
  readonly maxSpread: DecimalString | null;
  readonly maxPriceAgeSeconds: number | null;
  readonly cooldownSeconds: number;
  readonly maxLossStreak: number | null;
  readonly lossStreakSeconds: number;
  readonly gapAllowance: DecimalString;
  readonly costReserve: DecimalString;
  readonly costBasis: CostBasis;
}

const amount = (value: string): DecimalString => text(dec(value));

/**
 * The policy of an account that names none. The stop is trusted (`gapAllowance` 0), which overnight gaps can break:
 * an account that holds over closes should allow for them.
 */
export const DEFAULT_RISK_POLICY: RiskPolicy = {
  sizing: { method: 'fixed-fraction' },
  maxRiskPerTrade: amount('0.01'),
  maxPositionNotional: amount('10000'),
  maxConcentration: amount('0.25'),
  maxLeverage: amount('3'),
  maxNetLeverage: amount('3'),
  maxSectorExposure: amount('0.5'),
  maxGroupExposure: amount('0.5'),
  maxOpenTrades: 10,
  maxOrdersPerMinute: 120,
  maxDailyLoss: amount('1000'),
  dailyLossWarning: amount('0.8'),
  maxDrawdown: amount('0.2'),
  maxVar: amount('0.05'),
  assumedVolatility: amount('0.05'),
  minRewardToRisk: null,
  priceCollar: amount('0.1'),
  maxSpread: amount('0.01'),
  maxPriceAgeSeconds: null,
  cooldownSeconds: 0,
  maxLossStreak: null,
  lossStreakSeconds: 86_400,
  gapAllowance: amount('0'),
  costReserve: amount('0.002'),
  costBasis: 'fifo',
};

/** What a field's values may be. */
interface FieldRule {
  /** The rule as a sentence without its subject, such as `must be above 0`. */
  readonly rule: string;
  readonly holds: (value: unknown) => boolean;
}

const decimal = (rule: string, within: (value: ReturnType<typeof dec>) => boolean): FieldRule => ({
  rule,
  holds: (value) => typeof value === 'string' && isDecimalString(value) && within(dec(value)),
});
const whole = (rule: string, least: number): FieldRule => ({
  rule,
  holds: (value) => typeof value === 'number' && Number.isSafeInteger(value) && value >= least,
});
const orNull = ({ rule, holds }: FieldRule): FieldRule => ({
  rule: `${rule}, or null`,
  holds: (value) => value === null || holds(value),
});

const POSITIVE = decimal('must be a plain decimal above 0', (value) => value.gt(0));
const FRACTION = decimal('must be a plain decimal above 0 and at most 1', (value) => value.gt(0) && value.lte(1));
const PART = decimal('must be a plain decimal, at least 0 and below 1', (value) => value.gte(0) && value.lt(1));
const COUNT = whole('must be a whole number, at least 1', 1);
const SECONDS = whole('must be whole seconds, at least 0', 0);

const SIZING_FIELDS: Readonly<Record<SizingPolicy['method'], Readonly<Record<string, FieldRule>>>> = {
  'fixed-fraction': {},
  'volatility-target': { target: FRACTION },
  'fixed-notional': { notional: POSITIVE },
  kelly: { winProbability: FRACTION, payoff: POSITIVE, fraction: FRACTION, cap: FRACTION },
};

const SIZING: FieldRule = {
  rule:
    'must be {"method": "fixed-fraction"}, {"method": "volatility-target", "target"}, {"method": "fixed-notional", "notional"} ' +
    'or {"method": "kelly", "winProbability", "payoff", "fraction", "cap"}, with decimals in range',
  holds: (value) => {
    if (typeof value !== 'object' || value === null || !('method' in value)) return false;
    const { method, ...given } = value;
    if (typeof method !== 'string' || !Object.hasOwn(SIZING_FIELDS, method)) return false;
    const fields = SIZING_FIELDS[method as SizingPolicy['method']];
    const values = new Map<string, unknown>(Object.entries(given));
    return (
      values.size === Object.keys(fields).length && Object.entries(fields).every(([n, f]) => f.holds(values.get(n)))
    );
  },
};

/** Every limit: its rule, and what it means, for the documentation and for people who ask. */
export const POLICY_FIELDS: Readonly<Record<keyof RiskPolicy, FieldRule & { readonly about: string }>> = {
  sizing: { ...SIZING, about: 'How the size of an entry is wished for; every limit may make it smaller.' },
  maxRiskPerTrade: { ...FRACTION, about: 'Share of the equity that one trade may lose at its stop.' },
  maxPositionNotional: { ...POSITIVE, about: 'Highest notional in one instrument, what is held included; an amount.' },
  maxConcentration: { ...POSITIVE, about: 'The same as a fraction of the equity.' },
  maxLeverage: {
    ...POSITIVE,
    about: 'Highest gross exposure (all notionals, long and short alike) as a multiple of the equity.',
  },
  maxNetLeverage: {
    ...POSITIVE,
    about: 'Highest net exposure (long less short, either way) as a multiple of the equity.',
  },
  maxSectorExposure: {
    ...orNull(POSITIVE),
    about: 'Highest gross exposure in the instruments of one sector, as a fraction of the equity.',
  },
  maxGroupExposure: { ...orNull(POSITIVE), about: 'The same for a group of instruments that move together.' },
  maxOpenTrades: { ...COUNT, about: 'Highest number of trades open at once.' },
  maxOrdersPerMinute: { ...COUNT, about: 'Attempts to add exposure within 60 seconds of real time.' },
  maxDailyLoss: {
    ...POSITIVE,
    about: 'Loss of the trading day, realised and open, at which no further trade is opened; an amount.',
  },
  dailyLossWarning: { ...FRACTION, about: 'Share of the daily loss at which it is warned of.' },
  maxDrawdown: {
    ...orNull(FRACTION),
    about: 'Fall of the equity from its highest value at which no further trade is opened.',
  },
  maxVar: {
    ...orNull(FRACTION),
    about: 'Highest value at risk (95 %, one day, historical) as a fraction of the equity.',
  },
  assumedVolatility: {
    ...FRACTION,
    about: 'Daily volatility of an instrument with fewer than 60 days of history, added undiversified.',
  },
  minRewardToRisk: {
    ...orNull(POSITIVE),
    about: 'Lowest ratio of the way to the take-profit and the way to the stop.',
  },
  priceCollar: {
    ...orNull(FRACTION),
    about: 'How much worse than the market an entry may be priced, as a fraction of it.',
  },
  maxSpread: { ...orNull(FRACTION), about: 'Widest spread of bid and ask, as a fraction of their middle.' },
  maxPriceAgeSeconds: {
    ...orNull(COUNT),
    about: 'Oldest price in market seconds, where that is less than the gap between prints.',
  },
  cooldownSeconds: {
    ...SECONDS,
    about: 'Market seconds after a losing trade in which its instrument is locked; 0 for none.',
  },
  maxLossStreak: { ...orNull(COUNT), about: 'Losing trades in a row after which the account is locked.' },
  lossStreakSeconds: { ...COUNT, about: 'Market seconds of that lock.' },
  gapAllowance: {
    ...PART,
    about: 'How far beyond its stop an exit is assumed to fill when a trade is sized, as a fraction of the stop.',
  },
  costReserve: { ...PART, about: 'Share of a new position’s notional that is kept free for its fees and slippage.' },
  costBasis: {
    rule: `must be one of: ${COST_BASES.join(', ')}`,
    holds: (value) => COST_BASES.some((basis) => basis === value),
    about: 'Which units a sale takes, for the profit that the ledger shows: the oldest, or a part of all; no limit.',
  },
};

/** A field of a policy that breaks its rule. */
export interface PolicyProblem {
  readonly field: string;
  readonly rule: string;
}

/** The fields of a policy, or of a part of one, that are out of range or that no policy has; empty when it can be used. */
export function policyProblems(
  policy: Readonly<Record<string, unknown>> | Partial<RiskPolicy>,
): readonly PolicyProblem[] {
  const fields: Readonly<Record<string, FieldRule>> = POLICY_FIELDS;
  return Object.entries(policy).flatMap(([field, value]) => {
    const known = Object.hasOwn(fields, field) ? fields[field] : undefined;
    if (known === undefined) return [{ field, rule: 'is no limit that there is' }];
    return known.holds(value) ? [] : [{ field, rule: known.rule }];
  });
}

/** A stored policy with what it leaves out: one that was written before a limit existed has that limit's default. */
export function completePolicy(stored: Partial<RiskPolicy>): RiskPolicy {
  return { ...DEFAULT_RISK_POLICY, ...stored };
}
