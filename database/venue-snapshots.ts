import type { ListedOrder, VenueBalance, VenuePosition, VenueValue } from '../domain/order/broker';
import type { Queryable } from './pool';

/** How the prices of a venue come: by its stream, by asking, or not at all. */
export type QuotesBy = 'stream' | 'poll' | 'none';

/** What a venue showed of an account at one look; null what it has not. */
export interface VenueState {
  readonly balances: readonly VenueBalance[];
  readonly orders: readonly ListedOrder[];
  readonly positions: readonly VenuePosition[] | null;
  readonly values: readonly VenueValue[] | null;
}

/** What the watcher of one account tells the others of its venue: all that people read of a venue stands here. */
export class VenueSnapshots {
  constructor(
    private readonly database: Queryable,
    private readonly account: string,
  ) {}

  /** Replaces what the venue showed before, as of now. */
  async store({ balances, orders, positions, values }: VenueState): Promise<void> {
    await this.database.query(
      `INSERT INTO venue_snapshots (account, balances, orders, positions, account_values, as_of)
       VALUES ($1, $2, $3, nullif($4::jsonb, 'null'), nullif($5::jsonb, 'null'), clock_timestamp())
       ON CONFLICT (account) DO UPDATE SET balances = excluded.balances, orders = excluded.orders,
         positions = excluded.positions, account_values = excluded.account_values, as_of = excluded.as_of`,
      [this.account, ...[balances, orders, positions, values].map((part) => JSON.stringify(part))],
    );
  }

  /** Notes what goes wrong with one of the watcher's chores; undefined once it works again. */
  async problem(chore: string, what: string | undefined): Promise<void> {
    await this.database.query(
      `INSERT INTO venue_snapshots (account, problems) VALUES ($1, jsonb_strip_nulls(jsonb_build_object($2::text, $3::text)))
       ON CONFLICT (account) DO UPDATE SET problems = jsonb_strip_nulls(venue_snapshots.problems || jsonb_build_object($2::text, $3::text))`,
      [this.account, chore, what?.slice(0, 500) ?? null],
    );
  }

  /** Notes how prices come. */
  async quotesBy(by: QuotesBy): Promise<void> {
    await this.database.query(
      `INSERT INTO venue_snapshots (account, quotes_by) VALUES ($1, $2)
       ON CONFLICT (account) DO UPDATE SET quotes_by = excluded.quotes_by WHERE venue_snapshots.quotes_by IS DISTINCT FROM excluded.quotes_by`,
      [this.account, by],
    );
  }

  /** Notes whether a line of the venue's stream is up. */
  async line(name: string, up: boolean, why: string): Promise<void> {
    await this.database.query(
      `INSERT INTO venue_snapshots (account, lines) VALUES ($1, jsonb_build_object($2::text, $3::jsonb))
       ON CONFLICT (account) DO UPDATE SET lines = venue_snapshots.lines || jsonb_build_object($2::text, $3::jsonb)`,
      [this.account, name, JSON.stringify({ up, why: why.slice(0, 300), at: new Date().toISOString() })],
    );
  }
}
