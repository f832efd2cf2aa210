import { assertNever } from '../assert-never';
import type { EpochMillis } from '../clock/instant';
import { ceilTo, dec, Decimal, floorTo, text, ZERO } from '../money/decimal';
import type { DecimalString } from '../money/decimal';
import { isTrailing } from '../order/order';
import type { OrderTerms, Side } from '../order/order';
import { distanceFrom } from '../order/trailing';
import type { Execution, LimitStance, OrderEnd, WorkingOrder } from './book';
import { feeOf, takerPrice, volumeCap } from './matching-rules';
import type { MatchingRules } from './matching-rules';
import type { Print } from './print';

/** What one print does to one order; `order` is the same object when nothing changed. */
export interface OrderStep {
  readonly order: WorkingOrder;
  readonly execution?: Execution;
  readonly end?: OrderEnd;
}

/** An order as far as its trigger goes. */
type Triggering = Pick<WorkingOrder, 'side' | 'terms' | 'best' | 'stop'>;

/**
 * The level at which an order triggers, if it waits for one. A trailing stop has one from its first print on, or where its
 * terms name it: the best price less its distance, but never further from the market than where it stood before.
 */
function stopOf({ side, terms, best, stop }: Triggering): Decimal | undefined {
  if (terms.type === 'stop' || terms.type === 'stop-limit') return dec(terms.stopPrice);
  if (terms.type !== 'trailing-stop' && terms.type !== 'trailing-stop-limit') return undefined;
  const before = stop ?? terms.stopPrice;
  if (best === undefined) return before === undefined ? undefined : dec(before);
  const distance = distanceFrom(dec(best), terms);
  const level = side === 'sell' ? dec(best).minus(distance) : dec(best).plus(distance);
  if (before === undefined) return level;
  return side === 'sell' ? Decimal.max(before, level) : Decimal.min(before, level);
}

type LimitTerms = Extract<OrderTerms, { type: 'limit' | 'stop-limit' | 'trailing-stop-limit' }>;

/** The limit of an order that has one; of a trailing stop-limit from its trigger on, on the tick further from the stop. */
function limitOf(order: WorkingOrder, terms: LimitTerms, tick: DecimalString): Decimal {
  const { side } = order;
  if (terms.type !== 'trailing-stop-limit') return dec(terms.price);
  const stop = stopOf(order) ?? dec(terms.stopPrice);
  return side === 'sell'
    ? Decimal.max(tick, floorTo(stop.minus(terms.limitOffset), dec(tick)))
    : ceilTo(stop.plus(terms.limitOffset), dec(tick));
}

/** True for orders that do nothing before a print triggers them. */
export function waitsForTrigger(terms: OrderTerms): boolean {
  return terms.type === 'stop' || terms.type === 'stop-limit' || isTrailing(terms.type);
}

/** A trailing stop after it saw a price: the best one is kept, and the stop follows. Other orders stay as they are. */
function followed(order: WorkingOrder, price: Decimal): WorkingOrder {
  if (!isTrailing(order.terms.type) || order.triggered) return order;
  const better = order.best === undefined || (order.side === 'sell' ? price.gt(order.best) : price.lt(order.best));
  if (!better) return order;
  const moved = { ...order, best: text(price) };
  const stop = stopOf(moved);
  return stop === undefined ? moved : { ...moved, stop: text(stop) };
}

/** True when `price` has reached a stop: at or below it for a sell, at or above it for a buy. False without a stop. */
export function reachesStop(order: Triggering, price: Decimal): boolean {
  const stop = stopOf(order);
  if (stop === undefined) return false;
  return order.side === 'sell' ? price.lte(stop) : price.gte(stop);
}

function throughLimit(side: Side, limit: Decimal, price: Decimal): boolean {
  return side === 'buy' ? price.lte(limit) : price.gte(limit);
}

/** The price at which the order trades with a print, if at all, and its stance after the print. */
interface Offer {
  readonly price: Decimal | undefined;
  readonly liquidity: 'maker' | 'taker';
  readonly stance: LimitStance;
}

function limitOffer(order: WorkingOrder, limit: Decimal, print: Print, rules: MatchingRules): Offer {
  if (!throughLimit(order.side, limit, print.price)) return { price: undefined, liquidity: 'maker', stance: 'resting' };
  if (order.stance === 'resting') return { price: limit, liquidity: 'maker', stance: 'resting' };
  const touch = takerPrice(order.side, print, rules);
  const capped = order.side === 'buy' ? Decimal.min(touch, limit) : Decimal.max(touch, limit);
  return { price: capped, liquidity: 'taker', stance: 'taking' };
}

/** The offer to an order that is live: anything but a stop that waits for its trigger. */
function offerTo(order: WorkingOrder, print: Print, rules: MatchingRules): Offer {
  const { terms } = order;
  switch (terms.type) {
    case 'market':
    case 'stop':
    case 'trailing-stop':
      return { price: takerPrice(order.side, print, rules), liquidity: 'taker', stance: order.stance };
    case 'limit':
    case 'stop-limit':
    case 'trailing-stop-limit':
      return limitOffer(order, limitOf(order, terms, rules.tick), print, rules);
    default:
      return assertNever(terms);
  }
}

/** What a print may fill: the rest of the order within `cap`; for fill-or-kill all of it or nothing. */
function fillable(order: WorkingOrder, cap: Decimal): Decimal {
  const rest = dec(order.quantity).minus(order.filled);
  const available = Decimal.min(rest, cap);
  return order.timeInForce === 'FOK' && available.lt(rest) ? ZERO : available;
}

/** The order and the execution after trading `quantity` at `price`. */
export function execute(
  order: WorkingOrder,
  quantity: Decimal,
  price: Decimal,
  liquidity: 'maker' | 'taker',
  moment: { readonly at: EpochMillis; readonly printAt: EpochMillis },
  rules: MatchingRules,
): { readonly order: WorkingOrder; readonly execution: Execution } {
  const sequence = order.executions + 1;
  return {
    order: { ...order, filled: text(dec(order.filled).plus(quantity)), executions: sequence },
    execution: {
      orderId: order.id,
      sequence,
      side: order.side,
      quantity: text(quantity),
      price: text(price),
      ...feeOf(order.side, quantity, price, liquidity, rules),
      liquidity,
      ...moment,
    },
  };
}

/** True when nothing is left to fill. */
function isFilled(order: WorkingOrder): boolean {
  return dec(order.filled).gte(order.quantity);
}

/** How the order ends after a print, if it does; `live` is false for a stop that still waits for its trigger. */
function endAfter(order: WorkingOrder, print: Print, at: EpochMillis, live: boolean): OrderEnd | undefined {
  if (isFilled(order)) return { order, state: 'filled', reason: 'filled', at };
  if (live && order.timeInForce === 'IOC') return { order, state: 'expired', reason: 'immediate_or_cancel', at };
  if (live && order.timeInForce === 'FOK') return { order, state: 'expired', reason: 'fill_or_kill', at };
  if (order.timeInForce === 'DAY' && print.sessionClose === true)
    return { order, state: 'expired', reason: 'session_ended', at };
  return undefined;
}

/** The order with `changes`, or the same object when they change nothing. */
function withState(order: WorkingOrder, triggered: boolean, stance: LimitStance): WorkingOrder {
  return order.triggered === triggered && order.stance === stance ? order : { ...order, triggered, stance };
}

/**
 * Lets one order meet one print at market time `at` (not before the print). The rules are those of `advanceBook`.
 */
export function matchPrint(placed: WorkingOrder, print: Print, at: EpochMillis, rules: MatchingRules): OrderStep {
  const before = followed(placed, print.price);
  const waits = waitsForTrigger(before.terms) && !before.triggered;
  const triggers = waits && reachesStop(before, print.price);
  if (waits && !triggers) {
    const end = endAfter(before, print, at, false);
    return { order: before, ...(end ? { end } : {}) };
  }
  const live = withState(before, before.triggered || triggers, before.stance);
  const offer = offerTo(live, print, rules);
  const quantity = offer.price === undefined ? ZERO : fillable(live, volumeCap(print, rules));
  const stance = print.sessionClose === true ? 'fresh' : offer.stance;
  const standing = withState(live, live.triggered, stance);
  if (offer.price === undefined || !quantity.gt(0)) {
    const end = endAfter(standing, print, at, true);
    return { order: standing, ...(end ? { end } : {}) };
  }
  const moment = { at, printAt: print.at };
  const { order, execution } = execute(standing, quantity, offer.price, offer.liquidity, moment, rules);
  const end = endAfter(order, print, at, true);
  return { order, execution, ...(end ? { end } : {}) };
}
