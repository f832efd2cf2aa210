import * as ccxt from 'ccxt';
import type { Millis } from '../../domain/clock/instant';
import type { VenueRejectCode } from '../../domain/order/broker';
import { RateLimited } from '../../domain/order/rate-gate';
import { BrokerError, NotSent } from './broker-error';
import type { ErrorOutcome, WirePhase } from './broker-error';

/** What is known of one request when it failed. */
export interface WireRecord {
  phase: WirePhase;
  status: number | undefined;
  /** The answer's body as it came. */
  body: string | undefined;
  retryAfter: Millis | undefined;
}

/** What a venue's own codes mean. A code stands in at most one list; all others go by the class that ccxt gives them. */
export interface VenueCodes {
  /** The code in an answer, if it has one. */
  codeOf(body: string): string | undefined;
  /** The venue has an order with this client order id: ours may be there. */
  readonly duplicate: ReadonlySet<string>;
  /** Looks final, and is not: the venue itself does not know, or gave up waiting for its own engine. */
  readonly unknown: ReadonlySet<string>;
  /** Certainly not accepted, for a reason that passes: our clock or nonce was off. */
  readonly notAccepted: ReadonlySet<string>;
  readonly rejected: ReadonlyMap<string, VenueRejectCode>;
  /** There is no such order, for a look-up or a cancel. */
  readonly noOrder: ReadonlySet<string>;
  /** Codes or statuses by which the venue sends everybody away for a time that it does not state. */
  readonly blocks?: ReadonlyMap<string, Millis>;
}

type Verdict = { readonly outcome: ErrorOutcome; readonly code?: VenueRejectCode };

const REJECTED_BY_CLASS: readonly (readonly [new (...args: never[]) => Error, VenueRejectCode])[] = [
  [ccxt.InsufficientFunds, 'insufficient_funds'],
  [ccxt.OrderImmediatelyFillable, 'would_take_liquidity'],
  [ccxt.MarketClosed, 'instrument_closed'],
  [ccxt.NotSupported, 'not_supported'],
  [ccxt.BadSymbol, 'not_supported'],
  [ccxt.AuthenticationError, 'account_refused'],
  [ccxt.InvalidOrder, 'invalid_order'],
  [ccxt.BadRequest, 'invalid_order'],
  [ccxt.ArgumentsRequired, 'invalid_order'],
];

/**
 * The meaning of a failed request, first by how far it got, then by the venue's own code, and only then by the class that
 * ccxt made of it: a class alone cannot tell a refused connection from a lost answer.
 */
export function classify(
  error: unknown,
  record: WireRecord,
  codes: VenueCodes,
  redact: (text: string) => string,
): BrokerError {
  const venueCode = (record.body === undefined ? undefined : codes.codeOf(record.body)) ?? fallbackCode(error, record);
  const { outcome, code } = verdictOf(error, record, codes, venueCode);
  return new BrokerError({
    phase: record.phase,
    outcome,
    venueCode,
    message: redact(messageOf(error, record)),
    ...(code === undefined ? {} : { code }),
    ...(record.retryAfter === undefined ? {} : { retryAfter: record.retryAfter }),
  });
}

function verdictOf(error: unknown, record: WireRecord, codes: VenueCodes, venueCode: string): Verdict {
  if (record.phase === 'none' || error instanceof NotSent || error instanceof RateLimited) return { outcome: 'none' };
  if (record.phase === 'sent') return { outcome: 'unknown' };
  if (codes.duplicate.has(venueCode)) return { outcome: 'rejected', code: 'duplicate_client_order_id' };
  if (codes.unknown.has(venueCode)) return { outcome: 'unknown' };
  if (codes.notAccepted.has(venueCode)) return { outcome: 'none' };
  const code = codes.rejected.get(venueCode);
  if (code !== undefined) return { outcome: 'rejected', code };
  return byStatusAndClass(error, record.status ?? 0);
}

/** No venue guarantees that a request over its limit was not accepted, nor what a server error means. */
function byStatusAndClass(error: unknown, status: number): Verdict {
  if (status >= 500 || status === 429 || status === 418) return { outcome: 'unknown' };
  const known = REJECTED_BY_CLASS.find(([type]) => error instanceof type);
  return known ? { outcome: 'rejected', code: known[1] } : { outcome: 'unknown' };
}

function fallbackCode(error: unknown, { status }: WireRecord): string {
  if (status !== undefined && status >= 400) return String(status);
  return error instanceof Error ? error.name : 'error';
}

/** A venue's words if it said some, else what went wrong on the way. */
function messageOf(error: unknown, { body, phase }: WireRecord): string {
  if (body !== undefined && body.trim() !== '') return body;
  const words = error instanceof Error ? error.message : String(error);
  return phase === 'sent' ? `no readable answer: ${words}` : words;
}
