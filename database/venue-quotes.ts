import type { EpochMillis, Millis } from '../domain/clock/instant';
import type { InstrumentId } from '../domain/instrument/instrument';
import type { MarketData, Quote } from '../domain/signal/market-data';
import type { Queryable } from './pool';

/** How long the risk check of a new trade waits for its first price, and how often it looks. */
const FIRST_QUOTE_MS: Millis = 3_000;
const LOOK_EVERY_MS: Millis = 100;
/**
 * A price may be so much later than the moment that it is asked for: it came while the question was on its way, or by a
 * clock a little ahead. It is the price of that moment all the same.
 */
const MEANWHILE_MS: Millis = 5_000;

interface StoredQuote extends Quote {
  readonly priorPrice: Quote['price'] | null;
  readonly priorAt: EpochMillis | null;
}

/** The prices of one account's venue that its watcher keeps in the database. */
export class VenueQuotes {
  constructor(
    private readonly database: Queryable,
    private readonly account: string,
  ) {}

  /** Keeps prices; each only if no later one is there. */
  async store(quotes: readonly Quote[]): Promise<void> {
    if (quotes.length === 0) return;
    await this.database.query('SELECT store_quotes($1, $2)', [this.account, JSON.stringify(quotes)]);
  }

  /** The instruments that people watch now. */
  async leased(): Promise<readonly InstrumentId[]> {
    const { rows } = await this.database.query<{ instrument: string }>(
      'SELECT instrument FROM quote_leases WHERE account = $1 AND until > clock_timestamp() ORDER BY instrument',
      [this.account],
    );
    return rows.map(({ instrument }) => instrument);
  }

  /** The last price, and the last one of the day before; undefined when there is none. */
  async last(instrument: InstrumentId): Promise<StoredQuote | undefined> {
    const { rows } = await this.database.query<StoredQuote>(
      `SELECT instrument, plain(price) AS price, plain(bid) AS bid, plain(ask) AS ask,
         floor(extract(epoch FROM market_at) * 1000)::float8 AS at, plain(prior_price) AS "priorPrice",
         floor(extract(epoch FROM prior_at) * 1000)::float8 AS "priorAt"
       FROM venue_quotes WHERE account = $1 AND instrument = $2`,
      [this.account, instrument],
    );
    return rows[0];
  }
}

/**
 * The market of an account at an exchange. It has the last price and that of the day before, and no bars yet: a strategy
 * that wants some abstains.
 */
export class VenueMarket implements MarketData {
  /**
   * @param maxAge age at which a price is stale
   * @param staleIsNone true: a stale price counts as none, for whoever would act on it without asking its age
   */
  constructor(
    private readonly quotes: VenueQuotes,
    private readonly maxAge: Millis,
    private readonly staleIsNone = false,
  ) {}

  async quote(instrument: InstrumentId, at: EpochMillis): Promise<Quote | undefined> {
    const stored = await this.quotes.last(instrument);
    if (stored === undefined) return undefined;
    const { priorAt, priorPrice, ...quote } = stored;
    if (quote.at <= at) return this.staleIsNone && at - quote.at > this.maxAge ? undefined : quote;
    if (quote.at <= at + MEANWHILE_MS) return { ...quote, at };
    if (priorAt === null || priorPrice === null || priorAt > at) return undefined;
    return { instrument, price: priorPrice, bid: priorPrice, ask: priorPrice, at: priorAt };
  }

  bars(): Promise<readonly never[]> {
    return Promise.resolve([]);
  }

  maxPrintGap(): Millis {
    return this.maxAge;
  }

  endsAt(): undefined {
    return undefined;
  }

  async awaitQuote(instrument: InstrumentId): Promise<void> {
    const deadline = performance.now() + FIRST_QUOTE_MS;
    while (performance.now() < deadline) {
      const stored = await this.quotes.last(instrument);
      if (stored !== undefined && Date.now() - stored.at <= this.maxAge) return;
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
    }
  }
}
