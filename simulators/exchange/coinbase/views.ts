import { instant } from '../../../domain/clock/instant';
import type { InstrumentId } from '../../../domain/instrument/instrument';
import { dec, isDecimalString } from '../../../domain/money/decimal';
import type { DecimalString } from '../../../domain/money/decimal';
import type { OrderTerms, TimeInForce } from '../../../domain/order/order';
import type { SimFill, SimListing, SimOrder } from '../ledger';

/** A refusal of an order, in the words of its preview. */
export class Refused extends Error {
  constructor(readonly reason: string) {
    super(reason);
  }
}

export const productOf = (id: InstrumentId): string => id.replace('/', '-');

/** Coinbase names orders and fills by UUIDs: the ledger's number is in the last digits. */
export const uuidOf = (kind: 'order' | 'fill' | 'client', id: string): string =>
  `${{ order: '0a0b0c0d', fill: '1a1b1c1d', client: '2a2b2c2d' }[kind]}-0000-4000-8000-${id.padStart(12, '0')}`;

/** The order that a configuration stands for. @throws Refused. */
export function termsOf(configuration: unknown): {
  readonly terms: OrderTerms;
  readonly quantity: DecimalString;
  readonly timeInForce: TimeInForce;
} {
  const [entry] = Object.entries(configuration as Readonly<Record<string, Readonly<Record<string, unknown>>>>);
  if (entry === undefined) throw new Refused('PREVIEW_INVALID_ORDER_CONFIG');
  const [name, sized] = entry;
  const quantity = amount(sized, 'base_size');
  switch (name) {
    case 'market_market_ioc':
      return { terms: { type: 'market' }, quantity, timeInForce: 'IOC' };
    case 'limit_limit_gtc': {
      const terms = { type: 'limit', price: amount(sized, 'limit_price') } as const;
      return {
        terms: sized['post_only'] === true ? { ...terms, postOnly: true } : terms,
        quantity,
        timeInForce: 'GTC',
      };
    }
    case 'sor_limit_ioc':
    case 'limit_limit_fok': {
      const timeInForce = name === 'sor_limit_ioc' ? 'IOC' : 'FOK';
      return { terms: { type: 'limit', price: amount(sized, 'limit_price') }, quantity, timeInForce };
    }
    case 'stop_limit_stop_limit_gtc': {
      const [price, stopPrice] = [amount(sized, 'limit_price'), amount(sized, 'stop_price')];
      return { terms: { type: 'stop-limit', price, stopPrice }, quantity, timeInForce: 'GTC' };
    }
    default:
      throw new Refused('UNSUPPORTED_ORDER_CONFIGURATION');
  }
}

function amount(sized: Readonly<Record<string, unknown>>, name: string): DecimalString {
  const value = sized[name];
  if (typeof value !== 'string' || !isDecimalString(value)) throw new Refused('PREVIEW_INVALID_ORDER_CONFIG');
  return value;
}

function configurationOf({ terms, quantity, timeInForce, side }: SimOrder): object {
  const sized = { base_size: quantity };
  switch (terms.type) {
    case 'limit':
      if (timeInForce === 'IOC') return { sor_limit_ioc: { ...sized, limit_price: terms.price } };
      if (timeInForce === 'FOK') return { limit_limit_fok: { ...sized, limit_price: terms.price } };
      return { limit_limit_gtc: { ...sized, limit_price: terms.price, post_only: terms.postOnly === true } };
    case 'stop-limit':
      return {
        stop_limit_stop_limit_gtc: {
          ...sized,
          limit_price: terms.price,
          stop_price: terms.stopPrice,
          stop_direction: side === 'buy' ? 'STOP_DIRECTION_STOP_UP' : 'STOP_DIRECTION_STOP_DOWN',
        },
      };
    case 'market':
    case 'stop':
    case 'trailing-stop':
    case 'trailing-stop-limit':
      // Nobody can place the last three here.
      return { market_market_ioc: sized };
  }
}

const STATUS = {
  open: 'OPEN',
  filled: 'FILLED',
  cancelled: 'CANCELLED',
  expired: 'EXPIRED',
  rejected: 'FAILED',
} as const;

/** What immediate orders leave is cancelled here: EXPIRED is for those whose day has come. */
export function statusOf({ state, terms, timeInForce }: SimOrder): string {
  const immediate = terms.type === 'market' || timeInForce === 'IOC' || timeInForce === 'FOK';
  return state === 'expired' && immediate ? STATUS.cancelled : STATUS[state];
}

/** Somebody else's order, placed by hand, bears an id that Coinbase's own page made. */
export const clientIdOf = ({ clientOrderId, id }: SimOrder): string => clientOrderId ?? uuidOf('client', id);

export function orderView(order: SimOrder): object {
  const { terms } = order;
  return {
    order_id: uuidOf('order', order.id),
    product_id: productOf(order.instrument),
    client_order_id: clientIdOf(order),
    order_configuration: configurationOf(order),
    side: order.side.toUpperCase(),
    status: statusOf(order),
    created_time: instant(order.receivedAt),
    filled_size: order.filled,
    completion_percentage: dec(order.filled).div(order.quantity).mul(100).toFixed(2),
    size_in_quote: false,
    order_type: terms.type === 'stop-limit' ? 'STOP_LIMIT' : terms.type.toUpperCase(),
    trigger_status:
      terms.type === 'stop-limit' ? (order.triggered ? 'STOP_TRIGGERED' : 'STOP_PENDING') : 'INVALID_ORDER_TYPE',
    reject_reason: 'REJECT_REASON_UNSPECIFIED',
    cancel_message: order.endReason ?? '',
    product_type: 'SPOT',
  };
}

export function fillView(fill: SimFill): object {
  return {
    entry_id: uuidOf('fill', fill.id),
    trade_id: uuidOf('fill', fill.id),
    order_id: uuidOf('order', fill.orderId),
    trade_time: instant(fill.at),
    sequence_timestamp: instant(fill.at),
    trade_type: 'FILL',
    price: fill.price,
    size: fill.quantity,
    commission: fill.fee,
    product_id: productOf(fill.instrument),
    liquidity_indicator: fill.liquidity.toUpperCase(),
    size_in_quote: false,
    side: fill.side.toUpperCase(),
  };
}

export function productView({ instrument: i }: SimListing): object {
  return {
    product_id: productOf(i.id),
    base_currency_id: i.baseAsset,
    quote_currency_id: i.quoteAsset,
    price_increment: i.tick,
    quote_increment: i.tick,
    base_increment: i.lot,
    base_min_size: i.minQuantity,
    quote_min_size: i.minNotional,
    status: 'online',
    product_type: 'SPOT',
    ...{ is_disabled: false, trading_disabled: false, cancel_only: false, limit_only: false, post_only: false },
    ...{ auction_mode: false, view_only: false },
  };
}
