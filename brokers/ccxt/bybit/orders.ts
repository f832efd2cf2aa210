import { assertNever } from '../../../domain/assert-never';
import { instant } from '../../../domain/clock/instant';
import type { InstrumentId } from '../../../domain/instrument/instrument';
import { dec, isDecimalString } from '../../../domain/money/decimal';
import type { ListedOrder } from '../../../domain/order/broker';
import { orderKind } from '../../../domain/order/order';
import type { ClientOrderId, Fill, OrderRequest, OrderType, VenueOrderState } from '../../../domain/order/order';
import { NotSent } from '../broker-error';
import type { OrderCall, Shown, SignedOrder } from '../dialect';
import { amountOf, amountOrZero, millisIn, optionalText, textOf, unreadable } from '../reading';
import type { Json } from '../reading';
import type { SignedRequest } from '../venue-line';

/** `BTC/USDT` is `BTCUSDT`. */
export function symbolOf(id: InstrumentId): string {
  return id.replace('/', '');
}

/** The order as Bybit is told it: `POST /v5/order/create`. Nothing is ever borrowed for it. */
export function orderCall(request: OrderRequest): OrderCall {
  const { clientOrderId, instrument, side, quantity } = request;
  return {
    endpoint: 'privatePostV5OrderCreate',
    weight: 1,
    params: {
      category: 'spot',
      symbol: symbolOf(instrument),
      side: side === 'buy' ? 'Buy' : 'Sell',
      qty: quantity,
      orderLinkId: clientOrderId,
      isLeverage: 0,
      ...termsOf(request),
    },
  };
}

/**
 * A market buy counts in quote currency unless told otherwise. A stop is a `tpslOrder` and no `StopOrder`: it holds what it
 * will sell from its acceptance on, so that nothing else can sell it first and the stop cannot fail for want of funds when
 * it is needed. Neither of the two knows which way it waits on spot (`triggerDirection` is for contracts).
 */
function termsOf(request: OrderRequest): Readonly<Record<string, string>> {
  const { terms } = request;
  const stop = 'stopPrice' in terms ? { orderFilter: 'tpslOrder', triggerPrice: terms.stopPrice } : {};
  switch (terms.type) {
    case 'market':
    case 'stop':
      return { orderType: 'Market', marketUnit: 'baseCoin', ...stop };
    case 'limit':
    case 'stop-limit':
      return { orderType: 'Limit', price: terms.price, timeInForce: timeInForceOf(request), ...stop };
    case 'trailing-stop':
    case 'trailing-stop-limit':
      throw new NotSent('Bybit spot has no trailing stops');
    default:
      return assertNever(terms);
  }
}

function timeInForceOf(request: OrderRequest): string {
  return orderKind(request) === 'post-only' ? 'PostOnly' : request.timeInForce;
}

/** Parameters stand as JSON in the body, time stamp and receive window in headers; both are signed. */
export function readSigned({ body, headers }: SignedRequest): SignedOrder {
  const expiresAt = Number(headers['X-BAPI-TIMESTAMP']) + Number(headers['X-BAPI-RECV-WINDOW']);
  if (!Number.isFinite(expiresAt)) throw new NotSent('the signed request has no time stamp or receive window');
  try {
    const params: unknown = JSON.parse(body ?? '');
    if (typeof params === 'object' && params !== null) return { params: params as Json, expiresAt };
  } catch {
    // Said below.
  }
  throw new NotSent('the signed request has no parameters');
}

const STATES: Readonly<Record<string, VenueOrderState>> = {
  Created: 'open',
  New: 'open',
  Active: 'open',
  PartiallyFilled: 'open',
  PendingCancel: 'open',
  Untriggered: 'open',
  Triggered: 'open',
  Filled: 'filled',
  Cancelled: 'cancelled',
  PartiallyFilledCanceled: 'cancelled',
  Deactivated: 'cancelled',
  Rejected: 'rejected',
};

/** An order of `order/realtime` or `order/history`. */
export function readOrder(json: Json, id: InstrumentId): ListedOrder {
  const state = STATES[textOf(json, 'orderStatus')];
  if (state === undefined) throw unreadable('orderStatus');
  return {
    venueOrderId: textOf(json, 'orderId'),
    clientOrderId: optionalText(json, 'orderLinkId') ?? null,
    instrument: id,
    side: sideOf(json),
    quantity: amountOf(json, 'qty'),
    type: typeOf(json),
    state,
    filledQuantity: amountOrZero(json, 'cumExecQty'),
    receivedAt: instant(millisIn(json, 'createdTime')),
  };
}

const WOULD_TAKE = 'EC_PostOnlyWillTakeLiquidity';

/** Why Bybit's engine ended an order that its gateway had acknowledged, where that is a refusal. */
export function refusalOf(json: Json): Shown['refusal'] {
  const reason = optionalText(json, 'rejectReason') ?? '';
  if (reason === WOULD_TAKE) return { code: 'would_take_liquidity', venueCode: reason };
  return json['orderStatus'] === 'Rejected' ? { code: 'invalid_order', venueCode: reason || 'Rejected' } : undefined;
}

/** A trigger price stays with an order that has triggered. */
function typeOf(json: Json): OrderType {
  const trigger = optionalText(json, 'triggerPrice') ?? '0';
  const stop = isDecimalString(trigger) && dec(trigger).gt(0);
  switch (textOf(json, 'orderType')) {
    case 'Market':
      return stop ? 'stop' : 'market';
    case 'Limit':
      return stop ? 'stop-limit' : 'limit';
    default:
      throw unreadable('orderType');
  }
}

function sideOf(json: Json): 'buy' | 'sell' {
  const side = textOf(json, 'side');
  if (side !== 'Buy' && side !== 'Sell') throw unreadable('side');
  return side === 'Buy' ? 'buy' : 'sell';
}

const OUR_ID = /^[0-9a-f]{32}$/;

/** One row of `execution/list`. The fee is taken from what is received; a cost is positive there. */
export function readFill(json: Json, id: InstrumentId): Fill {
  const side = sideOf(json);
  const [base = '', quote = ''] = id.split('/');
  const clientOrderId = optionalText(json, 'orderLinkId');
  return {
    venueFillId: textOf(json, 'execId'),
    venueOrderId: textOf(json, 'orderId'),
    ...(clientOrderId !== undefined && OUR_ID.test(clientOrderId)
      ? { clientOrderId: clientOrderId as ClientOrderId }
      : {}),
    instrument: id,
    side,
    quantity: amountOf(json, 'execQty'),
    price: amountOf(json, 'execPrice'),
    fee: amountOrZero(json, 'execFee'),
    feeAsset: optionalText(json, 'feeCurrency') ?? (side === 'buy' ? base : quote),
    liquidity: json['isMaker'] === true ? 'maker' : 'taker',
    marketAt: instant(millisIn(json, 'execTime')),
  };
}
