import { assertNever } from '../../../domain/assert-never';
import { instant } from '../../../domain/clock/instant';
import type { InstrumentId } from '../../../domain/instrument/instrument';
import { dec, text } from '../../../domain/money/decimal';
import type { ListedOrder } from '../../../domain/order/broker';
import { orderKind } from '../../../domain/order/order';
import type { ClientOrderId, Fill, OrderRequest, OrderType, VenueOrderState } from '../../../domain/order/order';
import { NotSent } from '../broker-error';
import type { OrderCall, Shown, SignedOrder } from '../dialect';
import { amountOf, amountOrZero, millisIn, optionalText, textOf, unreadable } from '../reading';
import type { Json } from '../reading';
import { shareOnly } from '../trailing';
import type { SignedRequest } from '../venue-line';

/** `BTC/USDT` is `BTC-USDT`. */
export function symbolOf(id: InstrumentId): string {
  return id.replace('/', '-');
}

/** Stops rest in a book of their own, under ids of their own. */
export function isAlgo(type: OrderType): boolean {
  return type !== 'market' && type !== 'limit';
}

/** The order as OKX is told it: `POST /api/v5/trade/order`, or `order-algo` for stops. */
export function orderCall(request: OrderRequest): OrderCall {
  const { clientOrderId, instrument, side, quantity } = request;
  const algo = isAlgo(request.terms.type);
  return {
    endpoint: algo ? 'privatePostTradeOrderAlgo' : 'privatePostTradeOrder',
    // Twenty stops, sixty other orders in two seconds.
    weight: algo ? 3 : 1,
    params: {
      instId: symbolOf(instrument),
      tdMode: 'cash',
      side,
      sz: quantity,
      // ccxt writes an id and a tag of its own into an order of either book that has no `clOrdId`.
      clOrdId: clientOrderId,
      ...(algo ? { algoClOrdId: clientOrderId } : {}),
      ...termsOf(request),
    },
  };
}

/**
 * A `conditional` order knows which way it waits, so OKX refuses one that the market has passed; a `trigger` order would
 * wait for the market to come back. A price of -1 is "at market". `tgtCcy` says what a buy's size counts, which would be
 * quote currency otherwise; a conditional sell may not bear it.
 */
function termsOf(request: OrderRequest): Readonly<Record<string, string | boolean>> {
  const { terms, side } = request;
  const inBase = side === 'buy' ? { tgtCcy: 'base_ccy' } : {};
  switch (terms.type) {
    case 'market':
      // Without the ban OKX shrinks an order that the balance does not cover.
      return { ordType: 'market', tgtCcy: 'base_ccy', banAmend: true };
    case 'limit': {
      const kind = orderKind(request);
      return { ordType: kind === 'post-only' ? 'post_only' : kind, px: terms.price };
    }
    case 'stop':
      return {
        ordType: 'conditional',
        ...inBase,
        slTriggerPx: terms.stopPrice,
        slTriggerPxType: 'last',
        slOrdPx: '-1',
      };
    case 'stop-limit':
      return { ordType: 'conditional', slTriggerPx: terms.stopPrice, slTriggerPxType: 'last', slOrdPx: terms.price };
    case 'trailing-stop':
    case 'trailing-stop-limit':
      return { ordType: 'move_order_stop', ...inBase, callbackRatio: text(dec(shareOnly(terms)).div(10_000)) };
    default:
      return assertNever(terms);
  }
}

/** The parameters stand as JSON in the body; what voids a request is a header that is added after the signature. */
export function readSigned({ body }: SignedRequest): SignedOrder {
  try {
    const params: unknown = JSON.parse(body ?? '');
    if (typeof params === 'object' && params !== null) return { params: params as Json };
  } catch {
    // Said below.
  }
  throw new NotSent('the signed request has no parameters');
}

const STATES: Readonly<Record<string, VenueOrderState>> = {
  live: 'open',
  partially_filled: 'open',
  filled: 'filled',
  canceled: 'cancelled',
  mmp_canceled: 'cancelled',
};

/** A post-only order that would have taken is accepted, and then cancelled for this reason. */
const WOULD_TAKE = '31';

/** An order of the plain book. One that a stop made bears the stop's ids beside its own; it is shown under its own here. */
export function readOrder(json: Json, id: InstrumentId): ListedOrder {
  const state = STATES[textOf(json, 'state')];
  if (state === undefined) throw unreadable('state');
  return {
    venueOrderId: textOf(json, 'ordId'),
    clientOrderId: optionalText(json, 'clOrdId') ?? null,
    instrument: id,
    side: sideOf(json),
    quantity: amountOf(json, 'sz'),
    type: textOf(json, 'ordType') === 'market' ? 'market' : 'limit',
    state,
    filledQuantity: amountOrZero(json, 'accFillSz'),
    receivedAt: instant(millisIn(json, 'cTime')),
  };
}

/** Why OKX ended an order that it had accepted, where that is a refusal. */
export function refusalOf(json: Json): Shown['refusal'] {
  return json['state'] === 'canceled' && String(json['cancelSource']) === WOULD_TAKE
    ? { code: 'would_take_liquidity', venueCode: `cancelSource ${WOULD_TAKE}` }
    : undefined;
}

/** `effective` has triggered: from then on the order that it made says what became of it. */
const ALGO_STATES: Readonly<Record<string, VenueOrderState>> = {
  live: 'open',
  pause: 'open',
  effective: 'open',
  partially_effective: 'open',
  canceled: 'cancelled',
  order_failed: 'rejected',
  partially_failed: 'rejected',
};

/** A stop of the algo book, as it stands before what it made is looked at. */
export function readAlgo(json: Json, id: InstrumentId): ListedOrder {
  const state = ALGO_STATES[textOf(json, 'state')];
  if (state === undefined) throw unreadable('state');
  return {
    venueOrderId: textOf(json, 'algoId'),
    clientOrderId: optionalText(json, 'algoClOrdId') ?? null,
    instrument: id,
    side: sideOf(json),
    quantity: amountOf(json, 'sz'),
    type: algoTypeOf(json),
    state,
    filledQuantity: text(dec(0)),
    receivedAt: instant(millisIn(json, 'cTime')),
  };
}

/** The order that a stop made when it triggered; undefined before. */
export function madeBy(algo: Json): string | undefined {
  const list = algo['ordIdList'];
  const first: unknown = Array.isArray(list) ? list[0] : undefined;
  return typeof first === 'string' && first !== '' ? first : optionalText(algo, 'ordId');
}

/** A stop with the fate of the order that it made: the ids and the type stay those that it was sent with. */
export function joined(algo: ListedOrder, made: ListedOrder): ListedOrder {
  return { ...algo, state: made.state, filledQuantity: made.filledQuantity };
}

function algoTypeOf(json: Json): OrderType {
  if (textOf(json, 'ordType') === 'move_order_stop') return 'trailing-stop';
  const price = optionalText(json, 'slOrdPx') ?? optionalText(json, 'tpOrdPx') ?? optionalText(json, 'ordPx') ?? '-1';
  return price === '-1' ? 'stop' : 'stop-limit';
}

function sideOf(json: Json): 'buy' | 'sell' {
  const side = textOf(json, 'side');
  if (side !== 'buy' && side !== 'sell') throw unreadable('side');
  return side;
}

const OUR_ID = /^[0-9a-f]{32}$/;

/** Whose an execution is: the ids of the order as it was sent. */
export interface Owner {
  readonly venueOrderId: string;
  readonly clientOrderId: string | null;
}

/** The ids that an order was sent under: a stop's, for an order that a stop made. */
export function ownerOf(json: Json): Owner {
  const algoId = optionalText(json, 'algoId');
  const plain = { venueOrderId: textOf(json, 'ordId'), clientOrderId: optionalText(json, 'clOrdId') ?? null };
  if (algoId === undefined) return plain;
  return { venueOrderId: algoId, clientOrderId: optionalText(json, 'algoClOrdId') ?? plain.clientOrderId };
}

/** One row of `fills`. OKX writes a fee as what it adds to the account: a cost is negative there. */
export function readFill(json: Json, id: InstrumentId, { venueOrderId, clientOrderId }: Owner): Fill {
  return {
    venueFillId: textOf(json, 'tradeId'),
    venueOrderId,
    ...(clientOrderId !== null && OUR_ID.test(clientOrderId) ? { clientOrderId: clientOrderId as ClientOrderId } : {}),
    instrument: id,
    side: sideOf(json),
    quantity: amountOf(json, 'fillSz'),
    price: amountOf(json, 'fillPx'),
    fee: text(dec(amountOrZero(json, 'fee')).neg()),
    feeAsset: textOf(json, 'feeCcy'),
    liquidity: textOf(json, 'execType') === 'M' ? 'maker' : 'taker',
    marketAt: instant(millisIn(json, json['fillTime'] === undefined ? 'ts' : 'fillTime')),
  };
}
