import type { DecimalString } from '../money/decimal';
import type { Instant } from '../clock/instant';
import type { InstrumentId } from '../instrument/instrument';

export type ClientOrderId = string & { readonly __brand: 'ClientOrderId' };
export type Side = 'buy' | 'sell';
/** `GTD` is good until a date, `OPG` only for the next opening auction, `DAY` for the session. */
export const TIMES_IN_FORCE = ['GTC', 'IOC', 'FOK', 'DAY', 'GTD', 'OPG'] as const;
export type TimeInForce = (typeof TIMES_IN_FORCE)[number];
export const ORDER_TYPES = ['market', 'limit', 'stop', 'stop-limit', 'trailing-stop', 'trailing-stop-limit'] as const;
export type OrderType = (typeof ORDER_TYPES)[number];

/** How far a trailing stop stays behind the best price: basis points of it, or an amount in quote currency. */
export type TrailDistance = { readonly trailBps: number } | { readonly trailAmount: DecimalString };

/**
 * The price terms of an order, in quote currency. A stop triggers at `stopPrice` and is then a market order. A limit that
 * is `postOnly` never takes liquidity: the venue refuses it where it would. A trailing stop follows the best price since
 * its acceptance at its distance, only ever towards the market, and is then a market order; one with a `stopPrice` stands
 * there at first, until its distance leads it further. A trailing stop-limit is then a limit, `limitOffset` beyond its
 * stop: below it for a sell, above it for a buy.
 */
export type OrderTerms =
  | { readonly type: 'market' }
  | { readonly type: 'limit'; readonly price: DecimalString; readonly postOnly?: true }
  | { readonly type: 'stop'; readonly stopPrice: DecimalString }
  | { readonly type: 'stop-limit'; readonly stopPrice: DecimalString; readonly price: DecimalString }
  | ({ readonly type: 'trailing-stop'; readonly stopPrice?: DecimalString } & TrailDistance)
  | ({
      readonly type: 'trailing-stop-limit';
      readonly stopPrice: DecimalString;
      readonly limitOffset: DecimalString;
    } & TrailDistance);

/** The trigger price that the terms name, if they name one; of a trailing stop, where it stands at first. */
export function stopPriceOf(terms: OrderTerms): DecimalString | undefined {
  return 'stopPrice' in terms ? terms.stopPrice : undefined;
}

/** Basis points of a trailing order that names its distance so. */
export function trailBpsOf(terms: OrderTerms): number | undefined {
  return 'trailBps' in terms ? terms.trailBps : undefined;
}

/** Distance in quote currency of a trailing order that names it so. */
export function trailAmountOf(terms: OrderTerms): DecimalString | undefined {
  return 'trailAmount' in terms ? terms.trailAmount : undefined;
}

/** True for orders whose stop moves at the venue. */
export function isTrailing(type: OrderType): boolean {
  return type === 'trailing-stop' || type === 'trailing-stop-limit';
}

/** What is sent to a venue: everything that the order means, and nothing that may differ between two attempts. */
export interface OrderRequest {
  readonly clientOrderId: ClientOrderId;
  readonly account: string;
  readonly instrument: InstrumentId;
  readonly side: Side;
  /** Units of the base asset, above 0. */
  readonly quantity: DecimalString;
  readonly terms: OrderTerms;
  readonly timeInForce: TimeInForce;
  /** Of a GTD order, and of no other: when it ends, to the second. */
  readonly goodTill?: Instant;
  /** It works before and after the regular session too. */
  readonly outsideRegularHours?: true;
}

/**
 * What an order asks of a venue beyond its type: each has its own line in an adapter's table of capabilities. An anchored
 * trailing stop is one that follows at an amount, or begins at a named level.
 */
export const ORDER_KINDS = [
  'market',
  'limit',
  'post-only',
  'ioc',
  'fok',
  'stop',
  'stop-limit',
  'trailing-stop',
  'anchored-trailing-stop',
  'trailing-stop-limit',
] as const;
export type OrderKind = (typeof ORDER_KINDS)[number];

/** The kind of an order. Time in force decides only for limits: a market order is immediate anyway. */
export function orderKind({ terms, timeInForce }: Pick<OrderRequest, 'terms' | 'timeInForce'>): OrderKind {
  if (terms.type === 'trailing-stop')
    return 'trailAmount' in terms || terms.stopPrice !== undefined ? 'anchored-trailing-stop' : 'trailing-stop';
  if (terms.type !== 'limit') return terms.type;
  if (terms.postOnly) return 'post-only';
  if (timeInForce === 'IOC') return 'ioc';
  return timeInForce === 'FOK' ? 'fok' : 'limit';
}

/** Where to look for an order that the journal has: all that a venue's queries may need. */
export interface OrderRef {
  readonly clientOrderId: ClientOrderId;
  readonly instrument: InstrumentId;
  readonly type: OrderType;
  /** Null while the venue has not shown the order. */
  readonly venueOrderId: string | null;
  /** When its journal row was written: no order of this id is older. */
  readonly createdAt: Instant;
}

/**
 * `created` journalled, no live attempt; `sending` an attempt is under way; `unknown` its outcome is not known;
 * `open` and `partial` work at the venue; the rest are terminal: `unsent` was given up before anything left.
 */
export const ORDER_STATES = [
  'created',
  'sending',
  'unknown',
  'open',
  'partial',
  'filled',
  'cancelled',
  'expired',
  'rejected',
  'unsent',
] as const;
export type OrderState = (typeof ORDER_STATES)[number];

/** What a venue says of an order's life. */
export type VenueOrderState = 'open' | 'filled' | 'cancelled' | 'expired' | 'rejected';

/** An order as the venue shows it. */
export interface VenueOrder {
  readonly venueOrderId: string;
  readonly clientOrderId: ClientOrderId;
  readonly instrument: InstrumentId;
  readonly side: Side;
  readonly quantity: DecimalString;
  readonly type: OrderType;
  readonly state: VenueOrderState;
  /** Cumulative filled quantity by the venue's own count. */
  readonly filledQuantity: DecimalString;
  /** Where a trailing order's stop stands; left out where the venue does not tell, and for every other type. */
  readonly stopPrice?: DecimalString;
  /** When the venue received it, by the venue's own real-time clock. */
  readonly receivedAt: Instant;
}

/** One execution. Identity: venue, account, instrument, venue order id and venue fill id. */
export interface Fill {
  readonly venueFillId: string;
  readonly venueOrderId: string;
  /** Undefined where the venue does not echo it. */
  readonly clientOrderId?: ClientOrderId;
  readonly instrument: InstrumentId;
  readonly side: Side;
  readonly quantity: DecimalString;
  readonly price: DecimalString;
  /** A cost is positive, a rebate negative, in units of `feeAsset`. */
  readonly fee: DecimalString;
  readonly feeAsset: string;
  readonly liquidity: 'maker' | 'taker';
  /** Market time: the print's, or the order's own where it met a print that was already on the tape. */
  readonly marketAt: Instant;
  /** Of a venue that corrects executions: the highest one counts, whatever order they come in. 0 unless told. */
  readonly revision?: number;
}
