import { ema, sma } from '../indicators/averages';
import { directionalMovement } from '../indicators/directional';
import { macd } from '../indicators/macd';
import { rateOfChange, rsi } from '../indicators/momentum';
import { stochastic } from '../indicators/oscillators';
import { highest, lowest } from '../indicators/rolling';
import { last, priceSeries } from '../indicators/series';
import { atr, bollinger, natr } from '../indicators/volatility';
import type { Bar } from '../signal/signal';

/** One line of the table of indicators. */
export interface IndicatorRow {
  readonly name: string;
  /** What it is, in words. */
  readonly meaning: string;
  readonly value: number;
  readonly unit: 'price' | 'percent' | '0 to 100';
}

/** Digits after the point that a reader of the table gets. */
const DIGITS = 4;

/**
 * The indicators of the last bar with their units, in a fixed order; what has too few bars yet is left out. Prices are
 * in quote currency. Each is computed from the given bars alone, oldest first.
 */
export function indicatorTable(bars: readonly Bar[]): readonly IndicatorRow[] {
  const series = priceSeries(bars);
  const { close, high, low } = series;
  const movement = directionalMovement(series, 14);
  const trend = macd(close, 12, 26, 9);
  const bands = bollinger(close, 20, 2);
  const swing = stochastic(series, 14, 3, 3);
  const row = (name: string, unit: IndicatorRow['unit'], meaning: string, values: Float64Array): IndicatorRow => ({
    name,
    meaning,
    value: Number(last(values).toFixed(DIGITS)),
    unit,
  });
  return [
    row('close', 'price', 'last close', close),
    row('sma_20', 'price', 'simple average of 20 closes', sma(close, 20)),
    row('sma_50', 'price', 'simple average of 50 closes', sma(close, 50)),
    row('sma_200', 'price', 'simple average of 200 closes', sma(close, 200)),
    row('ema_20', 'price', 'exponential average of 20 closes', ema(close, 20)),
    row('highest_20', 'price', 'highest high of 20 bars', highest(high, 20)),
    row('lowest_20', 'price', 'lowest low of 20 bars', lowest(low, 20)),
    row('bollinger_upper', 'price', 'average of 20 closes plus two deviations', bands.upper),
    row('bollinger_lower', 'price', 'average of 20 closes less two deviations', bands.lower),
    row('macd', 'price', 'difference of the 12 and 26 bar exponential averages', trend.line),
    row('macd_signal', 'price', 'exponential average of 9 values of macd', trend.signal),
    row('atr_14', 'price', 'average true range of 14 bars', atr(series, 14)),
    row('natr_14', 'percent', 'average true range of 14 bars, of the close', natr(series, 14)),
    row('roc_20', 'percent', 'change over 20 bars', rateOfChange(close, 20)),
    row('rsi_14', '0 to 100', 'relative strength of rises over 14 bars', rsi(close, 14)),
    row('adx_14', '0 to 100', 'strength of the trend, up or down, over 14 bars', movement.adx),
    row('plus_di_14', '0 to 100', 'strength of rises over 14 bars', movement.plus),
    row('minus_di_14', '0 to 100', 'strength of falls over 14 bars', movement.minus),
    row('stochastic_k', '0 to 100', 'close within the range of 14 bars, smoothed', swing.k),
    row('stochastic_d', '0 to 100', 'average of 3 values of stochastic_k', swing.d),
  ].filter(({ value }) => Number.isFinite(value));
}
