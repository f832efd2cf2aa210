import type { Decimal } from '../domain/money/decimal';
import type { DecimalString } from '../domain/money/decimal';
import type { CalendarId } from '../domain/calendar/calendar';
import type { Instant } from '../domain/clock/instant';
import type { FutureTerms, Instrument, InstrumentId } from '../domain/instrument/instrument';
import type { MarketState, Protection, TradeFacts, TradeRequests } from '../domain/trade/facts';
import type { TradePhase } from '../domain/trade/phase';
import type { Ending } from '../domain/trade/step';
import type { Direction, Signal } from '../domain/signal/signal';
import type { RiskPolicy } from '../domain/risk/policy';
import { firstOf } from './pool';
import type { Queryable } from './pool';

/** A trade's facts as Postgres knows them: all but the market around it. */
export type StoredFacts = Omit<TradeFacts, 'market'> & Pick<MarketState, 'now' | 'speed'>;

/** What may be stored with a change of phase; what is left out stays as it is. */
export interface TradeChange {
  readonly direction?: Direction;
  readonly signal?: Signal;
  readonly sizing?: object;
  readonly risk?: object;
  /** What a risk check decided, kept in full beside the trade; see `store_verdict`. */
  readonly verdict?: object;
  /** Merged into what is stored: the watcher's levels and the workflow's flag do not overwrite each other. */
  readonly protection?: Partial<Protection>;
  readonly validUntil?: Instant;
  /** Null clears it. */
  readonly attention?: string | null;
  readonly halted?: boolean;
  /** That a halt reached the trade; with `flatten` it is to close what it holds. */
  readonly halt?: { readonly epoch: number; readonly flatten: boolean };
  /** Kept with the time line's row of the new phase. */
  readonly note?: object;
}

export type EndAnswer =
  | { readonly result: 'ended'; readonly outcome: string; readonly realisedPnl: DecimalString }
  | { readonly result: 'already'; readonly outcome: string }
  | { readonly result: 'orders_live' }
  | { readonly result: 'position_open'; readonly position: DecimalString };

/** One position of an account with the price it counts at, in quote currency. */
export interface StoredPosition extends Pick<Instrument, 'future'> {
  readonly instrument: string;
  readonly quantity: DecimalString;
  readonly mark: DecimalString;
}

/** What risk is measured on. Cash in account currency. */
export interface StoredPortfolio {
  readonly policy: RiskPolicy;
  readonly cash: DecimalString;
  readonly positions: readonly StoredPosition[];
  /** Other trades that hold a position or may come to one; each has a direction, since risk approved it. */
  readonly openTrades: readonly {
    readonly tradeId: string;
    readonly instrument: string;
    readonly direction: Direction;
  }[];
  readonly unknownOrders: readonly string[];
  /** Instruments in which the books and the venue differ. */
  readonly unreconciled: readonly string[];
  readonly mayShort: boolean;
}

/** Cash and units that moved since a moment. */
export interface MovedSince {
  readonly cash: DecimalString;
  readonly moved: Readonly<Record<string, DecimalString>>;
  /** Of those that are futures, what makes them so; absent where none is. */
  readonly futures?: Readonly<Record<string, FutureTerms>>;
}

/** What the watcher keeps an eye on for one open trade. */
export interface WatchedTrade {
  readonly tradeId: string;
  readonly instrument: InstrumentId;
  readonly calendar: CalendarId;
  readonly future: FutureTerms | null;
  readonly position: DecimalString;
  readonly protection: Protection | null;
  readonly timeExitSeconds: number | null;
  readonly firstFillAt: Instant | null;
}

/** What the watcher of an account looks at. */
export interface Watched {
  /** Those of all open trades, each once. */
  readonly instruments: readonly InstrumentId[];
  /** The open trades that hold a position. */
  readonly held: readonly WatchedTrade[];
}

/** An open trade as its workflow's start needs it. */
export interface OpenTradeRow {
  readonly tradeId: string;
  readonly account: string;
  readonly instrument: string;
  readonly strategy: string;
  readonly mode: string;
  readonly phase: TradePhase;
}

/** The books have no such trade: they were restored from a backup that is older than it. */
export class NoSuchTrade extends Error {
  constructor(tradeId: string) {
    super(`no trade ${tradeId}`);
    this.name = 'NoSuchTrade';
  }
}

/** One trade at a time: its facts, its changes, its end. */
export class TradeStore {
  constructor(private readonly database: Queryable) {}

  /** @throws NoSuchTrade */
  async facts(tradeId: string): Promise<StoredFacts> {
    const { rows } = await this.database.query<{ facts: StoredFacts | null }>('SELECT trade_facts($1) AS facts', [
      tradeId,
    ]);
    const facts = rows[0]?.facts;
    if (!facts) throw new NoSuchTrade(tradeId);
    return facts;
  }

  /** Moves an open trade on and stores what is known now; one that has ended stays as it is. A null phase leaves the phase. */
  async advance(tradeId: string, phase: TradePhase | null, change: TradeChange): Promise<StoredFacts> {
    const { rows } = await this.database.query<{ facts: StoredFacts }>('SELECT advance_and_read($1, $2, $3) AS facts', [
      tradeId,
      phase,
      JSON.stringify(change),
    ]);
    return firstOf(rows, 'advance_and_read').facts;
  }

  /** Ends a halted trade that has no order, and stores that the halt reached it; one that has an order goes on. */
  async endUnentered(tradeId: string, ending: Ending, halt: NonNullable<TradeChange['halt']>): Promise<StoredFacts> {
    const { rows } = await this.database.query<{ facts: StoredFacts }>(
      'SELECT end_unentered_and_read($1, $2) AS facts',
      [tradeId, JSON.stringify({ ...ending, halt })],
    );
    return firstOf(rows, 'end_unentered_and_read').facts;
  }

  /** Ends a trade if its books allow it. */
  async end(tradeId: string, ending: Ending): Promise<{ readonly end: EndAnswer; readonly facts: StoredFacts }> {
    const { rows } = await this.database.query<{ answer: { end: EndAnswer; facts: StoredFacts } }>(
      'SELECT end_and_read($1, $2) AS answer',
      [tradeId, JSON.stringify(ending)],
    );
    return firstOf(rows, 'end_and_read').answer;
  }

  /** Keeps a person's request until the trade has acted on it; the first of its kind stands. */
  async request(tradeId: string, request: TradeRequests): Promise<StoredFacts> {
    const { rows } = await this.database.query<{ facts: StoredFacts }>('SELECT request_and_read($1, $2) AS facts', [
      tradeId,
      JSON.stringify(request),
    ]);
    return firstOf(rows, 'request_and_read').facts;
  }

  async portfolio(account: string, exceptTrade: string): Promise<StoredPortfolio> {
    const { rows } = await this.database.query<{ portfolio: StoredPortfolio | null }>(
      'SELECT portfolio($1, $2) AS portfolio',
      [account, exceptTrade],
    );
    const found = rows[0]?.portfolio;
    if (!found) throw new Error(`no account ${account}`);
    return found;
  }

  async movedSince(account: string, since: Instant): Promise<MovedSince> {
    const { rows } = await this.database.query<{ moved: MovedSince }>('SELECT cash_since($1, $2) AS moved', [
      account,
      since,
    ]);
    return rows[0]?.moved ?? { cash: '0' as DecimalString, moved: {} };
  }

  /**
   * What the watcher of an account looks at, ten times a second: of a thousand trades that wait for something nothing but
   * their instruments is read.
   */
  async watched(account: string): Promise<Watched> {
    const { rows } = await this.database.query<Watched>(
      `WITH open AS (SELECT id, instrument FROM trades WHERE account = $1 AND phase <> 'ended'),
       held AS (
         SELECT t.id AS "tradeId", t.instrument, i.calendar, future_of(i) -> 'future' AS future,
           plain(f.position) AS position, t.protection,
           (t.spec ->> 'timeExitSeconds')::float8 AS "timeExitSeconds", iso(f.since) AS "firstFillAt"
         FROM (SELECT trade_id, sum(position_change) AS position, min(market_at) AS since
               FROM fills WHERE trade_id IN (SELECT id FROM open) GROUP BY trade_id HAVING sum(position_change) <> 0) f
         JOIN trades t ON t.id = f.trade_id JOIN instruments i ON i.id = t.instrument)
       SELECT (SELECT coalesce(jsonb_agg(DISTINCT instrument), '[]') FROM open) AS instruments,
         (SELECT coalesce(jsonb_agg(to_jsonb(held)), '[]') FROM held) AS held`,
      [account],
    );
    return rows[0] ?? { instruments: [], held: [] };
  }

  /** Stores what a watched position's triggers found. What has fired stays, but for an emulated stop that takes over. */
  async updateProtection(tradeId: string, { best, fired }: Protection): Promise<void> {
    await this.database.query(
      `UPDATE trades SET protection = protection || $2::jsonb, updated_at = clock_timestamp()
       WHERE id = $1 AND phase <> 'ended'
         AND (protection ->> 'fired' IS NULL OR (protection ->> 'fired' <> 'stop' AND $2::jsonb ->> 'fired' = 'stop'))`,
      [tradeId, JSON.stringify({ best, fired })],
    );
  }

  /** Stores the price at which open positions of an account count. */
  async mark(account: string, instrument: string, price: Decimal | DecimalString, at: Instant): Promise<void> {
    await this.database.query(
      `INSERT INTO marks (account, instrument, price, market_at) VALUES ($1, $2, $3, $4)
       ON CONFLICT (account, instrument) DO UPDATE SET price = excluded.price, market_at = excluded.market_at
       WHERE marks.market_at <= excluded.market_at`,
      [account, instrument, price.toString(), at],
    );
  }

  /** Lets the account's replay clock run on; answers its market time. */
  async extendClock(account: string, leaseMs: number): Promise<Instant> {
    const { rows } = await this.database.query<{ now: Instant }>(
      `SELECT iso(extend_clock($1, $2 * interval '1 millisecond')) AS now`,
      [account, leaseMs],
    );
    const now = rows[0]?.now;
    if (now === undefined) throw new Error(`no clock for account ${account}`);
    return now;
  }

  /** Every open trade, oldest first: those whose workflow is to run. */
  async openTrades(): Promise<readonly OpenTradeRow[]> {
    const { rows } = await this.database.query<OpenTradeRow>(
      `SELECT t.id AS "tradeId", t.account, t.instrument, t.strategy, a.mode, t.phase
       FROM trades t JOIN accounts a ON a.name = t.account WHERE t.phase <> 'ended' AND a.quarantine IS NULL
       ORDER BY t.accepted_at`,
    );
    return rows;
  }

  /** Names of all accounts. */
  async accounts(): Promise<readonly string[]> {
    const { rows } = await this.database.query<{ name: string }>('SELECT name FROM accounts ORDER BY name');
    return rows.map((row) => row.name);
  }

  /** Up to where the venue's orders and fills of an account are booked; undefined before the first booking. */
  async pollCursor(account: string): Promise<string | undefined> {
    const { rows } = await this.database.query<{ cursor: string | null }>(
      'SELECT poll_cursor AS cursor FROM accounts WHERE name = $1',
      [account],
    );
    return rows[0]?.cursor ?? undefined;
  }

  /** Keeps that the venue of an account answered just now. */
  async notePoll(account: string): Promise<void> {
    await this.database.query('UPDATE accounts SET polled_at = clock_timestamp() WHERE name = $1', [account]);
  }

  async storePollCursor(account: string, cursor: string): Promise<void> {
    // After a restore the place in the dump stays until all since then is booked.
    await this.database.query('UPDATE accounts SET poll_cursor = $2 WHERE name = $1 AND NOT awaits_adoption(name)', [
      account,
      cursor,
    ]);
  }
}
