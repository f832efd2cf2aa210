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
  const series = new Map([...barsOf].map(([id, bars]) => [id, returnsByDate(bars)]));
  const named = [...new Set([entry, ...positions.map(({ instrument }) => instrument)])];
  const known = named.filter((id) => (series.get(id)?.size ?? 0) >= LEAST_HISTORY_DAYS);
  const [first, ...others] = known.map((id): Returns => series.get(id) ?? new Map());
  const days = [...(first?.keys() ?? [])].filter((day) => others.every((returns) => returns.has(day)));
  const enough = days.length >= LEAST_HISTORY_DAYS;
  const profits = new Float64Array(enough ? days.length : 0);
  let assumed = 0;
  for (const { instrument, value } of positions) {
    const returns = enough && known.includes(instrument) ? series.get(instrument) : undefined;
    if (returns === undefined) assumed += assumedRisk(value, assumedVolatility);
    else days.forEach((day, index) => (profits[index] = (profits[index] ?? 0) + value * (returns.get(day) ?? 0)));
  }
  const own = enough && known.includes(entry) ? series.get(entry) : undefined;
  return { profits, assumed, returns: own && Float64Array.from(days, (day) => own.get(day) ?? 0) };
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
