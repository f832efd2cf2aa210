import type { Exchange } from 'ccxt';
import type { EpochMillis, Millis } from '../../domain/clock/instant';
import type { Instrument, InstrumentId } from '../../domain/instrument/instrument';
import type {
  Capabilities,
  KeyRights,
  ListedOrder,
  VenueBalance,
  VenueRejectCode,
  VenueTimings,
} from '../../domain/order/broker';
import type { Fill, OrderRef, OrderRequest, VenueOrder } from '../../domain/order/order';
import type { Quote } from '../../domain/signal/market-data';
import type { VenueCodes } from './classify';
import type { StreamDialect } from './stream';
import type { SignedRequest, VenueLine } from './venue-line';

export const CCXT_VENUES = ['binance', 'coinbase', 'kraken', 'okx', 'bybit'] as const;
export type CcxtVenue = (typeof CCXT_VENUES)[number];

/** What a key is made of; `password` only where the venue has one (OKX calls it passphrase). */
export interface Credentials {
  readonly apiKey: string;
  readonly secret: string;
  readonly password?: string;
}

/** Which end of a venue an account speaks to. */
export interface VenueEnd {
  readonly credentials: Credentials;
  readonly mode: 'sandbox' | 'live';
  /** Origin that takes the place of the venue's own, such as `http://127.0.0.1:9000`; for simulators only. */
  readonly baseUrl?: string;
  readonly streamUrl?: string;
  /** How long a request may still be accepted: what the dialect tells the venue. */
  readonly validityWindow: Millis;
}

/** A raw endpoint of ccxt with the parameters of one order: everything that the venue is to be told. */
export interface OrderCall {
  readonly endpoint: string;
  readonly params: Readonly<Record<string, unknown>>;
  readonly weight: number;
}

/** What the signed bytes of an order say, read back from them. */
export interface SignedOrder {
  /** All parameters of the order, as they stand in the request. */
  readonly params: Readonly<Record<string, unknown>>;
  /** Venue time after which the venue refuses the request; undefined where the venue has no such rule. */
  readonly expiresAt?: EpochMillis;
}

/** An order with what it filled, as the venue shows it now. Times are the venue's own. */
export interface Shown {
  readonly order: VenueOrder;
  readonly fills: readonly Fill[];
  /** Why the venue threw the order out after it had taken it: some venues refuse so what others refuse at once. */
  readonly refusal?: { readonly code: VenueRejectCode; readonly venueCode: string };
}

/**
 * How one venue speaks. Pure where it can be (`orderCall`, `readSigned`), otherwise a translation of raw endpoints.
 * Every method that asks throws BrokerError; `undefined` of a look-up is an answer of the venue and never a failure.
 */
export interface Dialect {
  readonly venue: CcxtVenue;
  readonly timings: VenueTimings;
  readonly capabilities: Capabilities;
  readonly codes: VenueCodes;
  readonly stream: StreamDialect;
  /** True when private requests must reach the venue in the order in which they were signed. */
  readonly inSequence: boolean;
  /**
   * True where a stop that the market has passed already is not refused but waits for the market to come back: such a stop
   * is compared with the last price before it is sent.
   */
  readonly stopsFireFromEitherSide?: true;
  /** The ccxt class for one end of the venue. @throws RangeError when the venue has no such end. */
  exchange(end: VenueEnd): Exchange;
  serverTime(line: VenueLine): Promise<EpochMillis>;
  /** Filters of the given instruments; one that the venue does not list is left out. */
  instruments(line: VenueLine, ids: readonly InstrumentId[]): Promise<readonly Instrument[]>;
  /** Why an order of a kind that the venue has cannot be told to it as it is meant; undefined when it can. */
  cannot?(request: OrderRequest): string | undefined;
  orderCall(request: OrderRequest, instrument: Instrument): OrderCall;
  /** Reads the bytes that are about to leave, so that what was signed is what was journalled. @throws NotSent. */
  readSigned(signed: SignedRequest): SignedOrder;
  /** Headers that the venue wants and ccxt does not send, given the venue time after which the request is void. */
  headers?(expiresAt: EpochMillis): Readonly<Record<string, string>>;
  /** What the answer to an order says. @throws BrokerError `unknown` for an answer that names no order. */
  placed(answer: unknown, request: OrderRequest): { readonly venueOrderId: string; readonly shown?: Shown };
  /** Looks in every place where the venue can show the order; undefined when it is in none of them. */
  find(line: VenueLine, ref: OrderRef): Promise<Shown | undefined>;
  /** Whose an order is, by the venue's id; null when it bears no client id or is not shown any more. */
  clientIdOf(line: VenueLine, instrument: InstrumentId, venueOrderId: string): Promise<string | null>;
  cancel(line: VenueLine, ref: OrderRef): Promise<'requested' | 'too-late'>;
  /** Working orders of the given instruments, from all books. */
  openOrders(line: VenueLine, ids: readonly InstrumentId[]): Promise<readonly ListedOrder[]>;
  /** Executions at or after a venue time, oldest first; all pages. */
  fillsSince(line: VenueLine, ids: readonly InstrumentId[], since: EpochMillis): Promise<readonly Fill[]>;
  balances(line: VenueLine): Promise<readonly VenueBalance[]>;
  quote(line: VenueLine, id: InstrumentId): Promise<Quote | undefined>;
  keyRights(line: VenueLine): Promise<KeyRights>;
}
