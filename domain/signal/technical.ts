import { ema, sma } from '../indicators/averages';
import { directionalMovement } from '../indicators/directional';
import { rsi } from '../indicators/momentum';
import { at, last, priceSeries } from '../indicators/series';
import { atr } from '../indicators/volatility';
import { findBarFault } from './bar-checks';
import type { AnalysisInput, Analyst, Bar, Signal } from './signal';
import type { TechnicalReading } from './technical-rules';
import { judge } from './technical-rules';

/**
 * Exactly this many bars are read, however many are shown: recursive averages depend on where they start, and a view
 * must not depend on how much history a feed happens to have. 200 for the longest average, and enough for the seeds of
 * the recursive ones to have faded.
 */
const LOOKBACK = 250;
const WILDER_PERIOD = 14;
const SLOPE_PERIOD = 20;
const SLOPE_BARS = 5;

function read(bars: readonly Bar[]): TechnicalReading {
  const series = priceSeries(bars);
  const { close } = series;
  const slope = ema(close, SLOPE_PERIOD);
  const movement = directionalMovement(series, WILDER_PERIOD);
  return {
    close: last(close),
    sma50: last(sma(close, 50)),
    sma200: last(sma(close, 200)),
    ema20: last(slope),
    ema20Before: at(slope, slope.length - 1 - SLOPE_BARS),
    rsi: last(rsi(close, WILDER_PERIOD)),
    adx: last(movement.adx),
    plusDi: last(movement.plus),
    minusDi: last(movement.minus),
    atr: last(atr(series, WILDER_PERIOD)),
  };
}

function isFlat(bars: readonly Bar[]): boolean {
  return Math.max(...bars.map(({ high }) => high)) === Math.min(...bars.map(({ low }) => low));
}

function view({ bars, marketTime }: AnalysisInput): Signal {
  if (bars.length < LOOKBACK) {
    const reason = `${bars.length} bars are known and ${LOOKBACK} are needed.`;
    return { kind: 'abstained', code: 'too_few_bars', reasons: [reason] };
  }
  const recent = bars.slice(-LOOKBACK);
  const fault = findBarFault(recent, marketTime);
  if (fault) return { kind: 'abstained', code: fault.code, reasons: [fault.reason] };
  if (isFlat(recent.slice(-WILDER_PERIOD))) {
    const reason = `The price has not moved in ${WILDER_PERIOD} bars.`;
    return { kind: 'abstained', code: 'flat_prices', reasons: [reason] };
  }
  return judge(read(recent));
}

/**
 * A trend follower over the last 250 daily bars, with the rules of `judge`: long or short when four rules agree on a trend
 * that has strength and is not exhausted, neutral otherwise. The same bars give the same view; volume is not read.
 *
 * Abstains with `too_few_bars`, `flat_prices` (no movement in 14 bars), `no_stop_price`, or a fault of the bars:
 * `invalid_date`, `unsorted_bars`, `invalid_price`, `future_bars`.
 */
export const technicalAnalyst: Analyst = {
  name: 'technical',
  description: 'Follows trends by fixed rules over technical indicators of daily bars; a mechanical view, not advice.',
  lookback: LOOKBACK,
  analyse: (input) => Promise.resolve(view(input)),
};
