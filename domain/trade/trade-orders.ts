import type { Instrument } from '../instrument/instrument';
import { worthOf } from '../instrument/worth';
import { dec, Decimal, floorTo, ZERO } from '../money/decimal';
import type { DecimalString } from '../money/decimal';
import type { OrderRef, OrderTerms, Side } from '../order/order';
import { isLive, isTerminal } from '../order/state';
import { trailDistance } from '../order/trailing';
import type { OrderFacts, TradeFacts } from './facts';
import type { WantedOrder } from './step';

/** The entry order, if the journal has one. */
export function entryOf(facts: TradeFacts): OrderFacts | undefined {
  return facts.orders.find((o) => o.leg === 'entry');
}

/** True for the legs that protect: `stop`, `stop-2`, `stop-3`, resting or at market. */
export function isStop(order: OrderFacts): boolean {
  return order.leg.startsWith('stop');
}

/** True when an attempt is under way or its outcome is not known. */
export function isInDoubt(order: OrderFacts): boolean {
  return order.state === 'sending' || order.state === 'unknown';
}

/** True when the order works at its venue for all that is known, so that a cancel can end it. */
export function canCancel(order: OrderFacts): boolean {
  return order.state === 'open' || order.state === 'partial';
}

/** True when any order of the trade may still fill. */
export function hasLiveOrder(facts: TradeFacts): boolean {
  return facts.orders.some((o) => isLive(o.state));
}

/** Units that an order may still fill and that are not booked, as the database counts capacity. At least 0. */
function openRest(order: OrderFacts): Decimal {
  if (!isLive(order.state)) return ZERO;
  const ended = order.venueState !== null && order.venueState !== 'open';
  return Decimal.max(ZERO, dec(ended ? order.venueFilled : order.quantity).sub(order.booked));
}

/** The side of an order that reduces a position of this sign. */
export function reducingSide(held: Decimal): Side {
  return held.gt(0) ? 'sell' : 'buy';
}

/** Units of the position that no live stop or exit may take yet, not rounded; negative when they could take too much. */
export function uncovered(facts: TradeFacts, held: Decimal): Decimal {
  const reducing = facts.orders.filter((o) => o.leg !== 'entry' && o.side === reducingSide(held));
  return reducing.reduce((rest, o) => rest.sub(openRest(o)), held.abs());
}

/** What one order can sell of an amount: whole lots. */
export function wholeLots(instrument: Instrument, units: Decimal): Decimal {
  return units.gt(0) ? floorTo(units, dec(instrument.lot)) : ZERO;
}

/** True when the venue takes an order of this quantity at this price; an unknown price (null) breaks no minimum. */
export function isSellable(instrument: Instrument, quantity: Decimal, price: DecimalString | null): boolean {
  if (quantity.lte(0) || quantity.lt(instrument.minQuantity)) return false;
  return price === null || worthOf(instrument, quantity, price).gte(instrument.minNotional);
}

/** The number of the next order of a leg. */
export function nextRevision(facts: TradeFacts, leg: string): number {
  return 1 + facts.orders.filter((o) => o.leg === leg).reduce((most, o) => Math.max(most, o.revision), 0);
}

/** The price terms of a journalled order. */
export function termsOf(order: OrderFacts): OrderTerms {
  const { price, stopPrice } = order;
  if (order.type === 'limit' && price !== null)
    return order.postOnly ? { type: 'limit', price, postOnly: true } : { type: 'limit', price };
  if (order.type === 'stop' && stopPrice !== null) return { type: 'stop', stopPrice };
  if (order.type === 'stop-limit' && price !== null && stopPrice !== null)
    return { type: 'stop-limit', stopPrice, price };
  const distance = trailDistance(order);
  if (order.type === 'trailing-stop' && distance !== undefined)
    return { type: 'trailing-stop', ...distance, ...(stopPrice === null ? {} : { stopPrice }) };
  if (order.type === 'trailing-stop-limit' && distance !== undefined && stopPrice !== null)
    return {
      type: 'trailing-stop-limit',
      ...distance,
      stopPrice,
      limitOffset: order.limitOffset ?? ('0' as DecimalString),
    };
  return { type: 'market' };
}

/** Where a venue is to look for a journalled order. */
export function refOf(order: OrderFacts, instrument: Instrument): OrderRef {
  const { clientOrderId, type, venueOrderId, createdAt } = order;
  return { clientOrderId, instrument: instrument.id, type, venueOrderId, createdAt };
}

/** Where a venue is to look for one of the trade's orders. @throws RangeError when the journal does not have it. */
export function refIn(facts: TradeFacts, clientOrderId: string): OrderRef {
  const order = facts.orders.find((one) => one.clientOrderId === clientOrderId);
  if (!order) throw new RangeError(`no order ${clientOrderId} in the journal of ${facts.tradeId}`);
  return refOf(order, facts.instrument);
}

/** The next attempt of an order that the journal has and no attempt is under way for. */
export function again(order: OrderFacts): WantedOrder {
  return {
    leg: order.leg,
    revision: order.revision,
    side: order.side,
    quantity: order.quantity,
    terms: termsOf(order),
    timeInForce: order.timeInForce,
    ...(order.goodTill ? { goodTill: order.goodTill } : {}),
    ...(order.outsideRegularHours === true ? { outsideRegularHours: true } : {}),
    attempt: order.attempts + 1,
  };
}

/** An order of this leg that is journalled but at no venue: it may be sent again, or be given up. */
export function idleOrder(facts: TradeFacts, isLeg: (order: OrderFacts) => boolean): OrderFacts | undefined {
  return facts.orders.find((o) => isLeg(o) && o.state === 'created');
}

/** Orders that have not ended. */
export function openOrders(facts: TradeFacts): readonly OrderFacts[] {
  return facts.orders.filter((o) => !isTerminal(o.state));
}
