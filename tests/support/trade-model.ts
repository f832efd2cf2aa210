import { dec, text, ZERO } from '../../domain/money/decimal';
import type { Decimal } from '../../domain/money/decimal';
import { isTerminal } from '../../domain/order/state';
import type { ClientOrderId } from '../../domain/order/order';
import type { OrderFacts, Protection, TradeFacts, TradeRequests } from '../../domain/trade/facts';
import type { SendResult } from '../../domain/trade/pace';
import { isBeyondStop } from '../../domain/trade/protection';
import type { WantedOrder } from '../../domain/trade/step';
import { isSellable, termsOf } from '../../domain/trade/trade-orders';
import { look } from '../../domain/trade/triggers';
import { change, newOrder, report, unbooked } from './model-order';
import type { ModelOrder } from './model-order';
import { amount, facts, marketAt } from './trade-facts';

/** What becomes of one attempt to send. */
export const FATES = ['ack', 'reject', 'not-sent', 'answer-lost', 'never-arrived', 'sender-died'] as const;
export type Fate = (typeof FATES)[number];

/** What one run of the model is like. */
export interface World {
  readonly direction: 'long' | 'short';
  readonly entryLimit: boolean;
  readonly quantity: number;
  readonly minNotional: number;
  /** The venue rests no stops. */
  readonly noStops: boolean;
  /** The market clock stands while an order is in doubt, as on a replay. */
  readonly replay: boolean;
}

/**
 * One trade with its journal, its fence and its venue, in memory and without mercy: what the database functions and a
 * venue do to a trade, as far as its next step can tell.
 */
export class TradeModel {
  now = 1_000_000;
  price: number;
  open = true;
  tapeEnded = false;
  halted = false;
  fence: 'open' | 'reduce-only' | 'halt-all' = 'open';
  ended: { readonly outcome: string; readonly dust: string } | undefined;
  requests: TradeRequests = {};
  private protection: Protection;
  private readonly orders: ModelOrder[] = [];
  private marketSeconds = 0;
  private opensAt = 0;
  private entrySent: number | null = null;
  private fees = ZERO;

  constructor(readonly world: World) {
    this.price = 100;
    this.protection = { stopPrice: amount(this.at(-10)), takeProfitPrice: amount(this.at(10)) };
  }

  /** A price so far from the entry's, on the winning side when positive. */
  at(distance: number): number {
    return 100 + (this.world.direction === 'long' ? distance : -distance);
  }

  facts(): TradeFacts {
    const { direction, entryLimit, quantity, minNotional } = this.world;
    return facts({
      direction,
      spec: { direction, entry: entryLimit ? { type: 'limit', price: amount(100) } : { type: 'market' } },
      instrument: { minNotional: amount(minNotional) },
      approvedQuantity: amount(quantity),
      protection: this.protection,
      position: this.position().toFixed(),
      orders: this.orders.map((o) => o.facts),
      requests: this.requests,
      halted: this.halted,
      approvalAskedAt: null,
      entrySentAt: this.entrySent === null ? null : marketAt(this.entrySent),
      market: {
        now: marketAt(this.marketSeconds),
        open: this.open,
        nextOpen: this.open ? null : marketAt(this.opensAt),
        price: amount(this.price),
        ended: this.tapeEnded,
      },
    });
  }

  position(): Decimal {
    const booked = this.orders.reduce(
      (sum, { facts: o }) => (o.side === 'buy' ? sum.add(o.booked) : sum.sub(o.booked)),
      ZERO,
    );
    return booked.isZero() ? booked : booked.sub(this.world.direction === 'long' ? this.fees : this.fees.neg());
  }

  pass(milliseconds: number): void {
    this.now += milliseconds;
    const inDoubt = this.orders.some(({ facts: o }) => o.state === 'sending' || o.state === 'unknown');
    if (!this.world.replay || !inDoubt) this.marketSeconds += milliseconds / 1_000;
    if (!this.open && !this.tapeEnded && this.marketSeconds >= this.opensAt) this.open = true;
  }

  closeMarket(): void {
    this.open = false;
    this.opensAt = this.marketSeconds + 3_600;
  }

  /** The last bar: closing orders at market are taken at its close, all others are cancelled. */
  endTape(): void {
    this.tapeEnded = true;
    this.open = false;
    for (const { facts: o, at } of this.orders) if (at?.state === 'open' && !this.isExit(o)) at.state = 'cancelled';
  }

  private isExit(o: OrderFacts): boolean {
    return o.leg !== 'entry' && o.type === 'market';
  }

  /** `fence_and_journal`, the send and `record_outcome`. */
  submit(wanted: WantedOrder, fate: Fate, rejectCode: string): { result: SendResult; code: string | null } {
    const order = this.orders.find(({ facts: o }) => o.leg === wanted.leg && o.revision === wanted.revision);
    const row = order ?? this.journal(wanted);
    if (row.facts.state !== 'created' || wanted.attempt !== row.facts.attempts + 1) {
      throw new Error(`attempt ${wanted.attempt} of ${row.facts.clientOrderId} in state ${row.facts.state}`);
    }
    const refusal = this.refusal(row.facts);
    change(row, { refusal });
    if (refusal !== null) return { result: 'refused', code: refusal };
    if (wanted.leg === 'entry') this.entrySent ??= this.marketSeconds;
    row.missed = 0;
    change(row, { attempts: wanted.attempt });
    return this.send(row, fate, rejectCode);
  }

  private send(row: ModelOrder, fate: Fate, rejectCode: string): { result: SendResult; code: string | null } {
    if (fate === 'not-sent') return { result: 'not-sent', code: null };
    const code = fate === 'reject' ? rejectCode : this.venueRefusal(row.facts);
    if (code !== null && fate !== 'never-arrived') {
      change(row, { state: 'rejected', venueState: 'rejected', rejectCode: code });
      return { result: 'rejected', code };
    }
    if (fate !== 'never-arrived') row.at = { state: 'open', filled: ZERO };
    if (fate === 'ack') {
      report(row);
      return { result: 'acked', code: null };
    }
    change(row, { state: fate === 'sender-died' ? 'sending' : 'unknown' });
    return { result: 'unknown', code: null };
  }

  /** The fence's rules: the kill switch, and capacity for what reduces. */
  private refusal(o: OrderFacts): string | null {
    const held = this.position();
    const increases = held.isZero() || held.gt(0) === (o.side === 'buy');
    if (increases && o.leg !== 'entry') return 'over_capacity';
    if (increases) return this.fence === 'open' && !this.halted ? null : 'halted';
    if (this.fence === 'halt-all' && !o.leg.startsWith('stop')) return 'halted';
    const others = this.orders.filter((x) => x.facts !== o && x.facts.side === o.side);
    const taken = others.reduce((sum, x) => sum.add(unbooked(x.facts)), ZERO);
    return dec(o.quantity).gt(held.abs().sub(taken)) ? 'over_capacity' : null;
  }

  private venueRefusal(o: OrderFacts): string | null {
    const { instrument } = this.facts();
    const terms = termsOf(o);
    const price = 'stopPrice' in terms ? terms.stopPrice : 'price' in terms ? terms.price : amount(this.price);
    if (!isSellable(instrument, dec(o.quantity), price)) return 'invalid_order';
    if (this.tapeEnded && !this.isExit(o)) return 'instrument_closed';
    if (terms.type !== 'stop') return this.open || this.tapeEnded ? null : 'instrument_closed';
    if (this.world.noStops) return 'not_supported';
    return this.open && this.triggered(o) ? 'would_trigger_immediately' : null;
  }

  private triggered(o: OrderFacts): boolean {
    return o.stopPrice !== null && isBeyondStop(dec(o.side === 'sell' ? 1 : -1), o.stopPrice, amount(this.price));
  }

  /** `resolveOrder`: the truth, unless the venue cannot tell; absence must be seen twice. */
  resolve(id: ClientOrderId, conclusive: boolean): 'found' | 'not-found' | 'again' {
    const row = this.row(id);
    if (!conclusive) return 'again';
    if (row.at) {
      report(row);
      return 'found';
    }
    row.missed += 1;
    if (row.missed < 2) return 'again';
    change(row, { state: row.facts.closed ? 'unsent' : 'created' });
    return 'not-found';
  }

  /** The venue's part of a cancel, when it gets there, and its answer, when it is heard. */
  cancel(id: ClientOrderId, arrives: boolean, heard: boolean): void {
    const row = this.row(id);
    if (arrives && row.at?.state === 'open') row.at.state = 'cancelled';
    if (heard && row.at) report(row);
  }

  /** `close_intent`. */
  close(id: ClientOrderId): void {
    const row = this.row(id);
    change(row, { closed: true, ...(row.facts.state === 'created' ? { state: 'unsent' as const } : {}) });
  }

  emulate(emulated: boolean): void {
    this.protection = { ...this.protection, emulated };
  }

  /** `reconcileAndEnd`; throws when the books do not allow what is asked for. */
  end(outcome: string, dust: string): void {
    for (const row of this.orders) if (row.at) report(row);
    if (this.orders.some(({ facts: o }) => !isTerminal(o.state)) || !this.position().eq(dust)) return;
    this.ended = { outcome, dust };
  }

  /** The venue matches what it has, up to `share` of each order's rest. */
  match(share: 1 | 0.5): void {
    for (const { facts: o, at } of this.orders) {
      if (at?.state !== 'open' || !(this.open || (this.tapeEnded && this.isExit(o)))) continue;
      const reached = o.type === 'stop' ? this.triggered(o) : o.type === 'limit' ? this.limitReached(o) : true;
      if (!reached) continue;
      const rest = dec(o.quantity).sub(at.filled);
      at.filled = at.filled.add(share === 1 ? rest : rest.div(2).ceil());
      if (at.filled.eq(o.quantity)) at.state = 'filled';
    }
  }

  private limitReached(o: OrderFacts): boolean {
    return o.side === 'buy' ? this.price <= Number(o.price) : this.price >= Number(o.price);
  }

  /** The watcher: books what the venue shows, or only the states and not yet the fills, and checks the triggers. */
  watch(fillsToo: boolean): void {
    for (const row of this.orders) if (row.at) report(row, fillsToo);
    if (this.position().isZero()) return;
    this.protection = look(this.protection, {
      position: text(this.position()),
      price: amount(this.price),
      now: marketAt(this.marketSeconds),
      firstFillAt: null,
      timeExitSeconds: null,
    });
  }

  /** A fee in the base asset that becomes known late. */
  lateFee(): void {
    if (this.position().abs().gt(1)) this.fees = this.fees.add('0.4');
  }

  /** A fill of an entry that had ended, told late. */
  lateFill(): void {
    const entry = this.orders.find(({ facts: o, at }) => o.leg === 'entry' && at?.state === 'cancelled');
    if (entry?.at && entry.at.filled.lt(entry.facts.quantity)) entry.at.filled = entry.at.filled.add(1);
  }

  /** The venue takes an order off its book by itself. */
  drop(): void {
    const row = this.orders.find(({ at }) => at?.state === 'open');
    if (row?.at) row.at.state = 'expired';
  }

  private journal(wanted: WantedOrder): ModelOrder {
    const row = newOrder(wanted);
    this.orders.push(row);
    return row;
  }

  private row(id: ClientOrderId): ModelOrder {
    const row = this.orders.find(({ facts: o }) => o.clientOrderId === id);
    if (!row) throw new Error(`no order ${id}`);
    return row;
  }

  /** Units that live stops and exits may still take, by the journal. */
  covered(): Decimal {
    const side = this.position().gt(0) ? 'sell' : 'buy';
    return this.orders
      .filter(({ facts: o }) => o.leg !== 'entry' && o.side === side)
      .reduce((sum, { facts: o }) => sum.add(unbooked(o)), ZERO);
  }
}
