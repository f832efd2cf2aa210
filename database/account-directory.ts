import type { Millis } from '../domain/clock/instant';
import type { Queryable } from './pool';

/** What never changes of an account, and how old a price of its venue may be. */
export interface AccountEntry {
  readonly name: string;
  readonly venue: string;
  /** 0 on paper, where the tape knows. */
  readonly quoteMaxAge: Millis;
}

/** The accounts as one process knows them; one that was made later is read when it is first asked for. */
export class AccountDirectory {
  private entries: ReadonlyMap<string, AccountEntry> = new Map();

  private constructor(private readonly database: Queryable) {}

  static async open(database: Queryable): Promise<AccountDirectory> {
    const directory = new AccountDirectory(database);
    await directory.refresh();
    return directory;
  }

  /** Reads all accounts anew. */
  async refresh(): Promise<void> {
    const { rows } = await this.database.query<AccountEntry>(
      'SELECT name, venue, coalesce(quote_max_age_ms, 0) AS "quoteMaxAge" FROM accounts ORDER BY name',
    );
    this.entries = new Map(rows.map((row) => [row.name, row]));
  }

  /**
   * @throws Error for an account that is not known yet; it is read then, and the caller's next try finds it. A guess
   * would be another account's venue in a client order id.
   */
  of(account: string): AccountEntry {
    const entry = this.entries.get(account);
    if (entry !== undefined) return entry;
    void this.refresh().catch(() => undefined);
    throw new Error(`account ${account} is not known yet`);
  }

  /** The names of the accounts at a venue. */
  names(venue: string): readonly string[] {
    return [...this.entries.values()].filter((entry) => entry.venue === venue).map(({ name }) => name);
  }
}
