import type { TradingHours } from '../../domain/calendar/calendar';
import { dec, Decimal, text, ZERO } from '../../domain/money/decimal';
import type { DecimalString } from '../../domain/money/decimal';
import type { OrderTerms, TimeInForce } from '../../domain/order/order';
import type { IbFill, IbOrder, NewIbOrder } from './order';

/**
 * In which hours an order meets the market. For a future market and limit orders work in all hours of trading, and only a
 * stop asks whether it may trigger outside of the regular ones.
 */
export function hoursOf({
  contract,
  outsideRth,
  type,
}: Pick<NewIbOrder, 'contract' | 'outsideRth' | 'type'>): TradingHours {
  const always = contract.secType === 'FUT' && (type === 'MKT' || type === 'LMT');
  return outsideRth || always ? 'extended' : 'regular';
}

/** Orders for the regular session and those for the hours around it, too, lie in books of their own. */
export function bookKey(conId: number, hours: TradingHours): string {
  return `${conId} ${hours}`;
}

/** The book of an order. */
export function keyOf(order: IbOrder): string {
  return bookKey(order.contract.conId, hoursOf(order));
}

/** The engine's own name of an order: a change takes it off the book and puts another one on. */
export function engineId({ permId, revision }: IbOrder): string {
  return `${permId}.${revision}`;
}

/** A good-till-date order works until its deadline; one for the opening auction takes what it gets there. */
export function engineTime({ timeInForce }: Pick<IbOrder, 'timeInForce'>): TimeInForce {
  if (timeInForce === 'OPG') return 'IOC';
  return timeInForce === 'GTD' ? 'GTC' : timeInForce;
}

const NONE = text(ZERO);

/** What an order is to the engine; a trailing stop comes to it only once it was reached. */
export function termsOf({ auxPrice = NONE, limitPrice = NONE, type }: IbOrder): OrderTerms {
  if (type === 'STP') return { type: 'stop', stopPrice: auxPrice };
  if (type === 'STP LMT') return { type: 'stop-limit', stopPrice: auxPrice, price: limitPrice };
  return type === 'LMT' ? { type: 'limit', price: limitPrice } : { type: 'market' };
}

/** What a stop is once it was reached: the market may be through it when it comes, and then it is not refused. */
export function triggeredTerms(order: IbOrder): OrderTerms {
  if (order.type === 'STP LMT') return { type: 'limit', price: order.limitPrice ?? NONE };
  return order.type === 'STP' ? { type: 'market' } : termsOf(order);
}

/** Average price of executions; 0 without any. */
export function averageOf(fills: readonly Pick<IbFill, 'price' | 'quantity'>[]): Decimal {
  const quantity = fills.reduce((sum, fill) => sum.plus(fill.quantity), ZERO);
  if (quantity.isZero()) return ZERO;
  return fills.reduce((sum, fill) => sum.plus(dec(fill.price).mul(fill.quantity)), ZERO).div(quantity);
}

/** Commission of an execution; the first of an order pays the least amount at least. */
export function commissionOf(
  { contract, quantity }: Pick<IbFill, 'contract' | 'quantity'>,
  first: boolean,
): DecimalString {
  const { each, least } = contract.commission;
  const fee = dec(quantity).mul(each);
  return text(first ? Decimal.max(fee, least) : fee);
}

/** The id of the correction of an execution: its last part counts up. */
export function correctionId(id: string): string {
  const parts = id.split('.');
  const last = Number(parts.at(-1)) + 1;
  return [...parts.slice(0, -1), String(last).padStart(2, '0')].join('.');
}
