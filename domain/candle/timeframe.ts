import type { EpochMillis, Millis } from '../clock/instant';

/** The lengths of candles that can be stored, the shortest first; a day is a trading day. */
export const TIMEFRAMES = ['1m', '5m', '15m', '30m', '1h', '4h', '1d'] as const;
export type Timeframe = (typeof TIMEFRAMES)[number];

const MINUTE: Millis = 60_000;
const LENGTHS: Readonly<Record<Timeframe, Millis>> = {
  '1m': MINUTE,
  '5m': 5 * MINUTE,
  '15m': 15 * MINUTE,
  '30m': 30 * MINUTE,
  '1h': 60 * MINUTE,
  '4h': 240 * MINUTE,
  '1d': 1_440 * MINUTE,
};

/** True for a word of `TIMEFRAMES`. */
export function isTimeframe(word: string): word is Timeframe {
  return TIMEFRAMES.some((one) => one === word);
}

/** Distance of two candles' places in milliseconds. */
export function lengthOf(timeframe: Timeframe): Millis {
  return LENGTHS[timeframe];
}

/**
 * The place of a moment on the timeframe's grid, which counts from 1970 in UTC: the last multiple of its length that is
 * not later. A candle that opens between two multiples, as a session's first may, fills the earlier place.
 */
export function placeOf(at: EpochMillis, timeframe: Timeframe): EpochMillis {
  const length = LENGTHS[timeframe];
  return Math.floor(at / length) * length;
}
