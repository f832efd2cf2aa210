import type { InstrumentId } from '../../../domain/instrument/instrument';
import { isDecimalString } from '../../../domain/money/decimal';
import type { DecimalString } from '../../../domain/money/decimal';
import type { OrderTerms, TimeInForce } from '../../../domain/order/order';
import type { SimFill, SimOrder } from '../ledger';

/** `BTC/USDT` is `BTCUSDT`. */
export function symbolOf(id: InstrumentId): string {
  return id.replace('/', '');
}

/** A request that is not acted on. */
export class Refused extends Error {
  constructor(
    readonly code: number,
    message: string,
    readonly status = 200,
  ) {
    super(message);
  }
}

export type Params = Readonly<Record<string, unknown>>;

export function amount(params: Params, name: string): DecimalString {
  const value = params[name];
  if (typeof value !== 'string' || !isDecimalString(value))
    throw new Refused(170130, `Data sent for paramter '${name}' is not valid.`);
  return value;
}

/** What an order says: a `tpslOrder` waits for its trigger price. */
export function termsOf(params: Params): { readonly terms: OrderTerms; readonly timeInForce: TimeInForce } {
  const { orderType, orderFilter = 'Order', marketUnit, timeInForce = 'GTC' } = params;
  if (orderFilter !== 'Order' && orderFilter !== 'tpslOrder')
    throw new Refused(170202, 'Invalid orderFilter parameter.');
  const stop = orderFilter === 'tpslOrder' ? { stopPrice: amount(params, 'triggerPrice') } : undefined;
  if (orderType === 'Market') {
    // Bybit counts a market buy in quote currency unless told otherwise: this venue takes none of those.
    if (marketUnit !== 'baseCoin') throw new Refused(170130, "Data sent for paramter 'marketUnit' is not valid.");
    return { terms: stop ? { type: 'stop', ...stop } : { type: 'market' }, timeInForce: 'GTC' };
  }
  if (orderType !== 'Limit') throw new Refused(170116, 'Invalid orderType.');
  const price = amount(params, 'price');
  if (stop) return { terms: { type: 'stop-limit', ...stop, price }, timeInForce: 'GTC' };
  switch (timeInForce) {
    case 'PostOnly':
      return { terms: { type: 'limit', price, postOnly: true }, timeInForce: 'GTC' };
    case 'GTC':
    case 'IOC':
    case 'FOK':
      return { terms: { type: 'limit', price }, timeInForce };
    default:
      throw new Refused(170115, 'Invalid timeInForce.');
  }
}

/** True while an order waits in the book of stops; once triggered it is one of the plain orders. */
export function waits({ terms, triggered, filled }: SimOrder): boolean {
  return 'stopPrice' in terms && !triggered && filled === '0';
}

/** True for an order that was placed as a stop. */
export function isStop({ terms }: SimOrder): boolean {
  return 'stopPrice' in terms;
}

export function orderView(order: SimOrder): Readonly<Record<string, unknown>> {
  const { terms, timeInForce } = order;
  return {
    symbol: symbolOf(order.instrument),
    orderId: order.id,
    orderLinkId: order.clientOrderId ?? '',
    side: order.side === 'buy' ? 'Buy' : 'Sell',
    orderType: 'price' in terms ? 'Limit' : 'Market',
    stopOrderType: isStop(order) ? 'tpslOrder' : '',
    orderStatus: statusOf(order),
    cancelType: order.endReason === 'cancel_requested' ? 'CancelByUser' : 'UNKNOWN',
    rejectReason: reasonOf(order),
    price: 'price' in terms ? terms.price : '0',
    triggerPrice: 'stopPrice' in terms ? terms.stopPrice : '0',
    // Contracts alone know the direction of a trigger.
    triggerDirection: 0,
    qty: order.quantity,
    cumExecQty: order.filled,
    timeInForce: terms.type === 'limit' && terms.postOnly ? 'PostOnly' : timeInForce,
    createdTime: String(order.receivedAt),
    updatedTime: String(order.updatedAt),
  };
}

export function fillView(fill: SimFill, order: SimOrder | undefined): Readonly<Record<string, unknown>> {
  return {
    symbol: symbolOf(fill.instrument),
    orderId: fill.orderId,
    orderLinkId: order?.clientOrderId ?? '',
    side: fill.side === 'buy' ? 'Buy' : 'Sell',
    execId: fill.id,
    execType: 'Trade',
    execPrice: fill.price,
    execQty: fill.quantity,
    execFee: fill.fee,
    feeCurrency: fill.feeAsset,
    isMaker: fill.liquidity === 'maker',
    execTime: String(fill.at),
  };
}

function statusOf(order: SimOrder): string {
  const { state, filled } = order;
  switch (state) {
    case 'open':
      if (waits(order)) return 'Untriggered';
      return filled === '0' ? 'New' : 'PartiallyFilled';
    case 'filled':
      return 'Filled';
    case 'rejected':
      return 'Rejected';
    case 'cancelled':
    case 'expired':
      return filled === '0' ? 'Cancelled' : 'PartiallyFilledCanceled';
  }
}

function reasonOf({ endReason }: SimOrder): string {
  const reasons: Readonly<Record<string, string>> = {
    would_take_liquidity: 'EC_PostOnlyWillTakeLiquidity',
    fill_or_kill: 'EC_CancelForNoFullFill',
    immediate_or_cancel: 'EC_NoImmediateQtyToFill',
    cancel_requested: 'EC_PerCancelRequest',
  };
  return reasons[endReason ?? ''] ?? 'EC_NoError';
}
