import { millisOf } from '../../domain/clock/instant';
import type { Instant, Millis } from '../../domain/clock/instant';
import type { Instrument, InstrumentId } from '../../domain/instrument/instrument';
import { text, ZERO } from '../../domain/money/decimal';
import type {
  Broker,
  CancelOutcome,
  Capabilities,
  ListedOrder,
  Lookup,
  SendPermit,
  SubmitOutcome,
  VenueBalance,
  VenuePosition,
  VenueSnapshot,
  VenueTimings,
} from '../../domain/order/broker';
import { isTrailing, stopPriceOf } from '../../domain/order/order';
import type { ClientOrderId, Fill, OrderRef, OrderRequest, VenueOrder } from '../../domain/order/order';
import type { Quote } from '../../domain/signal/market-data';
import { PaperStoreError, PaperVenue } from '../../database/paper-venue';
import type { FillRow, FoundOrder, StoredBook, VenueChanges } from '../../database/paper-venue';
import type { Database } from '../../database/pool';
import { acceptOrder } from './accept-order';
import { BookDraft } from './book-draft';
import type { DraftMarket } from './book-draft';
import type { DraftOrder } from './book-rows';
import { matchingRules } from './costs';
import type { PaperCosts } from './costs';
import { Lane } from '../lane';
import type { PaperMarket } from './paper-market';

/** Faults that only tests ask for; a hook that throws stands for a line that breaks there. */
export interface PaperVenueFaults {
  /** On the way to the venue: a wait is a slow line, a throw a request that may or may not arrive (it does not). */
  readonly request?: (request: OrderRequest) => Promise<void>;
  /** After the venue has committed an order: a throw loses the answer. */
  readonly answer?: (request: OrderRequest) => Promise<void>;
}

export interface PaperBrokerOptions {
  readonly account: string;
  readonly database: Database;
  readonly market: PaperMarket;
  readonly costs: PaperCosts;
  readonly faults?: PaperVenueFaults;
}

/** How often a book that others keep changing is read again before giving up. */
const MOST_TRIES = 50;
const YEAR: Millis = 365 * 86_400_000;

/**
 * - **Validity window** 2 s: a request is one statement of some milliseconds; two seconds let it queue behind others in
 *   this process, and end an attempt in doubt quickly.
 * - **Read lag** 50 ms: none is known, since a look-up waits for a request that is just being stored; the time keeps two
 *   look-ups apart.
 * - **Retention**: for ever, which is a hundred years here.
 * - **Clock skew** 0: venue and journal use the clock of the same database.
 */
const TIMINGS: VenueTimings = {
  validityWindow: 2_000,
  readLag: 50,
  retention: 100 * YEAR,
  clockSkew: 0,
  // Polling is one statement, and nothing else moves the market along.
  pollEvery: 0,
};

const CAPABILITIES: Capabilities = {
  market: 'native',
  limit: 'native',
  'post-only': 'native',
  ioc: 'native',
  fok: 'native',
  stop: 'native',
  'stop-limit': 'native',
  'trailing-stop': 'native',
  'anchored-trailing-stop': 'native',
  'trailing-stop-limit': 'native',
};

const EXPIRED = {
  kind: 'rejected',
  code: 'request_expired',
  venueCode: 'expired',
  message: 'the request came after its validity',
} as const satisfies SubmitOutcome;

/**
 * The paper venue for one account. It has no ticker: every call first advances the account's book to market time, and
 * what the tape filled on the way is filled at its print's time. The book is read, advanced in memory, and stored by one
 * statement under its row lock, provided that nobody changed it in between; otherwise it is read again. So any number
 * of brokers, in any number of processes, may serve one account.
 *
 * Client order ids are unique among open orders only, as at real venues. Funds: see `marginShortfall`.
 */
export class PaperBroker implements Broker {
  readonly venue = 'paper';
  readonly timings = TIMINGS;
  readonly capabilities = CAPABILITIES;
  private readonly ledger: PaperVenue;
  private readonly draftMarket: DraftMarket;
  /** Calls of this broker take turns: books that collide only cost time. */
  private readonly lane = new Lane();

  constructor(private readonly options: PaperBrokerOptions) {
    const { market, costs } = options;
    this.ledger = new PaperVenue(options.database, options.account);
    const rules = new Map(market.instruments.map((instrument) => [instrument.id, matchingRules(instrument, costs)]));
    this.draftMarket = {
      instruments: new Map(market.instruments.map((instrument) => [instrument.id, instrument])),
      sourceOf: (id) => market.sourceOf(id),
      rulesOf: (id) => {
        const found = rules.get(id);
        if (found === undefined) throw new RangeError(`the paper venue does not list ${id}`);
        return found;
      },
    };
  }

  instruments(): Promise<readonly Instrument[]> {
    return Promise.resolve(this.options.market.instruments);
  }

  async submit(request: OrderRequest, permit: SendPermit): Promise<SubmitOutcome> {
    try {
      if (!(await permit.stillValid())) return { kind: 'not-sent', message: 'the permit was withdrawn' };
    } catch (error) {
      return { kind: 'not-sent', message: `the permit could not be checked: ${messageOf(error)}` };
    }
    const { validUntil } = permit;
    try {
      await this.options.faults?.request?.(request);
    } catch (error) {
      return { kind: 'unknown', message: messageOf(error) };
    }
    const queued = performance.now();
    return this.lane.run(() =>
      performance.now() - queued > TIMINGS.validityWindow
        ? Promise.resolve({ kind: 'not-sent', message: 'waited too long for its turn' })
        : this.receive(request, validUntil),
    );
  }

  /**
   * The newest order under the id, whatever its instrument: an id may have come back after its order had ended. All
   * orders ever placed are searched, so `not-found` is certain for the moment of the search.
   */
  async find({ clientOrderId }: OrderRef): Promise<Lookup> {
    try {
      const found = await this.search(clientOrderId);
      return found ? { kind: 'found', ...found } : { kind: 'not-found' };
    } catch (error) {
      return { kind: 'inconclusive', message: messageOf(error) };
    }
  }

  /** `too-late` also when no order was ever placed under the id: nothing works, so nothing can be cancelled. */
  async cancel({ clientOrderId, instrument }: OrderRef): Promise<CancelOutcome> {
    try {
      const { value, shown } = await this.lane.run(() =>
        this.update(null, (draft) => draft.cancel(clientOrderId, instrument), clientOrderId),
      );
      if (!value) return { kind: 'too-late' };
      return shown === null ? { kind: 'requested' } : { kind: 'requested', shown: { kind: 'found', ...shown } };
    } catch (error) {
      return { kind: 'unknown', message: messageOf(error) };
    }
  }

  /** The cursor is the number of the book's last change. @throws RangeError for a cursor that is not ours. */
  async poll(cursor: string | undefined): Promise<VenueSnapshot> {
    if (cursor !== undefined && !/^\d{1,15}$/.test(cursor)) throw new RangeError('not a cursor of the paper venue');
    const { changes, draft } = await this.lane.run(() => this.update(Number(cursor ?? 0), () => undefined));
    if (changes === null) throw new Error('the paper venue left the changes out');
    return { ...changes, cursor: String(draft.sequence) };
  }

  /** The account's cash as it is booked, see `cashChange`; the venue works on margin, so nothing is held for working orders. */
  async balances(): Promise<readonly VenueBalance[]> {
    const { draft } = await this.lane.run(() => this.update(null, () => undefined));
    return [{ asset: draft.stored.currency, free: text(draft.cash), locked: text(ZERO) }];
  }

  /** What is held by instrument, fees taken in the base asset included. */
  async positions(): Promise<readonly VenuePosition[]> {
    const { draft } = await this.lane.run(() => this.update(null, () => undefined));
    return draft.held().map((instrument) => ({ instrument, quantity: text(draft.position(instrument)) }));
  }

  async openOrders(): Promise<readonly ListedOrder[]> {
    const { changes } = await this.lane.run(() => this.update(0, () => undefined));
    return (changes?.orders ?? []).filter(({ state }) => state === 'open');
  }

  async quote(instrument: InstrumentId): Promise<Quote | undefined> {
    const { marketNow } = await this.ledger.read(null);
    return marketNow === null ? undefined : this.options.market.quote(instrument, millisOf(marketNow));
  }

  async serverTime(): Promise<Instant> {
    return (await this.ledger.read(null)).now;
  }

  /** Most often nothing has happened since the book was stored: then what was read with it is how the order stands. */
  private async search(clientOrderId: ClientOrderId): Promise<FoundOrder | null> {
    const { book, found } = await this.ledger.readAndFind(clientOrderId);
    const { draft, arrived } = this.advanced(book);
    if (arrived && !draft.worthStoring()) return found;
    await this.lane.run(() => this.update(null, () => undefined));
    return this.ledger.find(clientOrderId);
  }

  /** A book that was read, as it stands at market time, or on a part of the way if that is long. */
  private advanced(stored: StoredBook): { draft: BookDraft; arrived: boolean } {
    if (stored.marketNow === null) throw new Error(`account ${this.options.account} has no market clock`);
    const draft = new BookDraft(stored, this.draftMarket);
    return { draft, arrived: draft.advance(millisOf(stored.marketNow)) };
  }

  /** A book at market time, ready to be changed. */
  private async open(since: number | null): Promise<BookDraft> {
    for (;;) {
      const { draft, arrived } = this.advanced(await this.ledger.read(since));
      if (arrived) return draft;
      // Part of a long way. If the book moved meanwhile, somebody else took the same steps.
      await this.ledger.store(draft.update());
    }
  }

  /**
   * Brings the book to market time, applies `change`, and stores what is worth it; again whenever the book moved. What was
   * stored is answered with the order `show`, if one is named.
   */
  private async update<T>(
    since: number | null,
    change: (draft: BookDraft) => T,
    show?: ClientOrderId,
  ): Promise<{ draft: BookDraft; value: T; changes: VenueChanges | null; shown: FoundOrder | null }> {
    for (let tries = 0; tries < MOST_TRIES; tries += 1) {
      const draft = await this.open(since);
      const value = change(draft);
      if (!draft.worthStoring()) return { draft, value, changes: draft.stored.changes, shown: null };
      const answer = await this.ledger.store(draft.update(), { since, ...(show === undefined ? {} : { show }) });
      if (answer.result === 'stored') return { draft, value, changes: answer.changes, shown: answer.shown };
    }
    throw new Error(`the book of ${this.options.account} kept moving`);
  }

  /** The venue's side of a request: advance, decide, match, and commit all of it before its validity ends. */
  private async receive(request: OrderRequest, validUntil: Instant): Promise<SubmitOutcome> {
    for (;;) {
      let draft: BookDraft;
      try {
        draft = await this.open(null);
      } catch (error) {
        return { kind: 'not-sent', message: messageOf(error) };
      }
      if (millisOf(draft.stored.now) > millisOf(validUntil)) return EXPIRED;
      const verdict = acceptOrder(draft, this.options.account, request);
      if (verdict.kind === 'refused') return { ...verdict, kind: 'rejected' };
      try {
        const answer = await this.ledger.store(draft.update(), { validUntil });
        if (answer.result === 'expired') return EXPIRED;
        if (answer.result === 'moved') continue;
        await this.options.faults?.answer?.(request);
        return acked(draft, verdict.placed, answer.receivedAt);
      } catch (error) {
        const certain = error instanceof PaperStoreError && error.written === 'no';
        return { kind: certain ? 'not-sent' : 'unknown', message: messageOf(error) };
      }
    }
  }
}

function acked(draft: BookDraft, placed: DraftOrder, receivedAt: Instant): SubmitOutcome {
  const { order, clientOrderId, instrument, state } = placed;
  const { id: venueOrderId, side, quantity, terms, filled: filledQuantity } = order;
  const stopPrice = order.stop ?? stopPriceOf(terms);
  const shown: VenueOrder = {
    venueOrderId,
    clientOrderId,
    instrument,
    side,
    quantity,
    type: terms.type,
    state,
    filledQuantity,
    ...(isTrailing(terms.type) && stopPrice !== undefined ? { stopPrice } : {}),
    receivedAt,
  };
  return { kind: 'acked', order: shown, fills: draft.fillsOf(venueOrderId).map((fill) => shownFill(shown, fill)) };
}

function shownFill({ clientOrderId, instrument, side }: VenueOrder, row: FillRow): Fill {
  const { execution, venueOrderId, quantity, price, fee, feeAsset, liquidity, marketAt } = row;
  return {
    venueFillId: String(execution),
    venueOrderId,
    clientOrderId,
    instrument,
    side,
    quantity,
    price,
    fee,
    feeAsset,
    liquidity,
    marketAt,
  };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
