import { instant, millisOf } from '../../domain/clock/instant';
import type { EpochMillis } from '../../domain/clock/instant';
import type { Instrument, InstrumentId } from '../../domain/instrument/instrument';
import type { BookChange, WorkingOrder } from '../../domain/matching/book';
import { advanceBook, cancelOrder, settleAtEnd } from '../../domain/matching/engine';
import type { MatchingRules } from '../../domain/matching/matching-rules';
import { isPastLastBar } from '../../domain/matching/print';
import type { PrintSource } from '../../domain/matching/print';
import { dec, text, ZERO } from '../../domain/money/decimal';
import type { Decimal } from '../../domain/money/decimal';
import type { ClientOrderId, OrderRequest } from '../../domain/order/order';
import type { BookUpdate, FillRow, StoredBook } from '../../database/paper-venue';
import { cashChange, changedRow, fillRow, happeningsOf, placedRow, positionChange } from './book-rows';
import type { DraftOrder, Happening } from './book-rows';
import { exitsAtEnd } from './tape-end';

/** What the draft asks of the market. */
export interface DraftMarket {
  readonly instruments: ReadonlyMap<InstrumentId, Instrument>;
  sourceOf(instrument: InstrumentId): PrintSource;
  rulesOf(instrument: InstrumentId): MatchingRules;
}

/** Prints that one advance meets at most for each instrument; a longer way is gone in several stored steps. */
const PRINTS_A_STEP = 50_000;
/** An advance over this many prints in which nothing happened is stored, so that the next need not repeat it. */
const PRINTS_WORTH_STORING = 500;

/**
 * What would become of an account's book, from the book that was read to the update that is stored. It computes only:
 * the result depends on the book, the tapes, the rules and the market time. Numbers are drawn in the order of market
 * time, so a book that is advanced day by day is the same as one that is advanced at once.
 */
export class BookDraft {
  /** Market time up to which the book stands now. */
  at: EpochMillis;
  sequence: number;
  cash: Decimal;
  private readonly orders = new Map<string, DraftOrder>();
  private readonly positions: Map<InstrumentId, Decimal>;
  private readonly touched = new Set<string>();
  private readonly moved = new Set<InstrumentId>();
  private readonly fills: FillRow[] = [];

  constructor(
    readonly stored: StoredBook,
    readonly market: DraftMarket,
  ) {
    this.at = millisOf(stored.advancedTo);
    this.sequence = stored.sequence;
    this.cash = dec(stored.cash);
    this.positions = new Map(Object.entries(stored.positions).map(([id, quantity]) => [id, dec(quantity)]));
    for (const { order, ...row } of stored.working) {
      this.orders.set(order.id, { ...row, order, state: 'open', endReason: null });
    }
  }

  /** The orders that work, in the order of their placing. */
  working(): readonly DraftOrder[] {
    return [...this.orders.values()].filter(({ state }) => state === 'open');
  }

  /** Units held, negative when short. */
  position(instrument: InstrumentId): Decimal {
    return this.positions.get(instrument) ?? ZERO;
  }

  /** Instruments that are held. */
  held(): readonly InstrumentId[] {
    return [...this.positions].filter(([, quantity]) => !quantity.isZero()).map(([id]) => id);
  }

  /** The executions of an order in this draft. */
  fillsOf(venueOrderId: string): readonly FillRow[] {
    return this.fills.filter((fill) => fill.venueOrderId === venueOrderId);
  }

  /**
   * Lets the book meet the tapes up to market time `to`, or a part of the way if that is long; true when it arrived.
   * A time before the book's is only gone to when nothing works: a clock that was set back has a new market.
   */
  advance(to: EpochMillis): boolean {
    const instruments = [...new Set(this.working().map(({ instrument }) => instrument))].sort();
    if (instruments.length === 0) {
      this.at = to;
      return true;
    }
    const gap = Math.min(...instruments.map((id) => this.market.sourceOf(id).maxPrintGap));
    const target = Math.max(this.at, Math.min(to, this.at + PRINTS_A_STEP * gap));
    const happenings = instruments.flatMap((id) => this.advanceInstrument(id, target));
    // Stable: what happens at one moment keeps the order of its instrument.
    happenings.sort((a, b) => a.at - b.at || (a.instrument < b.instrument ? -1 : Number(a.instrument > b.instrument)));
    for (const happening of happenings) this.apply(happening);
    this.at = target;
    return target >= to;
  }

  private advanceInstrument(instrument: InstrumentId, to: EpochMillis): readonly Happening[] {
    const [source, rules] = [this.market.sourceOf(instrument), this.market.rulesOf(instrument)];
    const orders = this.working()
      .filter((entry) => entry.instrument === instrument)
      .map(({ order }) => order);
    const change = advanceBook({ orders }, source.printsBetween(this.at, to), rules);
    for (const order of change.book.orders) this.keep(order);
    const happenings = [...happeningsOf(instrument, change)];
    if (isPastLastBar(source, to) && source.end !== undefined && change.book.orders.length > 0) {
      const held = change.executions.reduce(
        (sum, execution) => sum.plus(positionChange(execution, rules)),
        this.position(instrument),
      );
      const exits = exitsAtEnd(change.book.orders, held);
      happenings.push(...happeningsOf(instrument, settleAtEnd(change.book, source.end, exits, rules)));
    }
    return happenings;
  }

  /** The venue order id of the next order: the number of its acceptance. */
  nextId(): string {
    return String(this.sequence + 1);
  }

  /** Takes a new order, placed as `nextId()`, into the book with all that placing it did. */
  place(request: OrderRequest, change: BookChange): DraftOrder {
    const order = change.book.orders[0] ?? change.ended[0]?.order;
    if (order?.id !== this.nextId()) throw new Error('the change places another order than the next one');
    this.sequence += 1;
    this.orders.set(order.id, {
      instrument: request.instrument,
      clientOrderId: request.clientOrderId,
      request,
      order,
      state: 'open',
      endReason: null,
      sequence: this.sequence,
    });
    this.touched.add(order.id);
    for (const happening of happeningsOf(request.instrument, change)) this.apply(happening);
    return this.entry(order.id);
  }

  /** Cancels the working order of a client order id; false when none works under it. */
  cancel(clientOrderId: ClientOrderId, instrument: InstrumentId): boolean {
    const entry = this.working().find(
      (order) => order.clientOrderId === clientOrderId && order.instrument === instrument,
    );
    const change = entry && cancelOrder({ orders: [entry.order] }, entry.order.id, this.at);
    if (entry === undefined || change === undefined) return false;
    for (const happening of happeningsOf(entry.instrument, change)) this.apply(happening);
    return true;
  }

  /** True when the next reader should not have to compute this again. */
  worthStoring(): boolean {
    if (this.touched.size > 0) return true;
    const way = this.at - millisOf(this.stored.advancedTo);
    return this.working().some(
      ({ instrument }) => way > PRINTS_WORTH_STORING * this.market.sourceOf(instrument).maxPrintGap,
    );
  }

  /** All that differs from the book that was read. */
  update(): BookUpdate {
    const changed = [...this.touched].map((id) => this.entry(id));
    return {
      readSequence: this.stored.sequence,
      readAdvancedTo: this.stored.advancedTo,
      advancedTo: instant(this.at),
      sequence: this.sequence,
      cash: text(this.cash),
      placed: changed.flatMap((entry) => (entry.request ? [placedRow(entry, entry.request)] : [])),
      changed: changed.filter(({ request }) => request === undefined).map(changedRow),
      fills: this.fills,
      positions: [...this.moved].map((instrument) => ({ instrument, quantity: text(this.position(instrument)) })),
    };
  }

  private keep(order: WorkingOrder): void {
    const entry = this.entry(order.id);
    if (entry.order === order) return;
    this.orders.set(order.id, { ...entry, order });
    this.touched.add(order.id);
  }

  private apply(happening: Happening): void {
    this.sequence += 1;
    const { sequence } = this;
    if (happening.kind === 'end') {
      const { order, state, reason } = happening.end;
      this.orders.set(order.id, { ...this.entry(order.id), order, state, endReason: reason, sequence });
      this.touched.add(order.id);
      return;
    }
    const { execution, instrument } = happening;
    const rules = this.market.rulesOf(instrument);
    this.orders.set(execution.orderId, { ...this.entry(execution.orderId), sequence });
    this.touched.add(execution.orderId);
    this.positions.set(instrument, this.position(instrument).plus(positionChange(execution, rules)));
    this.moved.add(instrument);
    this.cash = this.cash.plus(cashChange(execution, rules));
    this.fills.push(fillRow(execution, sequence));
  }

  private entry(id: string): DraftOrder {
    const entry = this.orders.get(id);
    if (entry === undefined) throw new Error(`order ${id} is not in the book`);
    return entry;
  }
}
