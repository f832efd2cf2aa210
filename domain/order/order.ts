import type { DecimalString } from '../money/decimal';
import type { Instant } from '../clock/instant';
import type { InstrumentId } from '../instrument/instrument';

export type ClientOrderId = string & { readonly __brand: 'ClientOrderId' };
export type Side = 'buy' | 'sell';
export type TimeInForce = 'GTC' | 'IOC' | 'FOK' | 'DAY';
export const ORDER_TYPES = ['market', 'limit', 'stop', 'stop-limit'] as const;
export type OrderType = (typeof ORDER_TYPES)[number];

/** The price terms of an order, in quote currency. A stop triggers at `stopPrice` and is then a market order. */
export type OrderTerms =
  | { readonly type: 'market' }
  | { readonly type: 'limit'; readonly price: DecimalString }
  | { readonly type: 'stop'; readonly stopPrice: DecimalString }
  | { readonly type: 'stop-limit'; readonly stopPrice: DecimalString; readonly price: DecimalString };

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
}
