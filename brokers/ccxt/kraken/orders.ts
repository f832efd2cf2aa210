import { assertNever } from '../../../domain/assert-never';
import { instant } from '../../../domain/clock/instant';
import type { InstrumentId } from '../../../domain/instrument/instrument';
import { dec, text } from '../../../domain/money/decimal';
import type { ListedOrder } from '../../../domain/order/broker';
import { orderKind } from '../../../domain/order/order';
import type { Fill, OrderRequest, OrderType, VenueOrderState } from '../../../domain/order/order';
import { NotSent } from '../broker-error';
import type { OrderCall, SignedOrder } from '../dialect';
import { amountOf, millisIn, objectOf, optionalText, textOf, unreadable } from '../reading';
import type { Json } from '../reading';
import { shareOnly } from '../trailing';
import type { SignedRequest } from '../venue-line';
import { pairOf } from './symbols';

/** The order as Kraken is told it: `POST /0/private/AddOrder`. The deadline is added when it is signed. */
export function orderCall(request: OrderRequest): OrderCall {
  const { clientOrderId, instrument, side, quantity } = request;
  return {
    endpoint: 'privatePostAddOrder',
    // The matching engine counts orders apart from the reads of the account: it loses one a second, our queue hands out no more.
    weight: 0,
    params: {
      pair: pairOf(instrument),
      type: side,
      volume: quantity,
      cl_ord_id: clientOrderId,
      // Else a sale's fee may be taken in the base asset.
      oflags: orderKind(request) === 'post-only' ? 'fciq,post' : 'fciq',
      ...termsOf(request),
    },
  };
}

function termsOf(request: OrderRequest): Readonly<Record<string, string>> {
  const { terms, timeInForce: timeinforce } = request;
  switch (terms.type) {
    case 'market':
      return { ordertype: 'market' };
    case 'limit':
      return {
        ordertype: 'limit',
        price: terms.price,
        timeinforce: orderKind(request) === 'post-only' ? 'GTC' : timeinforce,
      };
    case 'stop':
      return { ordertype: 'stop-loss', price: terms.stopPrice, trigger: 'last' };
    case 'stop-limit':
      return {
        ordertype: 'stop-loss-limit',
        price: terms.stopPrice,
        price2: terms.price,
        trigger: 'last',
        timeinforce,
      };
    case 'trailing-stop':
    case 'trailing-stop-limit':
      // The distance from the best price; Kraken wants the plus for either side.
      return { ordertype: 'trailing-stop', price: `+${text(dec(shareOnly(terms)).div(100))}%`, trigger: 'last' };
    default:
      return assertNever(terms);
  }
}

/** The parameters in the form that ccxt signed: JSON where a price is a share, a form otherwise. */
export function readSigned({ body = '' }: SignedRequest): SignedOrder {
  const params = paramsOf(body);
  const expiresAt = Date.parse(String(params['deadline']));
  if (!Number.isFinite(expiresAt)) throw new NotSent('the signed request has no deadline');
  return { params, expiresAt };
}

function paramsOf(body: string): Json {
  try {
    return body.startsWith('{') ? objectOf(JSON.parse(body), 'order') : Object.fromEntries(new URLSearchParams(body));
  } catch {
    throw new NotSent('the signed request has no readable order');
  }
}

/** One order of `OpenOrders`, `ClosedOrders` or `QueryOrders`, which are maps by the venue's id. */
export function readOrder(venueOrderId: string, json: Json, id: InstrumentId): ListedOrder {
  const description = objectOf(json['descr'], 'descr');
  const [quantity, filledQuantity] = [amountOf(json, 'vol'), amountOf(json, 'vol_exec')];
  return {
    venueOrderId,
    clientOrderId: optionalText(json, 'cl_ord_id') ?? null,
    instrument: id,
    side: sideOf(description),
    quantity,
    type: typeOf(textOf(description, 'ordertype')),
    state: stateOf(textOf(json, 'status'), dec(filledQuantity).gte(quantity)),
    filledQuantity,
    receivedAt: instant(secondsIn(json, 'opentm')),
  };
}

/** `closed` is filled, unless its volume says otherwise. */
function stateOf(status: string, whole: boolean): VenueOrderState {
  switch (status) {
    case 'pending':
    case 'open':
      return 'open';
    case 'closed':
      return whole ? 'filled' : 'cancelled';
    case 'canceled':
      return whole ? 'filled' : 'cancelled';
    case 'expired':
      return 'expired';
    default:
      throw unreadable('status');
  }
}

function sideOf(json: Json): 'buy' | 'sell' {
  const side = textOf(json, 'type');
  if (side !== 'buy' && side !== 'sell') throw unreadable('type');
  return side;
}

/** Ours are of the first five; the rest are somebody else's, and told by what they become. */
function typeOf(name: string): OrderType {
  switch (name) {
    case 'market':
      return 'market';
    case 'limit':
      return 'limit';
    case 'stop-loss':
      return 'stop';
    case 'stop-loss-limit':
      return 'stop-limit';
    case 'trailing-stop':
      return 'trailing-stop';
    default:
      return name.endsWith('limit') ? 'limit' : 'market';
  }
}

/** Milliseconds since 1970 of a time in seconds with a fraction. @throws BrokerError `unknown`. */
function secondsIn(json: Json, field: string): number {
  return millisIn({ [field]: Number(json[field]) * 1_000 }, field);
}

/** One execution of `TradesHistory` or `QueryTrades`; the fee is in quote currency. */
export function readTrade(venueFillId: string, json: Json, id: InstrumentId): Fill {
  return {
    venueFillId,
    venueOrderId: textOf(json, 'ordertxid'),
    instrument: id,
    side: sideOf(json),
    quantity: amountOf(json, 'vol'),
    price: amountOf(json, 'price'),
    fee: amountOf(json, 'fee'),
    feeAsset: id.slice(id.indexOf('/') + 1),
    liquidity: String(json['maker']) === 'true' ? 'maker' : 'taker',
    marketAt: instant(secondsIn(json, 'time')),
  };
}
