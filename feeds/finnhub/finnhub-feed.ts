import type { CalendarId } from '../../domain/calendar/calendar';
import type { UncheckedCandle } from '../../domain/candle/candle-checks';
import { FeedError } from '../../domain/candle/feed';
import type { CandleFeed, CandleRequest } from '../../domain/candle/feed';
import type { Series } from '../../domain/candle/series';
import { askJson, checkDaily, DAILY_SETTLE, dayAt, priceText } from '../daily';

export interface FinnhubOptions {
  /** `https://finnhub.io/api/v1`, or another end of the same protocol. */
  readonly baseUrl: string;
  readonly apiKey: string;
}

const COLUMNS = ['t', 'o', 'h', 'l', 'c', 'v'] as const;
type Columns = Readonly<Record<(typeof COLUMNS)[number], readonly number[]>>;

/**
 * Daily bars of US stocks by Finnhub's `/stock/candle`, adjusted for splits. The key travels in a header, never in an
 * address. Source: https://finnhub.io/docs/api/stock-candles.
 */
export class FinnhubFeed implements CandleFeed {
  readonly name = 'finnhub';
  /** Trading days in about four years. */
  readonly pageSize = 1_000;
  readonly settle = DAILY_SETTLE;

  constructor(private readonly options: FinnhubOptions) {}

  async check(series: Series, signal: AbortSignal): Promise<CalendarId> {
    checkDaily(this.name, series, ['splits']);
    const url = this.url('search', { q: series.symbol, exchange: 'US' });
    const { body } = await askJson(this.name, url, this.headers(), signal);
    const found = (body as { readonly result?: readonly { readonly symbol?: unknown }[] } | null)?.result;
    if (!Array.isArray(found)) throw new FeedError('malformed', 'finnhub answered no list of symbols');
    if (!found.some(({ symbol }) => symbol === series.symbol))
      throw new FeedError('unknown_symbol', `finnhub does not know ${series.symbol} as a US stock`);
    return 'NYSE';
  }

  async page({ series, from, to }: CandleRequest, signal: AbortSignal): Promise<readonly UncheckedCandle[]> {
    const last = Math.min(to, from + this.pageSize * 86_400_000) - 1;
    const url = this.url('stock/candle', {
      symbol: series.symbol,
      resolution: 'D',
      from: String(Math.floor(from / 1_000)),
      to: String(Math.floor(last / 1_000)),
    });
    const { body } = await askJson(this.name, url, this.headers(), signal);
    const state = (body as { readonly s?: unknown } | null)?.s;
    if (state === 'no_data') return [];
    if (state !== 'ok' || !hasColumns(body)) throw new FeedError('malformed', 'finnhub answered no candles');
    return body.t.map((seconds, index) => {
      const price = (column: (typeof COLUMNS)[number]): string => priceText(body[column][index] ?? Number.NaN);
      return {
        openAt: dayAt(seconds, 0),
        ...{ open: price('o'), high: price('h'), low: price('l'), close: price('c'), volume: price('v') },
      };
    });
  }

  private url(path: string, query: Readonly<Record<string, string>>): URL {
    const url = new URL(`${this.options.baseUrl.replace(/\/+$/, '')}/${path}`);
    url.search = new URLSearchParams(query).toString();
    return url;
  }

  private headers(): Readonly<Record<string, string>> {
    return { 'X-Finnhub-Token': this.options.apiKey };
  }
}

/** Columns of one length. */
function hasColumns(body: unknown): body is Columns {
  const columns = COLUMNS.map((name) => (body as Partial<Columns>)[name]);
  return columns.every((column) => Array.isArray(column) && column.length === columns[0]?.length);
}
