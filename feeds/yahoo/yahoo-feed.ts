import { z } from 'zod';
import type { CalendarId } from '../../domain/calendar/calendar';
import type { UncheckedCandle } from '../../domain/candle/candle-checks';
import { FeedError } from '../../domain/candle/feed';
import type { CandleFeed, CandleRequest } from '../../domain/candle/feed';
import type { Series } from '../../domain/candle/series';
import { dec, text } from '../../domain/money/decimal';
import { askJson, checkDaily, DAILY_SETTLE, dayAt, priceText } from '../daily';

export interface YahooOptions {
  /** `https://query1.finance.yahoo.com`, or another end of the same protocol. */
  readonly baseUrl: string;
}

const column = z.array(z.number().nullable());
const chart = z.object({
  meta: z.object({ gmtoffset: z.number(), exchangeName: z.string() }),
  timestamp: z.array(z.number()).default([]),
  indicators: z.object({
    quote: z
      .array(z.object({ open: column, high: column, low: column, close: column, volume: column }).partial())
      .min(1),
    adjclose: z.array(z.object({ adjclose: column.default([]) })).default([]),
  }),
});
const answerSchema = z.object({
  chart: z.object({
    result: z.array(chart).nullable(),
    error: z.object({ code: z.string() }).nullable(),
  }),
});
type Chart = z.output<typeof chart>;

/** Exchanges whose sessions are those of a calendar of ours; others count as the New York Stock Exchange's. */
const CALENDARS: Readonly<Record<string, CalendarId>> = {
  NMS: 'NASDAQ',
  NGM: 'NASDAQ',
  NCM: 'NASDAQ',
  CCC: 'ALWAYS',
  CCY: 'FX',
};
const DAY = 86_400_000;

/**
 * Daily bars by the address behind Yahoo Finance's charts, which is undocumented and promises nothing. Its prices are
 * divided by later splits (`splits`); with `total` open, high, low and close are also scaled by what its adjusted close
 * is to its close, so that dividends are taken out. Truly raw prices it has none.
 */
export class YahooFeed implements CandleFeed {
  readonly name = 'yahoo';
  readonly pageSize = 2_000;
  readonly settle = DAILY_SETTLE;

  constructor(private readonly options: YahooOptions) {}

  async check(series: Series, signal: AbortSignal): Promise<CalendarId> {
    checkDaily(this.name, series, ['splits', 'total']);
    const { meta } = await this.chart(series.symbol, { range: '5d' }, signal);
    return CALENDARS[meta.exchangeName] ?? 'NYSE';
  }

  async page({ series, from, to }: CandleRequest, signal: AbortSignal): Promise<readonly UncheckedCandle[]> {
    const last = Math.min(to, from + this.pageSize * DAY);
    const period = { period1: String(from / 1_000), period2: String(last / 1_000) };
    const found = await this.chart(series.symbol, period, signal);
    return candlesOf(found, series.adjustment === 'total');
  }

  private async chart(symbol: string, query: Readonly<Record<string, string>>, signal: AbortSignal): Promise<Chart> {
    const url = new URL(`${this.options.baseUrl.replace(/\/+$/, '')}/v8/finance/chart/${encodeURIComponent(symbol)}`);
    url.search = new URLSearchParams({ ...query, interval: '1d', includeAdjustedClose: 'true' }).toString();
    const { status, body } = await askJson(this.name, url, { 'User-Agent': 'tradewind' }, signal);
    const read = answerSchema.safeParse(body);
    const code = read.success ? read.data.chart.error?.code : undefined;
    if (status === 404 || code === 'Not Found') throw new FeedError('unknown_symbol', `yahoo does not know ${symbol}`);
    const found = read.data?.chart.result?.[0];
    if (found === undefined) throw new FeedError('malformed', `yahoo answered ${status} without a chart`);
    return found;
  }
}

/** Days without a price are left out: a gap is for whoever asked to find. */
function candlesOf({ meta, timestamp, indicators }: Chart, total: boolean): readonly UncheckedCandle[] {
  const quote = indicators.quote[0] ?? {};
  const adjusted = indicators.adjclose[0]?.adjclose ?? [];
  return timestamp.flatMap((seconds, index) => {
    const at = (name: 'open' | 'high' | 'low' | 'close' | 'volume'): number | null => quote[name]?.[index] ?? null;
    const [open, high, low, close, volume] = [at('open'), at('high'), at('low'), at('close'), at('volume')];
    if (open === null || high === null || low === null || close === null) return [];
    const known = adjusted[index] ?? null;
    if (total && known === null) return [];
    const factor = total ? dec(priceText(known ?? close)).div(dec(priceText(close))) : dec(1);
    const price = (value: number): string =>
      total ? text(dec(priceText(value)).mul(factor).toDecimalPlaces(6)) : priceText(value);
    return [
      {
        openAt: dayAt(seconds, meta.gmtoffset),
        ...{ open: price(open), high: price(high), low: price(low), close: price(close) },
        volume: priceText(volume ?? 0),
      },
    ];
  });
}
