import type { WorkingOrder } from '../../domain/matching/book';
import { dec, Decimal } from '../../domain/money/decimal';
import type { Side } from '../../domain/order/order';

/** How much of a position an order of this side can close: 0 when it would enlarge it. */
export function closable(position: Decimal, side: Side): Decimal {
  const closes = side === 'sell' ? position : position.neg();
  return Decimal.max(0, closes);
}

/**
 * Which working orders are exits when the tape ends: market orders, and stops that have triggered, whose whole rest
 * closes what is held. They are taken in the order of their placing until the position is used up; one that would
 * turn the position is no exit. Everything else, a waiting stop included, has no future and is cancelled.
 */
export function exitsAtEnd(orders: readonly WorkingOrder[], position: Decimal): ReadonlySet<string> {
  const exits = new Set<string>();
  let held = position;
  for (const order of orders) {
    const atMarket = order.terms.type === 'market' || (order.terms.type === 'stop' && order.triggered);
    const rest = dec(order.quantity).minus(order.filled);
    if (!atMarket || rest.gt(closable(held, order.side))) continue;
    exits.add(order.id);
    held = order.side === 'sell' ? held.minus(rest) : held.plus(rest);
  }
  return exits;
}
