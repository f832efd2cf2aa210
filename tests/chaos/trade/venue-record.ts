import type { Database } from '../../../database/pool';

/** An order as the paper venue's own tables have it; real times in epoch milliseconds. */
export interface VenueOrderRow {
  readonly account: string;
  /** The number of its acceptance among all changes of the account's book. */
  readonly venueOrderId: number;
  readonly clientOrderId: string;
  readonly side: 'buy' | 'sell';
  readonly quantity: string;
  readonly type: string;
  readonly state: string;
  readonly receivedAt: number;
  /** Number of its last change: of its end, once it has ended. */
  readonly sequence: number;
  /** When its end was committed; null while it works. */
  readonly endedAt: number | null;
}

/** An execution. On the live clock its market time is real time. */
export interface VenueFillRow {
  readonly account: string;
  readonly venueOrderId: number;
  readonly sequence: number;
  readonly quantity: string;
  readonly at: number;
}

/** Everything that the venue says, and all that the judge of safety looks at. */
export interface VenueRecord {
  readonly orders: readonly VenueOrderRow[];
  readonly fills: readonly VenueFillRow[];
}

/**
 * Lets the suite's own database note when an order at the venue ended: the venue keeps the time of its arrival only.
 * The note is written in the venue's transaction and changes nothing for anybody else.
 */
export async function noteEnds(database: Database): Promise<void> {
  await database.query(`
    CREATE SCHEMA IF NOT EXISTS chaos;
    CREATE TABLE IF NOT EXISTS chaos.order_ends (
      account text, venue_order_id bigint, at timestamptz NOT NULL, PRIMARY KEY (account, venue_order_id));
    CREATE OR REPLACE FUNCTION chaos.note_end() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      INSERT INTO chaos.order_ends VALUES (NEW.account, NEW.venue_order_id, clock_timestamp()) ON CONFLICT DO NOTHING;
      RETURN NULL;
    END $$;
    CREATE OR REPLACE TRIGGER note_end AFTER INSERT OR UPDATE ON paper.orders FOR EACH ROW
      WHEN (NEW.state <> 'open') EXECUTE FUNCTION chaos.note_end();`);
}

/** Reads the venue's tables of some accounts. */
export async function readVenue(database: Database, accounts: readonly string[]): Promise<VenueRecord> {
  const { rows: orders } = await database.query<VenueOrderRow>(
    `SELECT o.account, o.venue_order_id AS "venueOrderId", o.client_order_id AS "clientOrderId", o.side,
       o.quantity::text AS quantity, o.type, o.state, o.sequence,
       extract(epoch FROM o.received_at)::float8 * 1000 AS "receivedAt", extract(epoch FROM e.at)::float8 * 1000 AS "endedAt"
     FROM paper.orders o LEFT JOIN chaos.order_ends e USING (account, venue_order_id)
     WHERE o.account = ANY ($1) ORDER BY o.account, o.venue_order_id`,
    [accounts],
  );
  const { rows: fills } = await database.query<VenueFillRow>(
    `SELECT account, venue_order_id AS "venueOrderId", sequence, quantity::text AS quantity,
       extract(epoch FROM market_at)::float8 * 1000 AS at
     FROM paper.fills WHERE account = ANY ($1) ORDER BY account, sequence`,
    [accounts],
  );
  return { orders, fills };
}
