import type { InstrumentId } from '../../../domain/instrument/instrument';
import { dec, isDecimalString, text } from '../../../domain/money/decimal';
import type { DecimalString } from '../../../domain/money/decimal';
import { isTrailing, stopPriceOf } from '../../../domain/order/order';
import type { OrderTerms, TimeInForce } from '../../../domain/order/order';
import type { SimFill, SimOrder } from '../ledger';

/** `BTC/USDT` is `BTC-USDT`. */
export function symbolOf(id: InstrumentId): string {
  return id.replace('/', '-');
}

/** A request that is not acted on; `own` where the code belongs to the order and not to the request. */
export class Refused extends Error {
  constructor(
    readonly code: string,
    message: string,
    readonly status = 200,
    readonly own = false,
  ) {
    super(message);
  }
}

export type Params = Readonly<Record<string, unknown>>;

export function amount(params: Params, name: string): DecimalString {
  const value = params[name];
  if (typeof value !== 'string' || !isDecimalString(value)) throw new Refused('51000', `Parameter ${name} error`);
  return value;
}

/** Terms of a plain order. */
export function plainTerms(params: Params): { readonly terms: OrderTerms; readonly timeInForce: TimeInForce } {
  switch (params['ordType']) {
    case 'market':
      // OKX counts a market buy in quote currency unless told otherwise: this venue takes none of those.
      if (params['tgtCcy'] !== 'base_ccy') throw new Refused('51000', 'Parameter tgtCcy error');
      return { terms: { type: 'market' }, timeInForce: 'GTC' };
    case 'limit':
      return { terms: { type: 'limit', price: amount(params, 'px') }, timeInForce: 'GTC' };
    case 'post_only':
      return { terms: { type: 'limit', price: amount(params, 'px'), postOnly: true }, timeInForce: 'GTC' };
    case 'ioc':
      return { terms: { type: 'limit', price: amount(params, 'px') }, timeInForce: 'IOC' };
    case 'fok':
      return { terms: { type: 'limit', price: amount(params, 'px') }, timeInForce: 'FOK' };
    default:
      throw new Refused('51000', 'Parameter ordType error');
  }
}

/** Terms of a stop. */
export function algoTerms(params: Params): OrderTerms {
  if (params['side'] === 'sell' && 'tgtCcy' in params) throw new Refused('51000', 'Parameter tgtCcy error');
  switch (params['ordType']) {
    case 'move_order_stop': {
      const trailBps = dec(amount(params, 'callbackRatio')).mul(10_000).toNumber();
      return { type: 'trailing-stop', trailBps };
    }
    case 'conditional': {
      const stopPrice = amount(params, 'slTriggerPx');
      return params['slOrdPx'] === '-1'
        ? { type: 'stop', stopPrice }
        : { type: 'stop-limit', stopPrice, price: amount(params, 'slOrdPx') };
    }
    default:
      throw new Refused('51000', 'Parameter ordType error');
  }
}

/** True for an order that stands, or stood, in the book of stops. */
export function isAlgo({ terms }: SimOrder): boolean {
  return terms.type !== 'market' && terms.type !== 'limit';
}

/** True once a stop has made an order. */
export function hasMade(order: SimOrder): boolean {
  return isAlgo(order) && (order.triggered || order.filled !== '0' || order.state === 'filled');
}

/** The id of an order in the plain book: a stop's order is a new one, under an id of its own. */
export function plainId(order: SimOrder): string {
  return isAlgo(order) ? `9${order.id}` : order.id;
}

/** An order of the plain book. */
export function orderView(order: SimOrder): Readonly<Record<string, unknown>> {
  const { terms } = order;
  const made = isAlgo(order);
  return {
    instType: 'SPOT',
    instId: symbolOf(order.instrument),
    ordId: plainId(order),
    clOrdId: made ? '' : (order.clientOrderId ?? ''),
    algoId: made ? order.id : '',
    algoClOrdId: made ? (order.clientOrderId ?? '') : '',
    tdMode: 'cash',
    side: order.side,
    ordType: ordTypeOf(order),
    px: 'price' in terms ? terms.price : '',
    sz: order.quantity,
    accFillSz: order.filled,
    state: stateOf(order),
    cancelSource: cancelSourceOf(order),
    cTime: String(order.receivedAt),
    uTime: String(order.updatedAt),
  };
}

/** A stop as its book shows it. */
export function algoView(order: SimOrder): Readonly<Record<string, unknown>> {
  const { terms } = order;
  const made = hasMade(order);
  return {
    instType: 'SPOT',
    instId: symbolOf(order.instrument),
    algoId: order.id,
    algoClOrdId: order.clientOrderId ?? '',
    clOrdId: '',
    ordId: made ? plainId(order) : '',
    ordIdList: made ? [plainId(order)] : [],
    tdMode: 'cash',
    side: order.side,
    ordType: algoKind(order),
    sz: order.quantity,
    state: algoState(order),
    slTriggerPx: stopPriceOf(terms) ?? '',
    slOrdPx: 'trailBps' in terms ? '' : 'price' in terms ? terms.price : '-1',
    callbackRatio: 'trailBps' in terms ? text(dec(terms.trailBps).div(10_000)) : '',
    cTime: String(order.receivedAt),
    uTime: String(order.updatedAt),
  };
}

export function algoKind({ terms }: SimOrder): string {
  return isTrailing(terms.type) ? 'move_order_stop' : 'conditional';
}

export function algoState(order: SimOrder): string {
  if (hasMade(order)) return 'effective';
  return order.state === 'open' ? 'live' : 'canceled';
}

/** A row of executions: a fee that was paid is negative. */
export function fillView(fill: SimFill, order: SimOrder): Readonly<Record<string, unknown>> {
  return {
    instType: 'SPOT',
    instId: symbolOf(fill.instrument),
    tradeId: fill.id,
    billId: fill.id,
    ordId: plainId(order),
    clOrdId: isAlgo(order) ? '' : (order.clientOrderId ?? ''),
    side: fill.side,
    fillPx: fill.price,
    fillSz: fill.quantity,
    fee: text(dec(fill.fee).neg()),
    feeCcy: fill.feeAsset,
    execType: fill.liquidity === 'maker' ? 'M' : 'T',
    ts: String(fill.at),
    fillTime: String(fill.at),
  };
}

function ordTypeOf({ terms, timeInForce }: SimOrder): string {
  if (terms.type === 'limit' && terms.postOnly) return 'post_only';
  if (terms.type === 'limit' && timeInForce !== 'GTC') return timeInForce.toLowerCase();
  return 'price' in terms ? 'limit' : 'market';
}

function stateOf({ state, filled }: SimOrder): string {
  if (state === 'open') return filled === '0' ? 'live' : 'partially_filled';
  return state === 'filled' ? 'filled' : 'canceled';
}

/** 1 the user, 13 and 14 what could not fill at once, 31 a post-only order that would have taken. */
function cancelSourceOf({ state, endReason }: SimOrder): string {
  if (state === 'open' || state === 'filled') return '';
  const sources: Readonly<Record<string, string>> = {
    cancel_requested: '1',
    fill_or_kill: '13',
    immediate_or_cancel: '14',
    would_take_liquidity: '31',
  };
  return sources[endReason ?? ''] ?? '0';
}
