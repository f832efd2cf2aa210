import type { VenueReport } from './journal';
import { firstOf } from './pool';
import type { Queryable } from './pool';

/** What at a venue no trade of ours explains. */
export interface RestoreFinding {
  readonly kind: 'order' | 'fill';
  readonly instrument: string;
  readonly venueOrderId: string;
  readonly clientOrderId: string | null;
  readonly side: string;
  readonly quantity: string;
}

/** An account since the last restore. */
export interface AccountRestore {
  readonly account: string;
  readonly backup: string;
  /** When the dump was taken. */
  readonly takenAt: Date;
  readonly restoredAt: Date;
  readonly adoptedAt: Date | null;
  readonly cleanLooks: number;
  readonly findings: readonly RestoreFinding[];
  readonly caughtUpAt: Date | null;
  readonly acceptedBy: string | null;
}

const SELECT = `SELECT a.account, r.backup, r.taken_at AS "takenAt", r.restored_at AS "restoredAt", a.adopted_at AS "adoptedAt",
  a.clean_looks AS "cleanLooks", a.findings, a.caught_up_at AS "caughtUpAt", a.accepted_by AS "acceptedBy"
  FROM account_restores a JOIN restores r ON r.id = a.restore_id`;

/** Accounts that a restore holds until their venue was read; see `guard_restored`. */
export class AccountRestores {
  constructor(private readonly database: Queryable) {}

  /** Epoch of the halt under which the last restore woke the system up. @throws Error when nothing was restored */
  async epoch(): Promise<number> {
    const { rows } = await this.database.query<{ epoch: number }>(
      'SELECT epoch FROM restores ORDER BY id DESC LIMIT 1',
    );
    return firstOf(rows, 'the last restore').epoch;
  }

  /** Every account of the last restore. */
  async list(): Promise<readonly AccountRestore[]> {
    return (await this.database.query<AccountRestore>(`${SELECT} ORDER BY a.account`)).rows;
  }

  /** The hold of an account; undefined when it is free. */
  async held(account: string): Promise<AccountRestore | undefined> {
    const { rows } = await this.database.query<AccountRestore>(
      `${SELECT} WHERE a.account = $1 AND a.caught_up_at IS NULL`,
      [account],
    );
    return rows[0];
  }

  /** Intents of the account's open trades that the journal has not seen sent: their orders may be at the venue. */
  async journalled(account: string): Promise<readonly JournalledTrade[]> {
    const { rows } = await this.database.query<JournalledTrade>(
      `SELECT t.id AS "tradeId", t.instrument, coalesce(jsonb_agg(o.leg || '/' || o.revision)
         FILTER (WHERE o.state NOT IN ('created', 'unsent')), '[]') AS sent
       FROM trades t LEFT JOIN orders o ON o.trade_id = t.id WHERE t.account = $1 AND t.phase <> 'ended'
       GROUP BY t.id ORDER BY t.accepted_at`,
      [account],
    );
    return rows;
  }

  /** Puts an order that was sent after the dump into the journal; false when it is not that trade's. */
  async adopt(order: {
    readonly tradeId: string;
    readonly leg: string;
    readonly revision: number;
    readonly intentId: string;
    readonly report: VenueReport;
  }): Promise<boolean> {
    const { rows } = await this.database.query<{ adopted: boolean }>('SELECT adopt_order($1) AS adopted', [
      JSON.stringify(order),
    ]);
    return firstOf(rows, 'adopt_order').adopted;
  }

  /** From now on fills that no order explains are booked as foreign. */
  async adopted(account: string): Promise<void> {
    await this.database.query(
      'UPDATE account_restores SET adopted_at = clock_timestamp() WHERE account = $1 AND adopted_at IS NULL',
      [account],
    );
  }

  /** Fills since the dump that no order of ours explains. */
  async foreignFills(account: string): Promise<readonly RestoreFinding[]> {
    const { rows } = await this.database.query<RestoreFinding>(
      `SELECT 'fill' AS kind, f.instrument, f.venue_order_id AS "venueOrderId", NULL AS "clientOrderId", f.side, f.quantity::text
       FROM fills f JOIN account_restores a ON a.account = f.account JOIN restores r ON r.id = a.restore_id
       WHERE f.account = $1 AND f.client_order_id IS NULL AND f.booked_at >= r.restored_at ORDER BY f.id LIMIT 100`,
      [account],
    );
    return rows;
  }

  /** Which of these venue orders the journal knows. */
  async known(account: string, venueOrderIds: readonly string[]): Promise<ReadonlySet<string>> {
    const { rows } = await this.database.query<{ id: string }>(
      'SELECT venue_order_id AS id FROM orders WHERE account = $1 AND venue_order_id = ANY ($2)',
      [account, venueOrderIds],
    );
    return new Set(rows.map(({ id }) => id));
  }

  /** Notes a complete look; answers whether the account is free now. See `note_look`. */
  async noteLook(look: {
    readonly account: string;
    readonly findings: readonly RestoreFinding[];
    readonly news: boolean;
    readonly lagMs: number;
    readonly settleMs: number;
  }): Promise<boolean> {
    const { rows } = await this.database.query<{ free: boolean }>('SELECT note_look($1) AS free', [
      JSON.stringify(look),
    ]);
    return firstOf(rows, 'note_look').free;
  }

  /** A person accepts the findings of an account. */
  async accept(ask: {
    readonly account: string;
    readonly by: string;
    readonly reason: string;
  }): Promise<'accepted' | 'not_held' | 'not_read'> {
    const { rows } = await this.database.query<{ result: 'accepted' | 'not_held' | 'not_read' }>(
      'SELECT accept_restored($1) AS result',
      [JSON.stringify(ask)],
    );
    return firstOf(rows, 'accept_restored').result;
  }
}

/** A trade, and the intents of it whose sending the journal has seen, as `leg/revision`. */
export interface JournalledTrade {
  readonly tradeId: string;
  readonly instrument: string;
  readonly sent: readonly string[];
}
