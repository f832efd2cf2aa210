import { instant } from '../../domain/clock/instant';
import { dec, Decimal, text, ZERO } from '../../domain/money/decimal';
import { stopPriceOf, trailAmountOf, trailBpsOf } from '../../domain/order/order';
import type { ClientOrderId, VenueOrderState } from '../../domain/order/order';
import type { OrderFacts } from '../../domain/trade/facts';
import type { WantedOrder } from '../../domain/trade/step';
import { amount } from './trade-facts';

/** The truth at the venue, which the journal learns late or in part. */
export interface AtVenue {
  state: VenueOrderState;
  filled: Decimal;
}

/** One order: what the journal knows, and the truth. */
export interface ModelOrder {
  facts: OrderFacts;
  at: AtVenue | undefined;
  /** Look-ups of this attempt that found nothing. */
  missed: number;
}

/** What an order may still take, by the database's rule and not by the one under test. */
export function unbooked(o: OrderFacts): Decimal {
  const ended = o.venueState !== null && o.venueState !== 'open';
  if (ended) return Decimal.max(0, dec(o.venueFilled).sub(o.booked));
  return ['sending', 'unknown', 'open', 'partial'].includes(o.state) ? dec(o.quantity).sub(o.booked) : ZERO;
}

/** The journal row of a first attempt. */
export function newOrder(wanted: WantedOrder): ModelOrder {
  if (wanted.attempt !== 1) throw new Error(`a first attempt numbered ${wanted.attempt}`);
  const { leg, revision, side, quantity, terms, timeInForce } = wanted;
  const facts: OrderFacts = {
    clientOrderId: `${leg}/${revision}` as ClientOrderId,
    ...{ leg, revision, side, quantity, timeInForce, type: terms.type },
    price: 'price' in terms ? terms.price : null,
    stopPrice: stopPriceOf(terms) ?? null,
    state: 'created',
    closed: false,
    venueOrderId: null,
    venueState: null,
    venueFilled: amount(0),
    booked: amount(0),
    refusal: null,
    rejectCode: null,
    attempts: 0,
    trailBps: trailBpsOf(terms) ?? null,
    trailAmount: trailAmountOf(terms) ?? null,
    limitOffset: 'limitOffset' in terms ? terms.limitOffset : null,
    postOnly: terms.type === 'limit' && terms.postOnly === true,
    createdAt: instant(0),
  };
  return { facts, at: undefined, missed: 0 };
}

/** Writes something into an order's journal row. */
export function change(row: ModelOrder, changes: Partial<OrderFacts>): void {
  row.facts = { ...row.facts, ...changes };
}

/** `apply_report`: terminal only when every fill that the venue counts is booked. */
export function report(row: ModelOrder, fillsToo = true): void {
  if (!row.at) return;
  const { state: venueState, filled } = row.at;
  const booked = fillsToo ? filled : dec(row.facts.booked);
  const open = booked.gt(0) ? 'partial' : 'open';
  const state = venueState !== 'open' && booked.eq(filled) ? venueState : open;
  change(row, { venueState, venueFilled: text(filled), booked: text(booked), state });
}
