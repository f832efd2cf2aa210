import { EventEmitter } from 'node:events';
import type { EpochMillis, Millis } from '../../domain/clock/instant';
import type { Instrument, InstrumentId } from '../../domain/instrument/instrument';
import { checkOrder } from '../../domain/instrument/rules';
import type { Book, BookChange, WorkingOrder } from '../../domain/matching/book';
import { EMPTY_BOOK } from '../../domain/matching/book';
import { advanceBook, cancelOrder, marketMoment, placeOrder } from '../../domain/matching/engine';
import type { MatchingRules } from '../../domain/matching/matching-rules';
import type { PrintSource } from '../../domain/matching/print';
import { dec, Decimal, text, ZERO } from '../../domain/money/decimal';
import type { DecimalString } from '../../domain/money/decimal';
import type { OrderTerms, Side, TimeInForce, VenueOrderState } from '../../domain/order/order';

/** When a venue takes a client order id that it has seen: never while such an order is open, never again, or it answers with the first order. */
export type IdRule = 'unique-among-open' | 'unique-for-ever' | 'replayed';

export interface SimListing {
  readonly instrument: Instrument;
  readonly source: PrintSource;
  readonly rules: MatchingRules;
}

/** One customer of the simulated venue. */
export interface SimAccount {
  readonly apiKey: string;
  readonly secret: string;
  readonly password?: string;
  /** Units of each asset that it starts with. */
  readonly funds: Readonly<Record<string, string>>;
}

/** An order as the venue knows it. */
export interface SimOrder {
  readonly id: string;
  readonly apiKey: string;
  /** As the client sent it; null when it sent none. */
  readonly clientOrderId: string | null;
  readonly instrument: InstrumentId;
  readonly side: Side;
  readonly quantity: DecimalString;
  readonly terms: OrderTerms;
  readonly timeInForce: TimeInForce;
  /** Venue time of acceptance. */
  readonly receivedAt: EpochMillis;
  state: VenueOrderState;
  filled: DecimalString;
  updatedAt: EpochMillis;
  /** True once a stop has been reached. */
  triggered: boolean;
  endReason: string | null;
  /** Until this venue time no query shows the order. */
  hiddenUntil: EpochMillis;
}

export interface SimFill {
  readonly id: string;
  readonly orderId: string;
  readonly apiKey: string;
  readonly instrument: InstrumentId;
  readonly side: Side;
  readonly quantity: DecimalString;
  readonly price: DecimalString;
  readonly fee: DecimalString;
  readonly feeAsset: string;
  readonly liquidity: 'maker' | 'taker';
  readonly at: EpochMillis;
}

export interface NewSimOrder {
  readonly clientOrderId: string | null;
  readonly instrument: InstrumentId;
  readonly side: Side;
  readonly quantity: string;
  readonly terms: OrderTerms;
  readonly timeInForce: TimeInForce;
}

/** Why the venue refuses an order; each front says it in its venue's words. */
export type SimRefusal =
  | 'duplicate'
  | 'unknown_instrument'
  | 'filter_price'
  | 'filter_lot'
  | 'filter_notional'
  | 'insufficient_funds'
  | 'would_trigger_immediately'
  | 'would_take_liquidity'
  | 'closed';

export type SimVerdict =
  | { readonly kind: 'accepted'; readonly order: SimOrder; readonly fills: readonly SimFill[] }
  /** The venue has an order of this client id and answers with it. */
  | { readonly kind: 'replayed'; readonly order: SimOrder }
  | { readonly kind: 'refused'; readonly reason: SimRefusal };

export interface SimLedgerOptions {
  readonly listings: readonly SimListing[];
  readonly accounts: readonly SimAccount[];
  readonly idRule: IdRule;
  /** The venue's clock. */
  readonly now: () => EpochMillis;
  /** Queries show an order so much after its acceptance; may be changed while it runs. */
  readLag: Millis;
  /** For how long an order without fills is shown after its end. */
  readonly retention: Millis;
  /** True where a post-only order that would take is accepted first and ended then. */
  readonly makersEndLater?: boolean;
  /** Number of the first order; a fixed one unless told. */
  readonly firstId?: number;
}

/** Told of every change of an order, in the order of the changes. */
type LedgerEvents = { order: [order: SimOrder, fill: SimFill | undefined] };

/** A market order on a spot venue must be paid: so much more than the last price may it cost. */
const MARKET_MARGIN = '1.01';

/**
 * The books of a simulated spot venue: orders, executions and funds, matched by the same engine as the paper venue against
 * the same kind of tape. In memory, single-threaded, and the judge of every crash test: nothing of ours writes here.
 */
export class SimLedger {
  readonly events = new EventEmitter<LedgerEvents>();
  readonly orders: SimOrder[] = [];
  readonly fills: SimFill[] = [];
  private readonly books = new Map<string, Book>();
  private readonly moved = new Map<string, Decimal>();
  private readonly advancedTo: Map<InstrumentId, EpochMillis>;
  private readonly toHide = new Map<string, Millis>();
  private nextOrder: number;
  private nextFill: number;

  constructor(readonly options: SimLedgerOptions) {
    this.nextOrder = options.firstId ?? 1_000_001;
    this.nextFill = this.nextOrder + 4_000_000;
    const now = options.now();
    this.advancedTo = new Map(options.listings.map(({ instrument }) => [instrument.id, now]));
  }

  listing(id: InstrumentId): SimListing | undefined {
    return this.options.listings.find(({ instrument }) => instrument.id === id);
  }

  account(apiKey: string): SimAccount | undefined {
    return this.options.accounts.find((account) => account.apiKey === apiKey);
  }

  /** Lets every working order meet what the tape shows until now. */
  advance(): void {
    const now = this.options.now();
    for (const { instrument, source, rules } of this.options.listings) {
      const from = this.advancedTo.get(instrument.id) ?? now;
      if (now <= from) continue;
      for (const { apiKey } of this.options.accounts) {
        const key = bookKey(apiKey, instrument.id);
        const book = this.books.get(key);
        if (book !== undefined) this.apply(key, advanceBook(book, source.printsBetween(from, now), rules));
      }
      this.advancedTo.set(instrument.id, now);
    }
  }

  place(apiKey: string, request: NewSimOrder): SimVerdict {
    this.advance();
    const known = this.known(apiKey, request.clientOrderId);
    if (known !== undefined) {
      return this.options.idRule === 'replayed'
        ? { kind: 'replayed', order: known }
        : { kind: 'refused', reason: 'duplicate' };
    }
    const listing = this.listing(request.instrument);
    if (listing === undefined) return { kind: 'refused', reason: 'unknown_instrument' };
    const reason = this.refusal(apiKey, request, listing);
    if (reason !== undefined) return { kind: 'refused', reason };
    return this.accept(apiKey, request, listing);
  }

  /** False when the order has ended or never was. */
  cancel(order: SimOrder, reason = 'cancel_requested'): boolean {
    this.advance();
    const key = bookKey(order.apiKey, order.instrument);
    const change = cancelOrder(this.books.get(key) ?? EMPTY_BOOK, order.id, this.options.now());
    if (change === undefined) return false;
    this.apply(key, change);
    order.endReason = reason;
    return true;
  }

  /** Keeps orders of a client id out of every query for a while; the next one of that id when there is none yet. */
  hide(clientOrderId: string, ms: Millis): number {
    const orders = this.orders.filter((order) => order.clientOrderId === clientOrderId);
    for (const order of orders) order.hiddenUntil = this.options.now() + ms;
    if (orders.length === 0) this.toHide.set(clientOrderId, ms);
    return orders.length;
  }

  /** Orders of an account that queries show now, oldest first. */
  shown(apiKey: string): readonly SimOrder[] {
    this.advance();
    const now = this.options.now();
    const { readLag, retention } = this.options;
    return this.orders.filter(
      (order) =>
        order.apiKey === apiKey &&
        order.receivedAt + readLag <= now &&
        order.hiddenUntil <= now &&
        (order.state === 'open' || order.filled !== '0' || order.updatedAt + retention > now),
    );
  }

  /** Executions of an account that queries show now, oldest first: those of hidden orders are hidden, too. */
  shownFills(apiKey: string): readonly SimFill[] {
    const visible = new Set(this.shown(apiKey).map(({ id }) => id));
    return this.fills.filter(({ orderId }) => visible.has(orderId));
  }

  /** Units of an asset: all that the account has, and what of it is held by working orders. */
  balance(apiKey: string, asset: string): { readonly total: Decimal; readonly locked: Decimal } {
    const total = dec(this.account(apiKey)?.funds[asset] ?? 0).plus(this.moved.get(`${apiKey} ${asset}`) ?? ZERO);
    const open = this.orders.filter((order) => order.apiKey === apiKey && order.state === 'open');
    const locked = open.reduce((sum, order) => sum.plus(this.lockOf(order, asset)), ZERO);
    return { total, locked };
  }

  /** Every asset that the account has or can have. */
  assets(apiKey: string): readonly string[] {
    const funds = Object.keys(this.account(apiKey)?.funds ?? {});
    return [
      ...new Set([...funds, ...this.options.listings.flatMap(({ instrument: i }) => [i.baseAsset, i.quoteAsset])]),
    ];
  }

  /** The last price of an instrument, in quote currency. */
  lastPrice(id: InstrumentId): Decimal | undefined {
    return this.listing(id)?.source.lastPrint(this.options.now())?.price;
  }

  private known(apiKey: string, clientOrderId: string | null): SimOrder | undefined {
    if (clientOrderId === null) return undefined;
    const same = this.orders.filter((order) => order.apiKey === apiKey && order.clientOrderId === clientOrderId);
    return this.options.idRule === 'unique-among-open' ? same.find(({ state }) => state === 'open') : same[0];
  }

  private refusal(apiKey: string, request: NewSimOrder, { instrument }: SimListing): SimRefusal | undefined {
    const price = this.lastPrice(instrument.id);
    if (price === undefined) return 'closed';
    const quantity = request.quantity as DecimalString;
    const [violation] = checkOrder(instrument, { quantity, terms: request.terms, referencePrice: text(price) });
    if (violation) {
      if (violation.rule === 'tick') return 'filter_price';
      return violation.rule === 'min_notional' ? 'filter_notional' : 'filter_lot';
    }
    const asset = request.side === 'buy' ? instrument.quoteAsset : instrument.baseAsset;
    const { total, locked } = this.balance(apiKey, asset);
    return needed(request, price, dec(quantity)).gt(total.minus(locked)) ? 'insufficient_funds' : undefined;
  }

  private accept(apiKey: string, request: NewSimOrder, { instrument, source, rules }: SimListing): SimVerdict {
    const now = this.options.now();
    const key = bookKey(apiKey, instrument.id);
    const { side, terms, timeInForce, clientOrderId } = request;
    const quantity = text(dec(request.quantity));
    const id = String(this.nextOrder);
    const change = placeOrder(
      this.books.get(key) ?? EMPTY_BOOK,
      { id, side, quantity, terms, timeInForce: terms.type === 'market' ? 'IOC' : timeInForce },
      marketMoment(source, now),
      rules,
    );
    const [end] = change.ended;
    if (end?.state === 'rejected') {
      const { reason } = end;
      const named = reason === 'would_trigger_immediately' || reason === 'would_take_liquidity';
      if (reason !== 'would_take_liquidity' || !this.options.makersEndLater)
        return { kind: 'refused', reason: named ? reason : 'closed' };
    }
    this.nextOrder += 1;
    const order: SimOrder = {
      ...{ id, apiKey, clientOrderId, instrument: instrument.id, side, quantity, terms, timeInForce },
      receivedAt: now,
      state: 'open',
      filled: text(ZERO),
      updatedAt: now,
      triggered: false,
      endReason: null,
      hiddenUntil: this.hiddenFrom(clientOrderId, now),
    };
    this.orders.push(order);
    this.events.emit('order', order, undefined);
    const before = this.fills.length;
    this.apply(key, change);
    return { kind: 'accepted', order, fills: this.fills.slice(before) };
  }

  private hiddenFrom(clientOrderId: string | null, now: EpochMillis): EpochMillis {
    const ms = this.toHide.get(clientOrderId ?? '');
    if (clientOrderId !== null) this.toHide.delete(clientOrderId);
    return ms === undefined ? 0 : now + ms;
  }

  private apply(key: string, change: BookChange): void {
    this.books.set(key, change.book);
    const working = new Map(change.book.orders.map((order) => [order.id, order]));
    for (const execution of change.executions) this.book(execution);
    for (const order of working.values()) this.follow(order);
    for (const { order: ended, state, reason, at } of change.ended) {
      const order = this.orders.find(({ id }) => id === ended.id);
      if (order === undefined) continue;
      Object.assign(order, { state, endReason: reason, updatedAt: at });
      this.events.emit('order', order, undefined);
    }
  }

  private follow({ id, triggered }: WorkingOrder): void {
    const order = this.orders.find((one) => one.id === id);
    if (order) order.triggered = triggered;
  }

  private book(execution: BookChange['executions'][number]): void {
    const order = this.orders.find(({ id }) => id === execution.orderId);
    const instrument = order && this.listing(order.instrument)?.instrument;
    if (order === undefined || instrument === undefined) return;
    const { side, quantity, price, fee, feeAsset, liquidity, at } = execution;
    const fill: SimFill = {
      id: String(this.nextFill),
      ...{ orderId: order.id, apiKey: order.apiKey, instrument: order.instrument },
      ...{ side, quantity, price, fee, feeAsset, liquidity, at },
    };
    this.nextFill += 1;
    this.fills.push(fill);
    order.filled = text(dec(order.filled).plus(quantity));
    order.updatedAt = at;
    const sign = side === 'buy' ? 1 : -1;
    this.move(order.apiKey, instrument.baseAsset, dec(quantity).mul(sign));
    this.move(order.apiKey, instrument.quoteAsset, dec(quantity).mul(price).mul(-sign));
    this.move(order.apiKey, feeAsset, dec(fee).neg());
    this.events.emit('order', order, fill);
  }

  private move(apiKey: string, asset: string, change: Decimal): void {
    const key = `${apiKey} ${asset}`;
    this.moved.set(key, (this.moved.get(key) ?? ZERO).plus(change));
  }

  private lockOf(order: SimOrder, asset: string): Decimal {
    const instrument = this.listing(order.instrument)?.instrument;
    if (asset !== (order.side === 'buy' ? instrument?.quoteAsset : instrument?.baseAsset)) return ZERO;
    return needed(order, this.lastPrice(order.instrument) ?? ZERO, dec(order.quantity).minus(order.filled));
  }
}

/** Units that an order takes of what it pays with: the base asset for a sell, quote currency for a buy. */
function needed(order: Pick<NewSimOrder, 'side' | 'terms'>, price: Decimal, rest: Decimal): Decimal {
  if (order.side === 'sell') return rest;
  const { terms } = order;
  if ('price' in terms) return rest.mul(terms.price);
  const basis = terms.type === 'stop' ? Decimal.max(terms.stopPrice, price) : price;
  return rest.mul(basis).mul(MARKET_MARGIN);
}

function bookKey(apiKey: string, instrument: InstrumentId): string {
  return `${apiKey} ${instrument}`;
}
