import { EventEmitter } from 'node:events';
import type { EpochMillis, Millis } from '../../domain/clock/instant';
import type { Book, BookChange, Execution } from '../../domain/matching/book';
import { EMPTY_BOOK } from '../../domain/matching/book';
import { advanceBook, cancelOrder, placeOrder } from '../../domain/matching/engine';
import { reachesStop } from '../../domain/matching/match-order';
import type { Print } from '../../domain/matching/print';
import { dec, Decimal, text, ZERO } from '../../domain/money/decimal';
import type { DecimalString } from '../../domain/money/decimal';
import type { OrderTerms } from '../../domain/order/order';
import type { TradingHours } from '../../domain/calendar/calendar';
import { endOf } from './contracts';
import { metMarket, openingAuction } from './entrance';
import type { MetMarket } from './entrance';
import type { SimMarket } from './market';
import type { IbFill, IbOrder, NewIbOrder } from './order';
import { earnedBy, positionsAfter, settlementOf } from './portfolio';
import type { IbPosition } from './portfolio';
import {
  averageOf,
  bookKey,
  commissionOf,
  correctionId,
  engineId,
  engineTime,
  keyOf,
  termsOf,
  triggeredTerms,
} from './order-rules';
import { followed, reaches, releasedTerms } from './trailing';

/** A customer of the simulated broker. */
export interface IbAccount {
  /** Such as `DU1234567`; one that begins with `DU` is a paper account. */
  readonly code: string;
  /** Cash that it starts with, in US dollars. */
  readonly cash: string;
}

export interface IbLedgerOptions {
  readonly markets: readonly SimMarket[];
  readonly accounts: readonly IbAccount[];
  /** The broker's clock. */
  readonly now: () => EpochMillis;
  /** Queries show an order so much after its acceptance; may be changed while it runs. */
  readLag: Millis;
  /** The first `permId`; executions are numbered after it, too. A broker that starts anew must not give an old one again. */
  readonly firstPermId: number;
  /** False where executions cost nothing. */
  readonly commissions: boolean;
}

/** What befalls an order from outside of the market. */
export interface Fate {
  /** It is held so long before it meets the market; Infinity: until `release`. */
  readonly heldUntil?: EpochMillis;
  /** Only so much of it fills, and then the exchange takes it off. */
  readonly fillsOnly?: DecimalString;
}

/** Told of every change of an order, in the order of the changes. */
type LedgerEvents = { order: [order: IbOrder, fill: IbFill | undefined] };

/**
 * The books of the simulated broker: every order that it ever accepted and every execution, matched by the same engine as
 * the paper venue against the same kind of tape. In memory, single-threaded, and the judge of crash tests: nothing of
 * ours writes here.
 */
export class IbLedger {
  readonly events = new EventEmitter<LedgerEvents>();
  readonly orders: IbOrder[] = [];
  readonly fills: IbFill[] = [];
  private readonly books = new Map<string, Book>();
  private readonly fates = new Map<number, Fate>();
  private readonly toHide = new Map<string, Millis>();
  private advancedTo: EpochMillis;
  /** The futures that will expire, with when. */
  private readonly endings = new Map<SimMarket, EpochMillis>();
  /** The `permId` of the next order. */
  nextPermId: number;
  private executions = 0;

  constructor(readonly options: IbLedgerOptions) {
    this.nextPermId = options.firstPermId;
    this.advancedTo = options.now();
    for (const market of options.markets) {
      const end = endOf(market.contract);
      if (end !== undefined && end > this.advancedTo) this.endings.set(market, end);
    }
  }

  market(conId: number): SimMarket | undefined {
    return this.options.markets.find(({ contract }) => contract.conId === conId);
  }

  /** Lets every working order meet what the tapes show until now, and every deadline that lies before. */
  advance(): void {
    const now = this.options.now();
    const open = this.orders.filter(({ state }) => state === 'open');
    const deadlines = open.flatMap(({ expiresAt, heldUntil }) =>
      [expiresAt, heldUntil].filter((at): at is EpochMillis => at !== undefined && at <= now),
    );
    for (const at of [...new Set(deadlines)].sort((a, b) => a - b)) {
      this.matchUntil(at);
      for (const order of open) if (order.expiresAt !== undefined && order.expiresAt <= at) this.expire(order, at);
      for (const order of open) if (order.heldUntil !== undefined && order.heldUntil <= at) this.enter(order, at);
    }
    for (const [market, end] of this.endings) {
      if (end > now) continue;
      this.matchUntil(end);
      this.endings.delete(market);
      this.settle(market, end);
    }
    this.matchUntil(now);
  }

  /** Takes an order in. Whether it makes sense was looked at before. */
  place(request: NewIbOrder, fate: Fate = {}): IbOrder {
    this.advance();
    const now = this.options.now();
    const permId = this.nextPermId;
    this.nextPermId += 1;
    const order: IbOrder = {
      ...request,
      ...{ permId, id: String(permId), clientOrderId: request.orderRef === '' ? null : request.orderRef },
      ...{ receivedAt: now, updatedAt: now, hiddenUntil: this.hiddenFrom(request.orderRef, now) },
      ...{ state: 'open', filled: text(ZERO), averagePrice: ZERO, lastPrice: ZERO, endReason: null },
      ...{ triggered: false, stopNow: null, heldUntil: fate.heldUntil, revision: 0 },
    };
    this.fates.set(permId, fate);
    this.orders.push(order);
    this.tell(order);
    if (fate.heldUntil === undefined) this.enter(order, now);
    return order;
  }

  /** Changes quantity and prices of a working order; false when it has ended meanwhile. */
  change(order: IbOrder, request: NewIbOrder): boolean {
    this.advance();
    if (order.state !== 'open') return false;
    this.takeOff(order);
    const { auxPrice, expiresAt, limitOffset, limitPrice, quantity, trailingPercent, trailStopPrice, transmit } =
      request;
    const prices = { auxPrice, limitOffset, limitPrice, trailingPercent, trailStopPrice };
    Object.assign(order, { ...prices, expiresAt, quantity, transmit });
    order.revision += 1;
    order.stopNow = null;
    this.tell(order);
    if (order.heldUntil === undefined) this.enter(order, this.options.now());
    return true;
  }

  /** False when the order has ended. */
  cancel(order: IbOrder, reason = ''): boolean {
    this.advance();
    if (order.state !== 'open') return false;
    this.takeOff(order);
    this.end(order, 'cancelled', reason, this.options.now());
    return true;
  }

  /** Lets orders that are held until told meet the market. */
  release(): void {
    for (const order of this.orders)
      if (order.state === 'open' && order.heldUntil === Number.POSITIVE_INFINITY) this.enter(order, this.options.now());
  }

  /** The exchange corrects an execution: one with the next number stands in for it. Undefined when there is none. */
  correct(id: string, to: { readonly price?: DecimalString; readonly quantity?: DecimalString }): IbFill | undefined {
    const wrong = this.fills.find((fill) => fill.id === id && !fill.corrected);
    const order = wrong && this.orders.find(({ permId }) => permId === wrong.permId);
    if (wrong === undefined || order === undefined) return undefined;
    wrong.corrected = true;
    const fill: IbFill = { ...wrong, ...to, id: correctionId(wrong.id), corrected: false, at: this.options.now() };
    this.fills.push(fill);
    this.sumUp(order);
    this.events.emit('order', order, fill);
    return fill;
  }

  /** Keeps orders of a reference out of every query for a while; the next one of it when there is none yet. */
  hide(orderRef: string, ms: Millis): number {
    const orders = this.orders.filter((order) => order.clientOrderId === orderRef);
    for (const order of orders) order.hiddenUntil = this.options.now() + ms;
    if (orders.length === 0) this.toHide.set(orderRef, ms);
    return orders.length;
  }

  /** Orders that queries show now, oldest first. */
  shown(): readonly IbOrder[] {
    this.advance();
    const now = this.options.now();
    return this.orders.filter(
      ({ hiddenUntil, receivedAt }) => receivedAt + this.options.readLag <= now && hiddenUntil <= now,
    );
  }

  /** Executions that queries show now, oldest first: those of hidden orders are hidden, too. */
  shownFills(): readonly IbFill[] {
    const visible = new Set(this.shown().map(({ permId }) => permId));
    return this.fills.filter(({ permId }) => visible.has(permId));
  }

  positions(account: string): ReadonlyMap<number, IbPosition> {
    this.advance();
    return positionsAfter(this.fills.filter((fill) => fill.account === account));
  }

  /** The last price of a contract, in its currency; regular hours unless told. */
  lastPrice(conId: number, hours: TradingHours = 'extended'): Decimal | undefined {
    return this.market(conId)?.tape(hours).lastPrint(this.options.now())?.price;
  }

  private matchUntil(to: EpochMillis): void {
    if (to <= this.advancedTo) return;
    for (const market of this.options.markets)
      for (const hours of ['regular', 'extended'] as const) this.matchMarket(market, hours, this.advancedTo, to);
    this.advancedTo = to;
  }

  private matchMarket(market: SimMarket, hours: TradingHours, from: EpochMillis, to: EpochMillis): void {
    const key = bookKey(market.contract.conId, hours);
    const book = this.books.get(key) ?? EMPTY_BOOK;
    const trailing = this.trailing(key);
    if (book.orders.length === 0 && trailing.length === 0) return;
    const prints = market.tape(hours).printsBetween(from, to);
    if (trailing.length === 0) {
      this.apply(key, advanceBook(book, prints, market.rules));
      return;
    }
    // A trailing stop joins the book at its own print: print by print, then.
    for (const print of prints) {
      this.apply(key, advanceBook(this.books.get(key) ?? EMPTY_BOOK, [print], market.rules));
      for (const order of this.trailing(key)) this.trail(order, print, key);
    }
  }

  private trailing(key: string): readonly IbOrder[] {
    return this.orders.filter(
      (order) =>
        order.state === 'open' &&
        order.stopNow !== null &&
        !order.triggered &&
        order.heldUntil === undefined &&
        keyOf(order) === key,
    );
  }

  /** Lets a trailing stop see a price, and releases it when that reaches it. */
  private trail(order: IbOrder, print: Print, key: string): void {
    const stop = order.stopNow ?? followed(order, null, print.price);
    if (reaches(order, stop, print.price)) {
      order.triggered = true;
      order.stopNow = stop;
      this.tell(order);
      const market = this.market(order.contract.conId);
      if (market) this.intoBook(order, releasedTerms(order, stop), key, metMarket(market, order, print.at));
      return;
    }
    order.stopNow = followed(order, stop, print.price);
    if (print.sessionClose === true && order.timeInForce === 'DAY')
      this.end(order, 'expired', 'session_ended', print.at);
  }

  /** An order meets the market for the first time, or again after a change. */
  private enter(order: IbOrder, at: EpochMillis): void {
    const market = this.market(order.contract.conId);
    if (market === undefined || order.state !== 'open' || !order.transmit) return;
    if (order.timeInForce === 'OPG') {
      this.auction(order, market, at);
      return;
    }
    const wasHeld = order.heldUntil !== undefined;
    order.heldUntil = undefined;
    if (wasHeld) this.tell(order);
    const key = keyOf(order);
    const met = metMarket(market, order, at);
    const { lastPrint, open } = met.moment;
    if (order.type === 'TRAIL' || order.type === 'TRAIL LIMIT') {
      if (lastPrint === undefined) return;
      order.stopNow = followed(order, null, lastPrint.price);
      if (open) this.trail(order, { ...lastPrint, at }, key);
      return;
    }
    const terms = order.triggered ? triggeredTerms(order) : termsOf(order);
    const reached = open && lastPrint !== undefined && reachesStop({ side: order.side, terms }, lastPrint.price);
    if (reached) {
      order.triggered = true;
      this.tell(order);
    }
    this.intoBook(order, reached ? triggeredTerms(order) : terms, key, met);
  }

  /** An order for the opening auction takes part in it if it is there by then, and rests until the next one otherwise. */
  private auction(order: IbOrder, market: SimMarket, at: EpochMillis): void {
    const opening = market.calendar.nextOpen(at - 1);
    if (opening !== at) {
      order.heldUntil = opening;
      return;
    }
    const met = openingAuction(market, opening, this.options.now());
    if (met === undefined) return;
    order.heldUntil = undefined;
    this.tell(order);
    this.intoBook(order, termsOf(order), keyOf(order), met);
  }

  private intoBook(order: IbOrder, terms: OrderTerms, key: string, { moment, rules }: MetMarket): void {
    const rest = dec(order.quantity).minus(order.filled);
    const most = this.fates.get(order.permId)?.fillsOnly;
    const quantity = text(most === undefined ? rest : Decimal.min(rest, most));
    const timeInForce = engineTime(order);
    const change = placeOrder(
      this.books.get(key) ?? EMPTY_BOOK,
      { id: engineId(order), side: order.side, quantity, terms, timeInForce },
      moment,
      rules,
    );
    this.apply(key, change);
  }

  private takeOff(order: IbOrder): void {
    const key = keyOf(order);
    const change = cancelOrder(this.books.get(key) ?? EMPTY_BOOK, engineId(order), this.options.now());
    if (change !== undefined) this.books.set(key, change.book);
  }

  private expire(order: IbOrder, at: EpochMillis): void {
    if (order.state !== 'open') return;
    this.takeOff(order);
    this.end(order, 'expired', 'good_till_date', at);
  }

  /** A future has expired: its orders end, and whoever holds it is paid out at its last price, without an order. */
  private settle({ contract, tape }: SimMarket, at: EpochMillis): void {
    for (const order of this.orders) {
      if (order.state !== 'open' || order.contract.conId !== contract.conId) continue;
      this.takeOff(order);
      this.end(order, 'cancelled', 'the contract has expired', at);
    }
    const price = tape('extended').lastPrint(at)?.price;
    for (const { code } of this.options.accounts) {
      const position = positionsAfter(this.fills.filter(({ account }) => account === code)).get(contract.conId);
      if (price !== undefined && position !== undefined && !position.quantity.isZero())
        this.fills.push(settlementOf(position, code, price, at));
    }
  }

  private apply(key: string, change: BookChange): void {
    this.books.set(key, change.book);
    for (const execution of change.executions) this.book(execution);
    for (const { id, triggered } of change.book.orders) {
      const order = this.byEngineId(id);
      if (order && triggered && !order.triggered) {
        order.triggered = true;
        this.tell(order);
      }
    }
    for (const { order: ended, state, reason, at } of change.ended) {
      const order = this.byEngineId(ended.id);
      if (order === undefined) continue;
      const taken = state === 'filled' && dec(order.filled).lt(order.quantity);
      this.end(order, taken ? 'cancelled' : state, taken ? 'cancelled by the exchange' : reason, at);
    }
  }

  private book({ orderId, quantity, price, liquidity, at }: Execution): void {
    const order = this.byEngineId(orderId);
    if (order === undefined) return;
    const { account, contract, permId, side } = order;
    const position = positionsAfter(this.fills.filter((fill) => fill.account === account)).get(contract.conId);
    this.executions += 1;
    const own = { contract, side, quantity, price };
    const first = !this.fills.some((fill) => fill.permId === permId);
    const fill: IbFill = {
      ...{ ...own, permId, account, liquidity, at, orderId: order.id, corrected: false },
      id: `${this.options.firstPermId.toString(16).padStart(8, '0')}.${this.executions.toString(16).padStart(8, '0')}.01.01`,
      cumulative: text(dec(order.filled).plus(quantity)),
      averagePrice: averageOf([...this.fills.filter((one) => one.permId === permId && !one.corrected), own]),
      commission: this.options.commissions ? commissionOf(own, first) : text(ZERO),
      realized: earnedBy(position, own),
    };
    this.fills.push(fill);
    this.sumUp(order);
    order.updatedAt = at;
    // The end of an order is told with its last execution, as its status says both.
    if (dec(order.filled).gte(order.quantity)) Object.assign(order, { state: 'filled', endReason: 'filled' });
    this.events.emit('order', order, fill);
  }

  /** What an order has filled, by its executions. */
  private sumUp(order: IbOrder): void {
    const own = this.fills.filter(({ corrected, permId }) => permId === order.permId && !corrected);
    order.filled = text(own.reduce((sum, { quantity }) => sum.plus(quantity), ZERO));
    order.averagePrice = averageOf(own);
    order.lastPrice = dec(own.at(-1)?.price ?? 0);
  }

  private end(order: IbOrder, state: IbOrder['state'], endReason: string, at: EpochMillis): void {
    if (order.state !== 'open') return;
    Object.assign(order, { state, endReason, updatedAt: at, heldUntil: undefined });
    this.tell(order);
  }

  private tell(order: IbOrder): void {
    this.events.emit('order', order, undefined);
  }

  private byEngineId(id: string): IbOrder | undefined {
    return this.orders.find((order) => engineId(order) === id);
  }

  private hiddenFrom(orderRef: string, now: EpochMillis): EpochMillis {
    const ms = this.toHide.get(orderRef);
    this.toHide.delete(orderRef);
    return ms === undefined ? 0 : now + ms;
  }
}
