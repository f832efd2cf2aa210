import type { Instant } from '../clock/instant';
import { dec, text } from '../money/decimal';
import type { DecimalString } from '../money/decimal';
import type { InstrumentId } from '../instrument/instrument';
import { worthOf } from '../instrument/worth';
import type { Bar } from '../signal/signal';
import { assumedRisk } from './entry-risk';
import { jointReturns } from './history';
import { contributions, monteCarloRisk, simulatedProfits } from './portfolio-risk';
import type { RiskPortfolio } from './portfolio-risk';
import type { Exposure } from './proposal';
import { seededUniform } from './seeded-uniform';
import { deviationAtCorrelationOne, gapThroughStops, shiftedProfit } from './stress';
import type { StressedPosition } from './stress';
import { cornishFisherRisk, historicalRisk, momentsOf, normalQuantile, parametricRisk } from './value-at-risk';
import type { TailRisk } from './value-at-risk';

/** Ways to estimate the tail of a day. */
export const TAIL_METHODS = ['historical', 'parametric', 'cornish-fisher', 'monte-carlo'] as const;
export type TailMethod = (typeof TAIL_METHODS)[number];
/** Confidences that are measured. */
export const TAIL_LEVELS = ['0.95', '0.99'] as const;
export type TailLevel = (typeof TAIL_LEVELS)[number];

/** Loss of one day that is not exceeded with the level's probability, and the mean of the losses beyond; in account currency. */
export interface TailFigure {
  readonly method: TailMethod;
  readonly level: TailLevel;
  readonly valueAtRisk: DecimalString;
  readonly expectedShortfall: DecimalString;
}

/** What a position does to the parametric value at risk. Null for one without a history. */
export interface PositionRisk {
  readonly instrument: InstrumentId;
  /** Signed value, in account currency. */
  readonly value: DecimalString;
  readonly level: TailLevel;
  /** Parts of all positions sum to the parametric figure with mean 0. */
  readonly component: DecimalString | null;
  /** Change of that figure for one more unit of account currency in the position. */
  readonly marginal: DecimalString | null;
  /** Value at risk by the assumed volatility, added undiversified; null for one with a history. */
  readonly assumed: DecimalString | null;
}

/** What a scenario makes of the positions; a loss is negative. */
export interface StressFigure {
  readonly scenario: string;
  readonly profit: DecimalString;
}

/** The risk of an account's positions as they are now. */
export interface RiskMeasure {
  /** Days of the joint history; 0 without one. */
  readonly days: number;
  readonly tails: readonly TailFigure[];
  readonly positions: readonly PositionRisk[];
  readonly stress: readonly StressFigure[];
}

/** An account's risk at a market time, in account currency. */
export interface AccountRisk extends RiskMeasure {
  readonly account: string;
  readonly marketTime: Instant;
  readonly equity: DecimalString;
  /** The policy's limit on the historical figure at 95 %; null where there is none. */
  readonly limit: DecimalString | null;
}

/** What the risk of positions is measured from. */
export interface MeasureInput {
  readonly positions: readonly Exposure[];
  /** The same units by trade, each with its stop; what no trade of ours holds has none. */
  readonly guarded: readonly StressedPosition[];
  readonly barsOf: ReadonlyMap<InstrumentId, readonly Bar[]>;
  readonly assumedVolatility: DecimalString;
}

const DRAWS = 20_000;
/** The same draws for the same positions, so that two looks can be compared. */
const SEED = 20_240_101;
const GAP = '0.05' as DecimalString;

/** To the cent, as estimates are shown. */
const cents = (value: number): DecimalString => text(dec(value).toDecimalPlaces(2));

/** Measures positions by every method, takes them apart, and puts them under stress. */
export function measureRisk(input: MeasureInput): RiskMeasure {
  const { positions, barsOf, assumedVolatility } = input;
  const valued = positions
    .map((position) => ({
      instrument: position.instrument,
      value: worthOf(position, position.quantity, position.mark),
    }))
    .filter(({ value }) => !value.isZero());
  const joint = jointReturns(
    valued.map(({ instrument }) => instrument),
    barsOf,
  );
  const known = valued.filter(({ instrument }) => joint.has(instrument));
  const portfolio: RiskPortfolio = {
    values: Float64Array.from(known, ({ value }) => value.toNumber()),
    returns: known.map(({ instrument }) => joint.get(instrument) ?? new Float64Array()),
  };
  const assumedAt = (value: number, level: TailLevel): number =>
    assumedRisk(value, assumedVolatility, normalQuantile(Number(level)));
  const unknown = valued.filter(({ instrument }) => !joint.has(instrument));
  const assumed = (level: TailLevel): number =>
    unknown.reduce((sum, { value }) => sum + assumedAt(value.toNumber(), level), 0);
  const shares = new Map(TAIL_LEVELS.map((level) => [level, partsOf(portfolio, level)]));
  return {
    days: portfolio.returns[0]?.length ?? 0,
    tails: TAIL_LEVELS.flatMap((level) =>
      TAIL_METHODS.map((method) => {
        const { valueAtRisk, expectedShortfall } = tailOf(portfolio, method, Number(level));
        const added = assumed(level);
        return {
          method,
          level,
          valueAtRisk: cents(Math.max(0, valueAtRisk) + added),
          expectedShortfall: cents(Math.max(0, expectedShortfall) + added),
        };
      }),
    ),
    positions: TAIL_LEVELS.flatMap((level) =>
      valued.map(({ instrument, value }) => {
        const part = shares.get(level)?.[known.findIndex((one) => one.instrument === instrument)];
        return {
          ...{ instrument, value: text(value), level },
          component: part === undefined ? null : cents(part.component),
          marginal: part === undefined ? null : text(dec(part.marginal).toDecimalPlaces(6)),
          assumed: part === undefined ? cents(assumedAt(value.toNumber(), level)) : null,
        };
      }),
    ),
    stress: stressOf(input, portfolio, assumed('0.99')),
  };
}

const partsOf = (portfolio: RiskPortfolio, level: TailLevel) =>
  portfolio.returns.length === 0 ? [] : contributions(portfolio, Number(level));

function tailOf(portfolio: RiskPortfolio, method: TailMethod, level: number): TailRisk {
  if (portfolio.returns.length === 0) return { valueAtRisk: 0, expectedShortfall: 0 };
  const profits = simulatedProfits(portfolio);
  switch (method) {
    case 'historical':
      return historicalRisk(profits, level);
    case 'parametric':
      return parametricRisk(momentsOf(profits), level);
    case 'cornish-fisher':
      return cornishFisherRisk(momentsOf(profits), level);
    case 'monte-carlo':
      return monteCarloRisk(portfolio, level, DRAWS, seededUniform(SEED));
  }
}

function stressOf({ positions, guarded }: MeasureInput, portfolio: RiskPortfolio, assumed: number): StressFigure[] {
  const z = normalQuantile(0.99);
  const crisis = portfolio.returns.length === 0 ? 0 : z * deviationAtCorrelationOne(portfolio);
  const shift = (words: string, fraction: string): StressFigure => ({
    scenario: words,
    profit: shiftedProfit(positions, fraction as DecimalString),
  });
  return [
    shift('every price falls by 10 %, no stop helps', '-0.1'),
    shift('every price rises by 10 %, no stop helps', '0.1'),
    {
      scenario: 'every market opens 5 % beyond its stop, or 5 % away where there is none',
      profit: gapThroughStops(guarded, GAP),
    },
    { scenario: 'a 99 % day with every correlation at one, hedges not counted', profit: cents(-(crisis + assumed)) },
  ];
}
