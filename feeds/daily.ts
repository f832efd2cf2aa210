import { parseDate, utcMidnight } from '../domain/calendar/dates';
import { formatDate } from '../domain/calendar/dates';
import { FeedError } from '../domain/candle/feed';
import type { Adjustment, Series } from '../domain/candle/series';
import type { EpochMillis, Millis } from '../domain/clock/instant';
import { dec } from '../domain/money/decimal';
import { exchange, retryAfterOf, TooLarge } from './http';

const DEADLINE: Millis = 15_000;
const MAX_BYTES = 16 * 1_024 * 1_024;

/** Daily bars are final some time after the close: late trades and auctions are counted in. */
export const DAILY_SETTLE: Millis = 3_600_000;

/** Asks for a JSON document. @throws FeedError for everything that is none; no header of ours is in its words */
export async function askJson(
  name: string,
  url: URL,
  headers: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<{ readonly status: number; readonly body: unknown }> {
  const answer = await exchange({ url: url.href, headers, deadline: DEADLINE, maxBytes: MAX_BYTES, signal }).catch(
    (error: unknown) => {
      const words = error instanceof Error ? error.message : String(error);
      throw new FeedError(error instanceof TooLarge ? 'malformed' : 'unavailable', `${name}: ${words}`);
    },
  );
  const { status, headers: told, text } = answer;
  if (status === 429 || status === 418)
    throw new FeedError('rate_limited', `${name} sends us away (${status})`, retryAfterOf(told, Date.now()) ?? 60_000);
  if (status >= 500) throw new FeedError('unavailable', `${name} answered ${status}`, retryAfterOf(told, Date.now()));
  if (status === 401 || status === 403)
    throw new FeedError('refused', `${name} does not take our key or address (${status})`);
  if (status >= 300 && status < 400) throw new FeedError('refused', `${name} redirects us: set its new address`);
  try {
    return { status, body: JSON.parse(text) as unknown };
  } catch {
    throw new FeedError('malformed', `${name} answered ${status} without a JSON document`);
  }
}

/** Looks whether a feed of daily bars has such a series at all. @throws FeedError */
export function checkDaily(name: string, series: Series, adjustments: readonly Adjustment[]): void {
  if (series.timeframe !== '1d')
    throw new FeedError('unknown_timeframe', `${name} has no candles of ${series.timeframe}; it has 1d`);
  if (!adjustments.includes(series.adjustment))
    throw new FeedError(
      'unknown_adjustment',
      `${name} has no ${series.adjustment} prices; it has ${adjustments.join(', ')}`,
    );
}

/** Midnight UTC of the day that a moment falls on in a zone so many seconds east of UTC. */
export function dayAt(seconds: number, offset: number): EpochMillis {
  return utcMidnight(parseDate(formatDate(Math.floor((seconds + offset) / 86_400))));
}

/**
 * A price that came as a JSON number, in plain notation. Several feeds hold prices in 32 bits and write them widened
 * (184.39999389648438 for 184.4): the shortest decimal that is the same 32-bit number is what was meant.
 */
export function priceText(value: number): string {
  if (!Number.isFinite(value)) return '';
  if (Math.fround(value) !== value) return dec(value).toFixed();
  for (let digits = 6; digits < 10; digits += 1) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === value) return dec(short).toFixed();
  }
  return dec(value).toFixed();
}
