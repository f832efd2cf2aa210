import type { DecimalString } from '../money/decimal';
import type { Instant, Millis } from '../clock/instant';
import type { Instrument, InstrumentId } from '../instrument/instrument';
import type { Quote } from '../signal/market-data';
import type { RateShare } from './rate-gate';
import type { Fill, OrderKind, OrderRef, OrderRequest, VenueOrder } from './order';

/** Codes a venue's refusal is translated to; branch on these, never on a message. */
export const VENUE_REJECT_CODES = [
  'insufficient_funds',
  'invalid_order',
  'instrument_closed',
  'would_trigger_immediately',
  'would_take_liquidity',
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
  /** Highest difference between the venue's clock and ours, after what the adapter corrects by measurement. */
  readonly clockSkew: Millis;
  /** How long the watcher waits between two polls when nothing hints at a change. */
  readonly pollEvery: Millis;
}

/**
 * What a venue does with a kind of order: `native` rests there; `emulated` is refused as `not_supported` before anything
 * is sent, and the trade's watcher stands in for it, labelled so; `none` is refused and nobody stands in.
 */
export type Support = 'native' | 'emulated' | 'none';
export type Capabilities = Readonly<Record<OrderKind, Support>>;

/** What the guard of an attempt decides immediately before the first byte leaves. */
export interface SendPermit {
  /** Real time after which the venue must refuse the request. */
  readonly validUntil: Instant;
  /** Whose part of the request budget the order uses; an entry's unless told. */
  readonly share?: RateShare;
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

/** One asset of an account by the venue's own count, in units of the asset. */
export interface VenueBalance {
  readonly asset: string;
  readonly free: DecimalString;
  /** Held by working orders. */
  readonly locked: DecimalString;
}

/** What an account holds of an instrument by the venue's own count, in units; negative when short. */
export interface VenuePosition {
  /** Our id; of a contract that the account does not trade the name that the venue gives it. */
  readonly instrument: InstrumentId;
  readonly quantity: DecimalString;
  /** The account does not trade it: it is reported, and never adopted. */
  readonly foreign?: true;
}

/** A figure that the venue itself works out of an account, such as its buying power. */
export interface VenueValue {
  /** The venue's own word for it. */
  readonly name: string;
  /** Null where the venue states that it has none now, or does not state it. */
  readonly amount: DecimalString | null;
  readonly currency: string;
}

/** A working order at the venue, ours or not. */
export interface ListedOrder extends Omit<VenueOrder, 'clientOrderId'> {
  /** As the venue shows it; null when whoever placed the order gave none. */
  readonly clientOrderId: string | null;
}

/** What a venue says that the account's key may do; null where it does not tell. */
export interface KeyRights {
  readonly trade: boolean | null;
  readonly withdraw: boolean | null;
  /** When the key was made, and when it ends by itself; left out where the venue does not tell, or it never ends. */
  readonly madeAt?: Instant;
  readonly expiresAt?: Instant;
}

/** Kinds of contracts that are traded where symbols are ambiguous; anything else is refused by its name. */
export const CONTRACT_KINDS = ['stock', 'future'] as const;
export type ContractKind = (typeof CONTRACT_KINDS)[number];

/** A contract that a search at a venue found. */
export interface ContractCandidate {
  /** Names it without doubt. */
  readonly conId: number;
  readonly symbol: string;
  /** The exchange's own name of it: a future's with its month, such as `ESZ6`. */
  readonly localSymbol: string;
  /** Of several products that share a symbol, which one. */
  readonly tradingClass: string;
  readonly kind: ContractKind;
  readonly exchange: string;
  readonly primaryExchange: string;
  readonly currency: string;
  /** Of a future, `YYYY-MM-DD`; null where there is none. */
  readonly lastTradingDay: string | null;
  /** Of a future: currency that one unit gains when the price rises by 1; null where there is none. */
  readonly multiplier: DecimalString | null;
  readonly description: string;
}

/** Told what a venue's streams carry. Everything is a hint: what counts is what a poll shows afterwards. */
export interface StreamSink {
  /** Something of the account's orders or fills changed, or the stream is new: poll now. */
  changed(): void;
  quote(quote: Quote): void;
  /** A line went up or down; `why` is for people. */
  line(name: 'account' | 'quotes', up: boolean, why: string): void;
}

/** Open streams of one account; they reconnect by themselves until closed. */
export interface VenueStream {
  /** Which instruments to send quotes of from now on. */
  watch(instruments: readonly InstrumentId[]): void;
  close(): void;
}

/**
 * One account at one venue. Adapters translate; they hold no trading rule. Every call may be repeated; a broken line
 * is an outcome (`unknown`, `inconclusive`) for submit, find and cancel, and an exception for the rest.
 */
export interface Broker {
  readonly venue: string;
  readonly timings: VenueTimings;
  readonly capabilities: Capabilities;
  instruments(): Promise<readonly Instrument[]>;
  submit(request: OrderRequest, permit: SendPermit): Promise<SubmitOutcome>;
  find(ref: OrderRef): Promise<Lookup>;
  cancel(ref: OrderRef): Promise<CancelOutcome>;
  /**
   * Orders that work now, and orders and fills that changed since `cursor` (undefined: all that is retained since the
   * account was made). `live` reads the journal's orders that have not ended: a venue that cannot list what ended looks
   * those up one by one.
   */
  poll(cursor: string | undefined, live: () => Promise<readonly OrderRef[]>): Promise<VenueSnapshot>;
  /** Every working order of the account, from all of the venue's books, ours or not. */
  openOrders(): Promise<readonly ListedOrder[]>;
  balances(): Promise<readonly VenueBalance[]>;
  /** What is held by instrument; left out where holdings are balances of assets, as on spot exchanges. */
  positions?(): Promise<readonly VenuePosition[]>;
  /** What the venue works out of the account, for people; left out where it works out nothing. */
  accountValues?(): Promise<readonly VenueValue[]>;
  /** Polls with a memory of their own, for who looks beside the watcher; left out where `poll` remembers nothing. */
  apart?(): Pick<Broker, 'poll'>;
  /** The venue's last price; undefined when it has none. */
  quote(instrument: InstrumentId): Promise<Quote | undefined>;
  /** The venue's clock, as it is. */
  serverTime(): Promise<Instant>;
  /** What the key may do; left out where there is no key. */
  keyRights?(): Promise<KeyRights>;
  /**
   * What a person should know of how the account is set up, such as a contract that is ambiguous; each a sentence. Left
   * out where the venue has nothing of the kind.
   */
  notices?(): Promise<readonly string[]>;
  /** Contracts that a text may mean, of one kind or of all, for people; left out where symbols are never ambiguous. */
  findContracts?(text: string, kind?: ContractKind): Promise<readonly ContractCandidate[]>;
  /** Ends for good what the broker keeps open; left out where that is nothing. */
  close?(): void;
  /** Opens streams that hint at changes; left out where the venue has none. */
  stream?(sink: StreamSink): VenueStream;
}
