import type { DecimalString } from '../money/decimal';
import type { Instant, Millis } from '../clock/instant';
import type { Instrument, InstrumentId } from '../instrument/instrument';
import type { ClientOrderId, Fill, OrderRequest, OrderType, VenueOrder } from './order';

/** Codes a venue's refusal is translated to; branch on these, never on a message. */
export const VENUE_REJECT_CODES = [
  'insufficient_funds',
  'invalid_order',
  'instrument_closed',
  'would_trigger_immediately',
  'duplicate_client_order_id',
  'request_expired',
  'not_supported',
  'account_refused',
] as const;
export type VenueRejectCode = (typeof VENUE_REJECT_CODES)[number];

/**
 * The outcome of one attempt to submit. `not-sent` is certain: no byte of the order left. `unknown` is everything that
 * is neither an answer of the venue nor certain silence: a timeout, a lost line, an unreadable reply.
 */
export type SubmitOutcome =
  | { readonly kind: 'acked'; readonly order: VenueOrder; readonly fills: readonly Fill[] }
  | { readonly kind: 'rejected'; readonly code: VenueRejectCode; readonly venueCode: string; readonly message: string }
  | { readonly kind: 'not-sent'; readonly message: string }
  | { readonly kind: 'unknown'; readonly message: string };

/** A three-valued look-up: only `not-found` says that every place was searched and the order is in none of them. */
export type Lookup =
  | { readonly kind: 'found'; readonly order: VenueOrder; readonly fills: readonly Fill[] }
  | { readonly kind: 'not-found' }
  | { readonly kind: 'inconclusive'; readonly message: string };

/** A cancel is a request: only the order's terminal state, read later, says what became of it. */
export type CancelOutcome =
  | {
      readonly kind: 'requested';
      /** The order with all its fills as it stands after the cancel, from a venue that answers with it. */
      readonly shown?: Extract<Lookup, { kind: 'found' }>;
    }
  | { readonly kind: 'too-late' }
  | { readonly kind: 'unknown'; readonly message: string };

/** How a venue's silence is to be read. */
export interface VenueTimings {
  /** How long after its send a request may still be accepted by the venue. */
  readonly validityWindow: Millis;
  /** How much later than the truth the venue's queries may be. */
  readonly readLag: Millis;
  /** How long the venue can still show an order, in every state that it may have reached. */
  readonly retention: Millis;
  /** Highest difference between the venue's clock and ours. */
  readonly clockSkew: Millis;
}

/** What the guard of an attempt decides immediately before the first byte leaves. */
export interface SendPermit {
  /** Real time after which the venue must refuse the request. */
  readonly validUntil: Instant;
  /**
   * To be awaited as the last thing before the send. False: the permit is gone and nothing may be sent; the adapter
   * then answers `not-sent`.
   */
  stillValid(): Promise<boolean>;
}

/** A snapshot of what the venue shows of our orders. */
export interface VenueSnapshot {
  readonly orders: readonly VenueOrder[];
  readonly fills: readonly Fill[];
  /** Where the next poll goes on; opaque. */
  readonly cursor: string;
}

/** One account's funds by the venue's own count, in account currency. */
export interface VenueBalance {
  readonly cash: DecimalString;
  readonly currency: string;
}

/**
 * One account at one venue. Adapters translate; they hold no trading rule. Every call may be repeated; a broken line
 * is an outcome (`unknown`, `inconclusive`) for submit, find and cancel, and an exception for the rest.
 */
export interface Broker {
  readonly venue: string;
  readonly timings: VenueTimings;
  /** Which order types this venue itself can rest; a stop that is missing here is emulated and labelled so. */
  readonly nativeTypes: ReadonlySet<OrderType>;
  instruments(): Promise<readonly Instrument[]>;
  submit(request: OrderRequest, permit: SendPermit): Promise<SubmitOutcome>;
  find(clientOrderId: ClientOrderId, instrument: InstrumentId): Promise<Lookup>;
  cancel(clientOrderId: ClientOrderId, instrument: InstrumentId): Promise<CancelOutcome>;
  /** Orders that work now, and orders and fills that changed since `cursor` (undefined: everything retained). */
  poll(cursor: string | undefined): Promise<VenueSnapshot>;
  balance(): Promise<VenueBalance>;
}
