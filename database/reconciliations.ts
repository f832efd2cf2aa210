import type { Instant } from '../domain/clock/instant';
import type { DecimalString } from '../domain/money/decimal';
import type { OrderType } from '../domain/order/order';
import type { OurBooks, OurOrder } from '../domain/reconciliation/books';
import { describeDifference, FOREIGN_KINDS, keyOf } from '../domain/reconciliation/difference';
import type { Difference } from '../domain/reconciliation/difference';
import type { ReconciliationPlace, ReconciliationReason } from '../domain/reconciliation/due';
import { clearAlert, raiseAlert } from './alerts';
import { firstOf, transaction } from './pool';
import type { Database, Queryable } from './pool';

/** An order with what a venue needs to look it up. */
export interface StoredOrder extends OurOrder {
  readonly type: OrderType;
  readonly createdAt: Instant;
}

/** Our side as it is stored, and from where on fills are to be compared. */
export interface StoredBooks extends OurBooks {
  readonly orders: readonly StoredOrder[];
  /** Real time of the reading. */
  readonly now: Instant;
  /** Where the venue's fills are to be read from; null for all that it retains. */
  readonly cursor: string | null;
  /** Id of the newest fill. */
  readonly lastFill: number;
  /** Changes with all that moves what we hold. */
  readonly mark: number;
}

/** What the venue shows, by identity: the same of ours is read with it. */
export interface ShownIdentities {
  readonly orders: readonly {
    readonly clientOrderId: string | null;
    readonly venueOrderId: string;
    readonly instrument: string;
  }[];
  readonly fills: readonly {
    readonly instrument: string;
    readonly venueOrderId: string;
    readonly venueFillId: string;
  }[];
}

/** How many things a look compared. */
export interface ComparedCounts {
  readonly orders: number;
  readonly fills: number;
  readonly holdings: number;
  /** What was left out, and why; absent where nothing was. */
  readonly uncompared?: readonly { readonly subject: string; readonly why: string }[];
}

/** What a comparison found, after its last look. */
export interface Findings {
  readonly id: number;
  readonly looks: number;
  readonly compared: ComparedCounts;
  /** Seen at two looks in a row. */
  readonly found: readonly Difference[];
  /** Keys of all that the last look saw. */
  readonly seen: readonly string[];
  /** Subjects that the last look could say nothing about. */
  readonly undetermined: readonly string[];
  readonly cursor: string;
  readonly fillsAfter: number;
  readonly pending: boolean;
}

/** What became of a comparison. */
export interface ReconciliationEnd {
  readonly state: 'agreed' | 'differs' | 'failed';
  /** Differences that it opened, and those of before that it saw no more. */
  readonly opened: number;
  readonly gone: number;
}

/** A person's word on a difference. */
export interface Acceptance {
  readonly id: number;
  readonly actor: string;
  readonly reason: string;
  /** Of what a venue counts as filled and shows no fill of, in quote currency. */
  readonly price?: DecimalString;
}

/** Only `accepted` stored anything. */
export type AcceptanceAnswer =
  | { readonly result: 'accepted'; readonly entry: number | null; readonly tradeId: string | null }
  | { readonly result: 'unknown' | 'price_required' }
  | { readonly result: 'not_open'; readonly state: string }
  | { readonly result: 'refused'; readonly detail: string };

/** Reading our side, and keeping what comparisons found; alerts follow in the same transaction. */
export class ReconciliationStore {
  constructor(private readonly database: Database) {}

  /** Our side of an account; with the same orders and fills of ours as the venue shows. */
  async books(account: string, shown: ShownIdentities = { orders: [], fills: [] }): Promise<StoredBooks> {
    const { rows } = await this.database.query<{ books: StoredBooks | null }>('SELECT our_books($1, $2) AS books', [
      account,
      JSON.stringify(shown),
    ]);
    const { books } = firstOf(rows, 'our_books');
    if (books === null) throw new Error(`no account ${account}`);
    return books;
  }

  /** Begins a comparison, or answers the one of that account that is under way. */
  async begin(account: string, why: ReconciliationReason, by: string): Promise<number> {
    return beginReconciliation(this.database, account, why, by);
  }

  /** Keeps what was found; may be repeated. */
  async finish(account: string, findings: Findings): Promise<ReconciliationEnd> {
    const found = findings.found.map((difference) => ({ ...difference, key: keyOf(difference) }));
    return transaction(this.database, async (client) => {
      const { rows } = await client.query<{ end: ReconciliationEnd }>('SELECT finish_reconciliation($1) AS end', [
        JSON.stringify({ ...findings, found }),
      ]);
      await alertOfDifferences(client, account);
      await clearAlert(client, failureCause(account));
      return firstOf(rows, 'finish_reconciliation').end;
    });
  }

  /** Keeps that a comparison could not be made. */
  async fail(account: string, id: number, failure: string): Promise<void> {
    await transaction(this.database, async (client) => {
      await client.query('SELECT fail_reconciliation($1, $2)', [id, failure]);
      await raiseAlert(client, {
        cause: failureCause(account),
        severity: 'warning',
        title: `The books of account ${account} could not be compared with its venue`,
        detail: { account, reconciliation: id, failure },
      });
    });
  }

  /** Every account that can be asked, and what decides whether it is due. */
  async places(): Promise<readonly ReconciliationPlace[]> {
    const { rows } = await this.database.query<{ place: ReconciliationPlace }>(
      'SELECT place FROM reconciliation_places()',
    );
    return rows.map(({ place }) => place);
  }
}

/** Begins a comparison, or answers the one of that account that is under way. */
export async function beginReconciliation(
  database: Queryable,
  account: string,
  why: ReconciliationReason,
  by: string,
): Promise<number> {
  const { rows } = await database.query<{ id: number }>('SELECT begin_reconciliation($1, $2, $3) AS id', [
    account,
    why,
    by,
  ]);
  return firstOf(rows, 'begin_reconciliation').id;
}

/** Takes the venue's side of a difference, with the entry that makes ours equal to it. */
export async function acceptDifference(database: Database, acceptance: Acceptance): Promise<AcceptanceAnswer> {
  return transaction(database, async (client) => {
    const { rows } = await client.query<{ answer: AcceptanceAnswer }>('SELECT accept_difference($1) AS answer', [
      JSON.stringify(acceptance),
    ]);
    const { answer } = firstOf(rows, 'accept_difference');
    if (answer.result === 'accepted') {
      const found = await client.query<{ account: string }>(
        'SELECT account FROM reconciliation_differences WHERE id = $1',
        [acceptance.id],
      );
      await alertOfDifferences(client, firstOf(found.rows, 'the difference').account);
    }
    return answer;
  });
}

interface OpenDifference extends Pick<Difference, 'kind' | 'subject' | 'ours' | 'venue'> {
  readonly id: number;
  readonly place: string;
}

/** One alert an instrument, or an asset, for as long as a difference in it is open. */
async function alertOfDifferences(client: Queryable, account: string): Promise<void> {
  const { rows } = await client.query<OpenDifference>(
    `SELECT id, kind, subject, ours, venue, coalesce(instrument, asset, '') AS place FROM reconciliation_differences
     WHERE account = $1 AND state = 'open' ORDER BY id`,
    [account],
  );
  const places = new Map<string, OpenDifference[]>();
  for (const row of rows) places.set(row.place, [...(places.get(row.place) ?? []), row]);
  for (const [place, differences] of places) {
    const foreign = differences.every(({ kind }) => FOREIGN_KINDS.includes(kind));
    const [first] = differences;
    const more = differences.length > 1 ? ` and ${differences.length - 1} more` : '';
    await raiseAlert(client, {
      cause: differenceCause(account, place),
      severity: foreign ? 'warning' : 'critical',
      title: foreign
        ? `Somebody else trades ${place} on account ${account}; new trades in it are refused until that is accepted`
        : `Our books of account ${account} and its venue differ in ${place}; new trades in it are refused`,
      detail: {
        account,
        place,
        first: first === undefined ? '' : `${describeDifference(first)}${more}`,
        differences: differences
          .slice(0, 20)
          .map(({ id, kind, ours, subject, venue }) => ({ id, kind, subject, ours, venue })),
      },
    });
  }
  const standing = [...places.keys()].map((place) => differenceCause(account, place));
  const { rows: open } = await client.query<{ cause: string }>(
    `SELECT cause FROM alerts WHERE cleared_at IS NULL AND starts_with(cause, $1) AND NOT cause = ANY ($2)`,
    [differenceCause(account, ''), standing],
  );
  for (const { cause } of open) await clearAlert(client, cause);
}

/** Assets may have names that a cause must not have. */
function differenceCause(account: string, place: string): string {
  return `reconciliation:${account}:${place.replace(/[^A-Za-z0-9_./-]/g, '_')}`;
}

function failureCause(account: string): string {
  return `reconciliation-failed:${account}`;
}
