import type { EpochMillis } from '../clock/instant';
import { dec, isDecimalString } from '../money/decimal';
import type { DecimalString } from '../money/decimal';
import type { Candle } from './candle';

/** Why a candle is not stored. */
export type CandleFaultCode = 'invalid_time' | 'invalid_number' | 'invalid_price' | 'invalid_range' | 'invalid_volume';

/** The first fault of a candle: its code, the field, and the rule in words. */
export interface CandleFault {
  readonly code: CandleFaultCode;
  readonly field: keyof Candle;
  readonly reason: string;
}

/** A candle as it comes from outside: its numbers may be anything. */
export type UncheckedCandle = { readonly [Field in keyof Candle]: Field extends 'openAt' ? EpochMillis : string };

/** Years 1970 to 9999. */
const LAST = 253_402_300_799_999;

/**
 * Compares two decimals exactly. The nearest doubles never come in the wrong order, so they decide unless they are equal:
 * nearly every candle is checked without decimal arithmetic.
 */
function below(a: string, x: number, b: string, y: number): boolean {
  if (x !== y) return x < y;
  return a !== b && dec(a).lt(dec(b));
}

const PRICES = ['open', 'high', 'low', 'close'] as const;

/**
 * Looks for a reason not to store a candle: a time that is none, numbers that are not plain decimals, prices that are not
 * above 0, an open or close outside of low and high, or a negative volume.
 *
 * Research arrays have their own check, of floats by trading day: `findBarFault`.
 */
export function findCandleFault(candle: UncheckedCandle): CandleFault | undefined {
  const { openAt, open, high, low, close, volume } = candle;
  if (!(Number.isSafeInteger(openAt) && openAt >= 0 && openAt <= LAST))
    return { code: 'invalid_time', field: 'openAt', reason: 'must be a moment from 1970 on, in whole milliseconds' };
  for (const field of PRICES) if (!isDecimalString(candle[field])) return notANumber(field);
  if (!isDecimalString(volume)) return notANumber('volume');
  const [o, h, l, c] = [Number(open), Number(high), Number(low), Number(close)];
  // A decimal above 0 that we read is at least 10^-18, and no double of such a one is 0.
  if (!(o > 0 && h > 0 && l > 0 && c > 0)) {
    const field = PRICES.find((price) => !(Number(candle[price]) > 0)) ?? 'low';
    return { code: 'invalid_price', field, reason: 'must be above 0' };
  }
  if (below(high, h, open, o) || below(high, h, close, c))
    return { code: 'invalid_range', field: 'high', reason: 'must not be below open or close' };
  if (below(open, o, low, l) || below(close, c, low, l))
    return { code: 'invalid_range', field: 'low', reason: 'must not be above open or close' };
  if (Number(volume) < 0) return { code: 'invalid_volume', field: 'volume', reason: 'must not be negative' };
  return undefined;
}

function notANumber(field: keyof Candle): CandleFault {
  const reason = 'must be a plain decimal with at most 20 digits before and 18 after the point';
  return { code: 'invalid_number', field, reason };
}

/** What a page of candles came to. */
export interface SortedCandles {
  /** Sound ones, oldest first, one for each opening. */
  readonly sound: readonly Candle[];
  /** Those that are not stored, with the first fault of each. */
  readonly faulty: readonly { readonly candle: UncheckedCandle; readonly fault: CandleFault }[];
}

/** Sorts a page, drops repeats (the last one said counts) and takes out what is not sound. */
export function sortCandles(page: readonly UncheckedCandle[]): SortedCandles {
  const sound: Candle[] = [];
  const faulty: { candle: UncheckedCandle; fault: CandleFault }[] = [];
  let ordered = true;
  for (const candle of page) {
    const fault = findCandleFault(candle);
    if (fault !== undefined) {
      faulty.push({ candle, fault });
      continue;
    }
    const before = sound.at(-1);
    ordered &&= before === undefined || before.openAt < candle.openAt;
    sound.push(candle as UncheckedCandle & Record<(typeof PRICES)[number] | 'volume', DecimalString>);
  }
  if (ordered) return { sound, faulty };
  const byTime = new Map(sound.map((candle) => [candle.openAt, candle]));
  return { sound: [...byTime.values()].sort((a, b) => a.openAt - b.openAt), faulty };
}
