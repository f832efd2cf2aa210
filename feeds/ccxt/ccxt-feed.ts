import * as ccxt from 'ccxt';
import type { Exchange } from 'ccxt';
import { pointAt } from '../../brokers/ccxt/base-url';
import type { CalendarId } from '../../domain/calendar/calendar';
import type { UncheckedCandle } from '../../domain/candle/candle-checks';
import { FeedError } from '../../domain/candle/feed';
import type { CandleFeed, CandleRequest } from '../../domain/candle/feed';
import type { Series } from '../../domain/candle/series';
import type { Millis } from '../../domain/clock/instant';
import { RateLimited } from '../../domain/order/rate-gate';
import type { RateGate } from '../../domain/order/rate-gate';
import { exchange as httpExchange, retryAfterOf } from '../http';
import type { FeedAnswer } from '../http';

/** Public data of one exchange. */
export interface CcxtFeedOptions {
  /** Name of the feed; the exchange's own unless it is at another address. */
  readonly name: string;
  /** As ccxt calls it. */
  readonly exchange: string;
  /** Another end that speaks the same protocol, such as `tradewind simulate binance`. */
  readonly baseUrl?: string;
  /** The request budget that orders at this exchange draw on too, where it counts public requests by address. */
  readonly gate?: RateGate;
}

const DEADLINE: Millis = 15_000;
/** An answer of a page has some hundred kilobytes; a list of markets some megabytes. */
const MAX_BYTES = 64 * 1_024 * 1_024;
/** Candles of a page where ccxt does not know the exchange's own limit. */
const PAGE = 1_000;
/** Exchanges go on counting trades into a candle for moments after its end. */
const SETTLE: Millis = 5_000;
/** A venue that sends us away without saying for how long is left alone for so long. */
const DEFAULT_WAIT: Millis = 60_000;
/** What Binance, the dearest, counts for its list of markets and for a page. */
const WEIGHTS = { markets: 20, page: 2 } as const;

/** The exchanges that ccxt knows. */
export const CCXT_EXCHANGES: readonly string[] = ccxt.exchanges as unknown as readonly string[];

/**
 * Candles of any exchange that ccxt speaks to, by its public data, without a key. ccxt writes its numbers as text here, so
 * that prices stay exact, and its own pace between two requests holds. Nothing is kept back by the exchange's clock: who
 * asks knows which candles are complete.
 */
export class CcxtFeed implements CandleFeed {
  readonly pageSize: number;
  readonly settle = SETTLE;
  private readonly exchange: Exchange;
  private answered: FeedAnswer | undefined;

  /** @throws FeedError `unknown_feed` when ccxt has no such exchange */
  constructor(private readonly options: CcxtFeedOptions) {
    this.exchange = madeOf(options);
    this.pageSize = pageOf(this.exchange);
    this.exchange.fetchImplementation = (url: string, request: { method: string; headers: Record<string, string> }) =>
      this.send(url, request);
  }

  get name(): string {
    return this.options.name;
  }

  async check({ symbol, timeframe, adjustment }: Series): Promise<CalendarId> {
    if (adjustment !== 'raw')
      throw new FeedError('unknown_adjustment', `${this.name} has raw prices only: an exchange adjusts nothing`);
    const frames = Object.keys(this.exchange.timeframes);
    if (this.exchange.has['fetchOHLCV'] !== true)
      throw new FeedError('unknown_timeframe', `${this.name} has no public candles`);
    if (!frames.includes(timeframe))
      throw new FeedError(
        'unknown_timeframe',
        `${this.name} has no candles of ${timeframe}; it has ${frames.join(', ')}`,
      );
    await this.ask(WEIGHTS.markets, () => this.exchange.loadMarkets());
    if (!Object.hasOwn(this.exchange.markets ?? {}, symbol))
      throw new FeedError('unknown_symbol', `${this.name} does not list ${symbol}; a symbol is written as BTC/USDT`);
    return 'ALWAYS';
  }

  async page({ series, from }: CandleRequest): Promise<readonly UncheckedCandle[]> {
    const { symbol, timeframe } = series;
    if (Object.keys(this.exchange.markets ?? {}).length === 0)
      await this.ask(WEIGHTS.markets, () => this.exchange.loadMarkets());
    const rows = await this.ask(WEIGHTS.page, () => this.exchange.fetchOHLCV(symbol, timeframe, from, this.pageSize));
    if (!Array.isArray(rows)) throw new FeedError('malformed', `${this.name} answered no list of candles`);
    return rows.map(([openAt, open, high, low, close, volume]) => ({
      openAt: Number(openAt),
      ...{ open: plain(open), high: plain(high), low: plain(low), close: plain(close), volume: plain(volume) },
    }));
  }

  private async ask<T>(weight: number, work: () => Promise<T>): Promise<T> {
    this.answered = undefined;
    try {
      await this.options.gate?.take('entry', weight);
      return await work();
    } catch (error) {
      const failure = this.meaningOf(error);
      if (failure.code === 'rate_limited' && !(error instanceof RateLimited))
        await this.options.gate?.block(failure.retryAfter ?? DEFAULT_WAIT, `the feed ${this.name} was sent away`);
      throw failure;
    }
  }

  private meaningOf(error: unknown): FeedError {
    const words = `${this.name}: ${error instanceof Error ? error.message.slice(0, 300) : String(error)}`;
    if (error instanceof FeedError) return error;
    if (error instanceof RateLimited) return new FeedError('rate_limited', words, error.retryAfter);
    const status = this.answered?.status ?? 0;
    const wait = this.answered === undefined ? undefined : retryAfterOf(this.answered.headers, Date.now());
    if (
      status === 429 ||
      status === 418 ||
      error instanceof ccxt.RateLimitExceeded ||
      error instanceof ccxt.DDoSProtection
    )
      return new FeedError('rate_limited', words, wait ?? DEFAULT_WAIT);
    if (error instanceof ccxt.BadSymbol) return new FeedError('unknown_symbol', words);
    if (error instanceof ccxt.NetworkError || status >= 500) return new FeedError('unavailable', words, wait);
    if (
      error instanceof ccxt.BadRequest ||
      error instanceof ccxt.NotSupported ||
      error instanceof ccxt.AuthenticationError
    )
      return new FeedError('refused', words);
    return new FeedError('malformed', words);
  }

  private async send(url: string, { method, headers }: { method: string; headers: Record<string, string> }) {
    const answer = await httpExchange({ url, method, headers, deadline: DEADLINE, maxBytes: MAX_BYTES }).catch(
      (error: unknown) => {
        const words = error instanceof Error ? error.message : String(error);
        throw new FeedError('unavailable', `${this.name}: ${words}`);
      },
    );
    this.answered = answer;
    const { status, statusText, text } = answer;
    // ccxt reads a broken body as a list without candles; that would be a gap which nobody looks for again.
    if (status === 200 && !saysSomething(text))
      throw new FeedError('malformed', `${this.name} answered 200 without a readable body`);
    return { status, statusText, headers: answer.headers, text: () => Promise.resolve(text) };
  }
}

/** True for JSON that is not an empty object. */
function saysSomething(body: string): boolean {
  try {
    const read: unknown = JSON.parse(body);
    return typeof read === 'object' && read !== null && (Array.isArray(read) || Object.keys(read).length > 0);
  } catch {
    return false;
  }
}

/** What ccxt's `number` made of the exchange's text; what is missing is no number. */
function plain(value: unknown): string {
  const text = String(value);
  return /^-?\d+(\.\d+)?$/.test(text) ? text : '';
}

function madeOf({ exchange: id, baseUrl }: CcxtFeedOptions): Exchange {
  const Made = (ccxt as unknown as Record<string, new (config: object) => Exchange>)[id];
  if (!CCXT_EXCHANGES.includes(id) || Made === undefined)
    throw new FeedError('unknown_feed', `there is no exchange ${id} among those of ccxt`);
  const made = new Made({ enableRateLimit: true, timeout: DEADLINE, options: spotOnly(id) });
  // Its own second tries would hide a venue that sends us away.
  made.maxRetriesOnFailure = 0;
  // The names of currencies and networks would be three more requests at some, for nothing that candles need.
  made.has['fetchCurrencies'] = false;
  // Exact: ccxt hands prices over as the exchange wrote them.
  Object.assign(made, { number: String });
  return pointAt(made, baseUrl);
}

/** These list spot and every kind of derivative by separate requests; spot is what is asked for. */
const LISTS_BY_KIND = ['binance', 'okx', 'bybit'];

function spotOnly(id: string): object {
  return LISTS_BY_KIND.some((one) => id.startsWith(one))
    ? { defaultType: 'spot', fetchMarkets: { types: ['spot'] } }
    : {};
}

/**
 * How many candles one page of an exchange has at most. Who asks on after an empty page takes so many for asked: a number
 * above the exchange's own would leave out the rest.
 */
function pageOf({ features }: Exchange): number {
  const limit: unknown = (features as Features | undefined)?.spot?.fetchOHLCV?.limit;
  return typeof limit === 'number' && limit > 0 ? Math.min(limit, PAGE) : PAGE;
}

/** Where ccxt keeps what an exchange can do with candles. */
interface Features {
  readonly spot?: { readonly fetchOHLCV?: { readonly limit?: unknown } };
}
