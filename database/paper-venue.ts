import { DatabaseError } from 'pg';
import type { Instant } from '../domain/clock/instant';
import type { InstrumentId } from '../domain/instrument/instrument';
import type { OrderEndReason, WorkingOrder } from '../domain/matching/book';
import type { DecimalString } from '../domain/money/decimal';
import type {
  ClientOrderId,
  Fill,
  OrderType,
  Side,
  TimeInForce,
  VenueOrder,
  VenueOrderState,
} from '../domain/order/order';
import type { Database } from './pool';

/** Longest wait for one answer, in milliseconds. */
const ANSWER_TIMEOUT = 3_000;

/** An order at work with what the engine keeps of it. */
export interface StoredWorkingOrder {
  readonly clientOrderId: ClientOrderId;
  readonly instrument: InstrumentId;
  readonly sequence: number;
  readonly order: WorkingOrder;
}

/** Orders and fills as the venue shows them. */
export interface VenueChanges {
  /** Those that work, and those that changed. */
  readonly orders: readonly VenueOrder[];
  readonly fills: readonly Fill[];
}

/** The newest order under a client order id, with all its fills. */
export interface FoundOrder {
  readonly order: VenueOrder;
  readonly fills: readonly Fill[];
}

/** The book of one account at one moment. */
export interface StoredBook {
  /** Real time of the reading by the database's clock. */
  readonly now: Instant;
  /** Market time at that moment; null for an account without a clock. */
  readonly marketNow: Instant | null;
  /** Market time up to which every print has been matched. */
  readonly advancedTo: Instant;
  readonly currency: string;
  readonly cash: DecimalString;
  /** Number of the last change. */
  readonly sequence: number;
  /** In the order of their placing. */
  readonly working: readonly StoredWorkingOrder[];
  /** Units by instrument, negative when short; none at zero. */
  readonly positions: Readonly<Record<InstrumentId, DecimalString>>;
  /** Null unless asked for. */
  readonly changes: VenueChanges | null;
}

/** The part of an order that changes. */
export interface ChangedOrderRow {
  readonly venueOrderId: string;
  readonly state: VenueOrderState;
  readonly filled: DecimalString;
  readonly endReason: OrderEndReason | null;
  readonly working: WorkingOrder;
  readonly sequence: number;
}

/** A new order; `receivedAt` is the database's own. */
export interface PlacedOrderRow extends ChangedOrderRow {
  readonly clientOrderId: ClientOrderId;
  readonly instrument: InstrumentId;
  readonly side: Side;
  readonly quantity: DecimalString;
  readonly type: OrderType;
  readonly price: DecimalString | null;
  readonly stopPrice: DecimalString | null;
  readonly timeInForce: TimeInForce;
  readonly marketAt: Instant;
}

/** One execution; `venueOrderId` and `execution` name it for ever. */
export interface FillRow {
  readonly sequence: number;
  readonly venueOrderId: string;
  readonly execution: number;
  readonly quantity: DecimalString;
  readonly price: DecimalString;
  readonly fee: DecimalString;
  readonly feeAsset: string;
  readonly liquidity: 'maker' | 'taker';
  readonly marketAt: Instant;
}

/** What was computed from a book that was read. */
export interface BookUpdate {
  /** What names the book that was read: it is written only if these still hold. */
  readonly readSequence: number;
  readonly readAdvancedTo: Instant;
  readonly advancedTo: Instant;
  readonly sequence: number;
  readonly cash: DecimalString;
  readonly placed: readonly PlacedOrderRow[];
  readonly changed: readonly ChangedOrderRow[];
  readonly fills: readonly FillRow[];
  /** New quantities of the instruments that the fills changed. */
  readonly positions: readonly { readonly instrument: InstrumentId; readonly quantity: DecimalString }[];
}

/** `moved`: somebody else changed the book since it was read; `expired`: too late by the database's clock. */
export type StoreAnswer =
  | {
      readonly result: 'stored';
      readonly receivedAt: Instant;
      /** Null unless asked for, as is `shown`. */
      readonly changes: VenueChanges | null;
      readonly shown: FoundOrder | null;
    }
  | { readonly result: 'moved' }
  | { readonly result: 'expired' };

/** A write that failed; `written` says whether it may have been committed all the same. */
export class PaperStoreError extends Error {
  constructor(
    readonly written: 'no' | 'maybe',
    cause: unknown,
  ) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
    this.name = 'PaperStoreError';
  }
}

/**
 * The paper venue's ledger of one account. Each method is one statement and so one transaction: no connection holds the
 * book's lock while a process computes, and a process that stops in between blocks nobody.
 */
export class PaperVenue {
  constructor(
    private readonly database: Database,
    readonly account: string,
  ) {}

  /** The book now, and what changed after `since` unless that is null. @throws when the venue has no such account. */
  async read(since: number | null): Promise<StoredBook> {
    const book = await this.ask<StoredBook | null>('SELECT paper.read_book($1, $2) AS answer', [this.account, since]);
    if (book === null) throw new Error(`the paper venue has no account ${this.account}`);
    return book;
  }

  /**
   * Stores what was computed from a book, all of it or nothing, under the book's row lock. `validUntil`: real time
   * after which nothing is stored. `since`: asks for the changes after that number; `show`: for an order as it then is.
   * @throws PaperStoreError
   */
  async store(
    update: BookUpdate,
    options: { validUntil?: Instant; since?: number | null; show?: ClientOrderId } = {},
  ): Promise<StoreAnswer> {
    const document = JSON.stringify({ account: this.account, ...update, ...options });
    const client = await this.database.connect().catch((error: unknown) => {
      throw new PaperStoreError('no', error);
    });
    try {
      const statement = {
        text: 'SELECT paper.store_book($1) AS answer',
        values: [document],
        query_timeout: ANSWER_TIMEOUT,
      };
      const { rows } = await client.query<{ answer: StoreAnswer }>(statement);
      const answer = rows[0]?.answer;
      if (answer === undefined) throw new Error('the paper venue answered nothing');
      client.release();
      return answer;
    } catch (error) {
      // The connection may still be in the middle of the statement: it is not used again.
      client.release(true);
      throw new PaperStoreError(isRolledBack(error) ? 'no' : 'maybe', error);
    }
  }

  async find(clientOrderId: ClientOrderId): Promise<FoundOrder | null> {
    return this.ask('SELECT paper.find_order($1, $2) AS answer', [this.account, clientOrderId]);
  }

  /** `find`, and the book of that moment. @throws when the venue has no such account. */
  async readAndFind(
    clientOrderId: ClientOrderId,
  ): Promise<{ readonly book: StoredBook; readonly found: FoundOrder | null }> {
    const { book, found } = await this.ask<{ book: StoredBook | null; found: FoundOrder | null }>(
      'SELECT paper.read_and_find($1, $2) AS answer',
      [this.account, clientOrderId],
    );
    if (book === null) throw new Error(`the paper venue has no account ${this.account}`);
    return { book, found };
  }

  private async ask<Answer>(text: string, values: readonly unknown[]): Promise<Answer> {
    const statement = { text, values: [...values], query_timeout: ANSWER_TIMEOUT };
    const { rows } = await this.database.query<{ answer: Answer }>(statement);
    const row = rows[0];
    if (row === undefined) throw new Error('the paper venue answered nothing');
    return row.answer;
  }
}

/** Classes of SQLSTATE that say nothing about the fate of the statement: connection, shutdown, system, internal error. */
const DOUBTFUL = /^(08|57P|58|F0|XX)/;

/** True when PostgreSQL itself answered that the statement failed: then it left nothing behind. */
function isRolledBack(error: unknown): boolean {
  return error instanceof DatabaseError && error.code !== undefined && !DOUBTFUL.test(error.code);
}
