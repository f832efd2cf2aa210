import { assertNever } from '../../../domain/assert-never';
import { instant } from '../../../domain/clock/instant';
import type { InstrumentId } from '../../../domain/instrument/instrument';
import { dec, text } from '../../../domain/money/decimal';
import type { DecimalString } from '../../../domain/money/decimal';
import type { ListedOrder } from '../../../domain/order/broker';
import { orderKind } from '../../../domain/order/order';
import type { Fill, OrderRequest, OrderType, VenueOrderState } from '../../../domain/order/order';
import { NotSent } from '../broker-error';
import type { OrderCall, SignedOrder } from '../dialect';
import { amountOf, amountOrZero, objectOf, optionalText, textOf, unreadable } from '../reading';
import type { Json } from '../reading';
import type { SignedRequest } from '../venue-line';

/** Decimal places of a quantity that is worked out from an amount of quote currency. */
const PLACES = 8;

/** `BTC/USD` is `BTC-USD`. */
export function productOf(id: InstrumentId): string {
  return id.replace('/', '-');
}

/** One client order id in two spellings: Coinbase takes any text, and may show a UUID with dashes. */
export function sameId(one: string | null, other: string): boolean {
  return one !== null && plain(one) === plain(other);
}

function plain(id: string): string {
  return id.replaceAll('-', '').toLowerCase();
}

/** The order as Coinbase is told it: `POST /api/v3/brokerage/orders`. */
export function orderCall(request: OrderRequest): OrderCall {
  const { clientOrderId, instrument, side } = request;
  return {
    endpoint: 'v3PrivatePostBrokerageOrders',
    weight: 1,
    params: {
      client_order_id: clientOrderId,
      product_id: productOf(instrument),
      side: side.toUpperCase(),
      order_configuration: configurationOf(request),
    },
  };
}

/**
 * Why an order cannot be told to Coinbase: the time in force is part of a configuration's name, and a stop-limit has none
 * that ends at once.
 */
export function cannot({ terms, timeInForce }: OrderRequest): string | undefined {
  return terms.type === 'stop-limit' && timeInForce !== 'GTC'
    ? `coinbase has no stop-limit orders that are ${timeInForce}`
    : undefined;
}

function configurationOf(request: OrderRequest): Readonly<Record<string, Readonly<Record<string, unknown>>>> {
  const { terms, side, quantity: base_size } = request;
  switch (terms.type) {
    case 'market':
      // "To buy a product, provide a quote_size or base_size; to sell, provide a base_size" (order management guide).
      return { market_market_ioc: { base_size } };
    case 'limit':
      return limitOf(orderKind(request), { base_size, limit_price: terms.price });
    case 'stop-limit':
      return {
        stop_limit_stop_limit_gtc: {
          base_size,
          limit_price: terms.price,
          stop_price: terms.stopPrice,
          stop_direction: side === 'buy' ? 'STOP_DIRECTION_STOP_UP' : 'STOP_DIRECTION_STOP_DOWN',
        },
      };
    case 'stop':
    case 'trailing-stop':
    case 'trailing-stop-limit':
      throw new RangeError(`coinbase has no ${terms.type} orders`);
    default:
      return assertNever(terms);
  }
}

function limitOf(
  kind: ReturnType<typeof orderKind>,
  sized: Readonly<Record<string, string>>,
): Readonly<Record<string, Readonly<Record<string, unknown>>>> {
  if (kind === 'ioc') return { sor_limit_ioc: sized };
  if (kind === 'fok') return { limit_limit_fok: sized };
  return { limit_limit_gtc: { ...sized, post_only: kind === 'post-only' } };
}

/** The body as ccxt signed it. Coinbase has no rule that voids an order by its age: the id alone protects. */
export function readSigned({ body }: SignedRequest): SignedOrder {
  try {
    return { params: objectOf(JSON.parse(body ?? ''), 'order') };
  } catch {
    throw new NotSent('the signed request has no readable order');
  }
}

/** All other states are of orders that may still fill. */
const ENDED: Readonly<Record<string, VenueOrderState>> = {
  FILLED: 'filled',
  CANCELLED: 'cancelled',
  EXPIRED: 'expired',
  FAILED: 'rejected',
};

/** One row of `orders/historical/batch`, or the `order` of `orders/historical/{order_id}`. */
export function readOrder(json: Json, id: InstrumentId): ListedOrder {
  const [name, configuration] = configurationIn(json);
  const filledQuantity = amountOrZero(json, 'filled_size');
  return {
    venueOrderId: textOf(json, 'order_id'),
    clientOrderId: optionalText(json, 'client_order_id') ?? null,
    instrument: id,
    side: sideOf(json),
    // Somebody else's order may be sized in quote currency: what it has filled is what is known of its quantity.
    quantity:
      optionalText(configuration, 'base_size') === undefined ? filledQuantity : amountOf(configuration, 'base_size'),
    type: typeOf(name),
    state: ENDED[textOf(json, 'status')] ?? 'open',
    filledQuantity,
    receivedAt: instant(timeIn(json, 'created_time')),
  };
}

function configurationIn(json: Json): readonly [name: string, configuration: Json] {
  const [entry] = Object.entries(objectOf(json['order_configuration'], 'order_configuration'));
  if (entry === undefined) throw unreadable('order_configuration');
  return [entry[0], objectOf(entry[1], 'order_configuration')];
}

/** Ours are of the first three; the rest (brackets, scaled and timed orders of somebody else) work with a limit. */
function typeOf(name: string): OrderType {
  if (name.startsWith('market_')) return 'market';
  return name.startsWith('stop_limit_') ? 'stop-limit' : 'limit';
}

function sideOf(json: Json): 'buy' | 'sell' {
  const side = textOf(json, 'side');
  if (side !== 'BUY' && side !== 'SELL') throw unreadable('side');
  return side === 'BUY' ? 'buy' : 'sell';
}

/** Milliseconds since 1970 of a time in RFC 3339, whatever its digits. @throws BrokerError `unknown`. */
function timeIn(json: Json, field: string): number {
  const millis = Date.parse(textOf(json, field));
  if (!Number.isFinite(millis)) throw unreadable(field);
  return millis;
}

/** One row of `orders/historical/fills`; the commission is in quote currency. */
export function readFill(json: Json, id: InstrumentId): Fill {
  const price = amountOf(json, 'price');
  return {
    venueFillId: textOf(json, 'entry_id'),
    venueOrderId: textOf(json, 'order_id'),
    instrument: id,
    side: sideOf(json),
    quantity: quantityOf(json, price),
    price,
    fee: amountOrZero(json, 'commission'),
    feeAsset: id.slice(id.indexOf('/') + 1),
    liquidity: json['liquidity_indicator'] === 'MAKER' ? 'maker' : 'taker',
    marketAt: instant(timeIn(json, 'trade_time')),
  };
}

/** A fill of an order that was sized in quote currency counts in it, too. */
function quantityOf(json: Json, price: DecimalString): DecimalString {
  const size = amountOf(json, 'size');
  return String(json['size_in_quote']) === 'true' ? text(dec(size).div(price).toDecimalPlaces(PLACES)) : size;
}
