import type { Instant } from '../domain/clock/instant';
import type { Instrument } from '../domain/instrument/instrument';
import type { DecimalString } from '../domain/money/decimal';
import type { KeyRights } from '../domain/order/broker';
import type { RiskPolicy } from '../domain/risk/policy';
import { firstOf } from './pool';
import type { Queryable } from './pool';

/** An account at an exchange that must exist. */
export interface ExchangeAccountSeed {
  readonly name: string;
  readonly venue: string;
  readonly mode: 'sandbox' | 'live';
  readonly marketType: 'spot' | 'stock';
  readonly currency: string;
  readonly policy: RiskPolicy;
  /** Milliseconds after which a price of the venue is stale. */
  readonly quoteMaxAge: number;
}

/**
 * Who keeps an account in quarantine: what the settings say of it, a venue that has not answered yet, or a key that may
 * do too much.
 */
export type QuarantineBy = 'settings' | 'contact' | 'key';

/** An account at an exchange as the registry has it. */
export interface ExchangeAccountState {
  readonly currency: string;
  readonly createdAt: Instant;
  /** Whether its venue has ever answered. */
  readonly contacted: boolean;
  /** Whether a trade of it is open. */
  readonly guarding: boolean;
}

/** What a new account says of itself until its venue has answered. */
const WAITING = 'the venue has not answered yet: the account opens by itself when it does';

/** Accounts at exchanges, as the process that talks to their venues keeps them. */
export class ExchangeAccounts {
  constructor(private readonly database: Queryable) {}

  /** Makes an account, or brings it to what the settings say. Answers why it cannot be used under them, if so. */
  async ensure(account: ExchangeAccountSeed): Promise<string | undefined> {
    const { rows } = await this.database.query<{ problem: string | null }>(
      'SELECT ensure_exchange_account($1) AS problem',
      [JSON.stringify({ ...account, waiting: WAITING })],
    );
    return firstOf(rows, 'ensure_exchange_account').problem ?? undefined;
  }

  /** Names of the accounts that the registry has at exchanges. */
  async names(): Promise<readonly string[]> {
    const { rows } = await this.database.query<{ name: string }>(
      `SELECT name FROM accounts WHERE venue <> 'paper' ORDER BY name`,
    );
    return rows.map(({ name }) => name);
  }

  /** Keeps what the venue tells of the age of the account's key; one that tells nothing has none to keep. */
  async noteKey(account: string, { madeAt, expiresAt }: Pick<KeyRights, 'madeAt' | 'expiresAt'>): Promise<void> {
    if (madeAt === undefined) await this.database.query('DELETE FROM venue_keys WHERE account = $1', [account]);
    else
      await this.database.query(
        `INSERT INTO venue_keys (account, made_at, expires_at) VALUES ($1, $2, $3)
         ON CONFLICT (account) DO UPDATE SET made_at = excluded.made_at, expires_at = excluded.expires_at,
           told_at = clock_timestamp()`,
        [account, madeAt, expiresAt ?? null],
      );
  }

  /** Refuses every order of the account until it is freed by the same party. A quarantine of others stands. */
  async quarantine(account: string, by: QuarantineBy, why: string): Promise<void> {
    await this.database.query('SELECT quarantine_account($1, $2, $3)', [account, by, why]);
  }

  /** Lifts what one of these parties has set; answers whether anything stood. */
  async free(account: string, by: readonly QuarantineBy[]): Promise<boolean> {
    const { rows } = await this.database.query<{ freed: boolean }>('SELECT free_account($1, $2) AS freed', [
      account,
      by,
    ]);
    return firstOf(rows, 'free_account').freed;
  }

  /** As a new account: refused until its venue has answered. */
  awaitContact(account: string): Promise<void> {
    return this.quarantine(account, 'contact', WAITING);
  }

  /** What the opening of an account asks of the registry. */
  async state(account: string): Promise<ExchangeAccountState> {
    const { rows } = await this.database.query<ExchangeAccountState>(
      `SELECT currency, iso(created_at) AS "createdAt", contacted_at IS NOT NULL AS contacted,
         EXISTS (SELECT FROM trades t WHERE t.account = a.name AND t.phase <> 'ended') AS guarding
       FROM accounts a WHERE name = $1`,
      [account],
    );
    return firstOf(rows, `account ${account}`);
  }

  /** Keeps the cash that the venue first showed; later calls change nothing. */
  async firstContact(account: string, cash: DecimalString): Promise<void> {
    await this.database.query('SELECT first_contact($1, $2)', [account, cash]);
  }

  /** Books what the venue first showed of another asset; later calls change nothing. */
  async openBalance(account: string, asset: string, amount: DecimalString): Promise<void> {
    await this.database.query('SELECT open_balance($1, $2, $3)', [account, asset, amount]);
  }

  /** Replaces what the venue lists of the account's instruments. */
  async storeListings(account: string, instruments: readonly Instrument[]): Promise<void> {
    await this.database.query('SELECT store_listings($1, $2)', [account, JSON.stringify(instruments)]);
  }
}
