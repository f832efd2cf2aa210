import { atr } from '../indicators/volatility';
import { dec, text } from '../money/decimal';
import type { DecimalString } from '../money/decimal';
import type { InstrumentId } from '../instrument/instrument';
import type { Bar } from '../signal/signal';
import { assumedRisk, LEAST_HISTORY_DAYS } from './entry-risk';
import type { ProfitHistory } from './proposal';

/** Daily bars that a history is made of at most: a year of returns. */
export const HISTORY_BARS = 251;
const ATR_PERIOD = 14;

/** A position as its history is simulated; value in account currency, negative when short. */
export interface ValuedExposure {
  readonly instrument: InstrumentId;
  readonly value: number;
}

type Returns = ReadonlyMap<string, number>;

function returnsByDate(bars: readonly Bar[]): Returns {
  const returns = new Map<string, number>();
  bars.forEach(({ date, close }, index) => {
    const before = bars[index - 1]?.close;
    if (before !== undefined && before > 0) returns.set(date, close / before - 1);
  });
  return returns;
}

/**
 * Daily returns of those instruments that have at least 60 of them, over the days that all of these have, oldest first; empty
 * when they have fewer than 60 days in common.
 *
 * @param barsOf daily bars, oldest first
 */
export function jointReturns(
  instruments: readonly InstrumentId[],
  barsOf: ReadonlyMap<InstrumentId, readonly Bar[]>,
): ReadonlyMap<InstrumentId, Float64Array> {
  const series = instruments
    .map((id) => [id, returnsByDate(barsOf.get(id) ?? [])] as const)
    .filter(([, returns]) => returns.size >= LEAST_HISTORY_DAYS);
  const [first, ...others] = series.map(([, returns]) => returns);
  const days = [...(first?.keys() ?? [])].filter((day) => others.every((returns) => returns.has(day)));
  if (days.length < LEAST_HISTORY_DAYS) return new Map();
  return new Map(series.map(([id, returns]) => [id, Float64Array.from(days, (day) => returns.get(day) ?? 0)]));
}

/**
 * What the account's positions as they are now would have gained on each day that all of their instruments, and the
 * entry's, have returns for. An instrument with fewer than 60 such days counts with the assumed volatility instead.
 *
 * @param barsOf daily bars, oldest first
 */
export function profitHistory(
  positions: readonly ValuedExposure[],
  entry: InstrumentId,
  barsOf: ReadonlyMap<InstrumentId, readonly Bar[]>,
  assumedVolatility: DecimalString,
): ProfitHistory {
  const named = [...new Set([entry, ...positions.map(({ instrument }) => instrument)])];
  const returns = jointReturns(named, barsOf);
  const profits = new Float64Array([...returns.values()][0]?.length ?? 0);
  let assumed = 0;
  for (const { instrument, value } of positions) {
    const own = returns.get(instrument);
    if (own === undefined) assumed += assumedRisk(value, assumedVolatility);
    else own.forEach((change, day) => (profits[day] = (profits[day] ?? 0) + value * change));
  }
  return { profits, assumed, returns: returns.get(entry) };
}

/** The average true range of 14 days, in quote currency to eight digits; undefined with fewer than 15 bars. */
export function averageTrueRange(bars: readonly Bar[]): DecimalString | undefined {
  if (bars.length <= ATR_PERIOD) return undefined;
  const column = (of: (bar: Bar) => number): Float64Array => Float64Array.from(bars, of);
  const range = atr(
    { high: column((b) => b.high), low: column((b) => b.low), close: column((b) => b.close) },
    ATR_PERIOD,
  );
  const last = range.at(-1);
  return last === undefined || Number.isNaN(last) ? undefined : text(dec(last.toFixed(8)));
}
