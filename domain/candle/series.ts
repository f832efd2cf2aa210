import type { CalendarId } from '../calendar/calendar';
import { isTimeframe } from './timeframe';
import type { Timeframe } from './timeframe';

/**
 * What was done to prices afterwards: `raw` nothing; `splits` divided by later splits; `total` also lowered by later
 * dividends. Prices of two kinds never share a series.
 */
export const ADJUSTMENTS = ['raw', 'splits', 'total'] as const;
export type Adjustment = (typeof ADJUSTMENTS)[number];

/** `{feed}:{symbol}:{timeframe}`, with `:{adjustment}` behind it unless raw: `binance:BTC/USDT:1h`, `yahoo:AAPL:1d:total`. */
export type SeriesId = string & { readonly __brand: 'SeriesId' };

/** Candles of one instrument and length, as one feed tells them. */
export interface Series {
  readonly feed: string;
  /** As the feed writes it. */
  readonly symbol: string;
  readonly timeframe: Timeframe;
  readonly adjustment: Adjustment;
}

/** A series with the calendar that says which of its candles should exist. */
export interface ScheduledSeries extends Series {
  readonly calendar: CalendarId;
}

/** Name of a feed: an exchange as ccxt calls it, or a feed of another kind. */
export const FEED_NAME = /^[a-z0-9][a-z0-9-]{0,31}$/;
/** A symbol such as `BTC/USDT`, `AAPL` or `^GSPC`. */
export const FEED_SYMBOL = /^[A-Z0-9^][A-Z0-9._/=^-]{0,31}$/;

/** The feed of an account that brings candles itself: its name, with `ib-` before it unless it begins so, or is `ib`. */
export function accountFeed(account: string): string {
  return account === 'ib' || account.startsWith('ib-') ? account : `ib-${account}`;
}

/** The id of a series. */
export function seriesId({ feed, symbol, timeframe, adjustment }: Series): SeriesId {
  return [feed, symbol, timeframe, ...(adjustment === 'raw' ? [] : [adjustment])].join(':') as SeriesId;
}

/** The series that an id names; undefined when it is none. */
export function parseSeriesId(id: string): Series | undefined {
  const [feed = '', symbol = '', timeframe = '', kind = 'raw', ...more] = id.split(':');
  const adjustment = ADJUSTMENTS.find((one) => one === kind);
  if (more.length > 0 || !FEED_NAME.test(feed) || !FEED_SYMBOL.test(symbol)) return undefined;
  if (!isTimeframe(timeframe) || adjustment === undefined) return undefined;
  const series = { feed, symbol, timeframe, adjustment };
  // One name for one thing: an id that spells `raw` out is not how we write it.
  return seriesId(series) === id ? series : undefined;
}

/** The alert that is open while a series is not fed: `data-stale:{series}`. */
export function staleCause(id: SeriesId): string {
  return `data-stale:${id.replace(/[^A-Za-z0-9_:./-]/g, '_')}`;
}
