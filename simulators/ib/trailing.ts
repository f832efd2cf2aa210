import { ceilTo, dec, Decimal, floorTo, text } from '../../domain/money/decimal';
import type { DecimalString } from '../../domain/money/decimal';
import type { OrderTerms } from '../../domain/order/order';
import type { NewIbOrder } from './order';

type Trailing = Pick<
  NewIbOrder,
  'side' | 'auxPrice' | 'trailingPercent' | 'trailStopPrice' | 'limitOffset' | 'type' | 'contract'
>;

/**
 * Where a trailing stop stands after a price: it follows the best price at its distance (an amount, or a percentage of
 * that price), never back, on the contract's tick. Before the first price it stands where the client put it.
 */
export function followed(order: Trailing, stop: DecimalString | null, price: Decimal): DecimalString {
  const distance =
    order.trailingPercent === undefined ? dec(order.auxPrice ?? 0) : price.mul(order.trailingPercent).div(100);
  const tick = dec(order.contract.minTick);
  const sells = order.side === 'sell';
  const level = sells ? floorTo(price.minus(distance), tick) : ceilTo(price.plus(distance), tick);
  const before = stop ?? order.trailStopPrice;
  if (before === undefined) return text(level);
  return text(sells ? Decimal.max(before, level) : Decimal.min(before, level));
}

/** True when a price has reached a stop. */
export function reaches({ side }: Pick<NewIbOrder, 'side'>, stop: DecimalString, price: Decimal): boolean {
  return side === 'sell' ? price.lte(stop) : price.gte(stop);
}

/** What a trailing stop is once it was reached: a market order, or a limit beyond the stop. */
export function releasedTerms(order: Trailing, stop: DecimalString): OrderTerms {
  if (order.type !== 'TRAIL LIMIT') return { type: 'market' };
  const offset = dec(order.limitOffset ?? 0);
  return { type: 'limit', price: text(order.side === 'sell' ? dec(stop).minus(offset) : dec(stop).plus(offset)) };
}
