import { assertNever } from '../../../domain/assert-never';
import { instant } from '../../../domain/clock/instant';
import type { InstrumentId } from '../../../domain/instrument/instrument';
import type { ListedOrder } from '../../../domain/order/broker';
import { orderKind } from '../../../domain/order/order';
import type { Fill, OrderRequest, OrderType, VenueOrderState } from '../../../domain/order/order';
import { NotSent } from '../broker-error';
import type { OrderCall, SignedOrder } from '../dialect';
import { amountOf, millisIn, optionalText, textOf, unreadable } from '../reading';
import type { Json } from '../reading';
import { shareOnly } from '../trailing';
import type { SignedRequest } from '../venue-line';

/** `BTC/USDT` is `BTCUSDT`. */
export function symbolOf(id: InstrumentId): string {
  return id.replace('/', '');
}

/** The order as Binance is told it: `POST /api/v3/order`. */
export function orderCall(request: OrderRequest): OrderCall {
  const { clientOrderId, instrument, side, quantity } = request;
  return {
    endpoint: 'privatePostOrder',
    weight: 1,
    params: {
      symbol: symbolOf(instrument),
      side: side.toUpperCase(),
      quantity,
      newClientOrderId: clientOrderId,
      newOrderRespType: 'FULL',
      ...termsOf(request),
    },
  };
}

function termsOf(request: OrderRequest): Readonly<Record<string, string>> {
  const { terms, timeInForce } = request;
  switch (terms.type) {
    case 'market':
      return { type: 'MARKET' };
    case 'limit':
      // A post-only order is a type of its own and takes no time in force.
      return orderKind(request) === 'post-only'
        ? { type: 'LIMIT_MAKER', price: terms.price }
        : { type: 'LIMIT', price: terms.price, timeInForce };
    case 'stop':
      return { type: 'STOP_LOSS', stopPrice: terms.stopPrice };
    case 'stop-limit':
      return { type: 'STOP_LOSS_LIMIT', stopPrice: terms.stopPrice, price: terms.price, timeInForce };
    case 'trailing-stop':
    case 'trailing-stop-limit':
      // Binance counts the delta in basis points.
      return { type: 'STOP_LOSS', trailingDelta: String(shareOnly(terms)) };
    default:
      return assertNever(terms);
  }
}

/** The parameters in the form that ccxt signed; Binance refuses the request `recvWindow` after its time stamp. */
export function readSigned({ body }: SignedRequest): SignedOrder {
  const params = Object.fromEntries(new URLSearchParams(body ?? ''));
  const expiresAt = Number(params['timestamp']) + Number(params['recvWindow']);
  if (!Number.isFinite(expiresAt)) throw new NotSent('the signed request has no time stamp or receive window');
  return { params, expiresAt };
}

const STATES: Readonly<Record<string, VenueOrderState>> = {
  NEW: 'open',
  PENDING_NEW: 'open',
  PARTIALLY_FILLED: 'open',
  PENDING_CANCEL: 'open',
  FILLED: 'filled',
  CANCELED: 'cancelled',
  EXPIRED: 'expired',
  EXPIRED_IN_MATCH: 'expired',
  REJECTED: 'rejected',
};

/** An order of any of Binance's answers. A cancelled one bears its first client id in another field. */
export function readOrder(json: Json, id: InstrumentId): ListedOrder {
  const state = STATES[textOf(json, 'status')];
  if (state === undefined) throw unreadable('status');
  return {
    venueOrderId: textOf(json, 'orderId'),
    clientOrderId: optionalText(json, 'origClientOrderId') ?? optionalText(json, 'clientOrderId') ?? null,
    instrument: id,
    side: sideOf(json),
    quantity: amountOf(json, 'origQty'),
    type: typeOf(json),
    state,
    filledQuantity: amountOf(json, 'executedQty'),
    receivedAt: instant(millisIn(json, json['time'] === undefined ? 'transactTime' : 'time')),
  };
}

function sideOf(json: Json): 'buy' | 'sell' {
  const side = textOf(json, 'side');
  if (side !== 'BUY' && side !== 'SELL') throw unreadable('side');
  return side === 'BUY' ? 'buy' : 'sell';
}

function typeOf(json: Json): OrderType {
  switch (textOf(json, 'type')) {
    case 'MARKET':
      return 'market';
    case 'LIMIT':
    case 'LIMIT_MAKER':
      return 'limit';
    case 'STOP_LOSS':
      return optionalText(json, 'trailingDelta') === undefined ? 'stop' : 'trailing-stop';
    case 'STOP_LOSS_LIMIT':
      return 'stop-limit';
    default:
      throw unreadable('type');
  }
}

/** One row of `GET /api/v3/myTrades`. */
export function readTrade(json: Json, id: InstrumentId): Fill {
  return {
    venueFillId: textOf(json, 'id'),
    venueOrderId: textOf(json, 'orderId'),
    instrument: id,
    side: json['isBuyer'] === true ? 'buy' : 'sell',
    quantity: amountOf(json, 'qty'),
    price: amountOf(json, 'price'),
    fee: amountOf(json, 'commission'),
    feeAsset: textOf(json, 'commissionAsset'),
    liquidity: json['isMaker'] === true ? 'maker' : 'taker',
    marketAt: instant(millisIn(json, 'time')),
  };
}
