import type { Millis } from '../../domain/clock/instant';
import type { VenueRejectCode } from '../../domain/order/broker';

/** How far a request got: `none` no byte left us, `sent` no answer came, `answered` the venue said something. */
export type WirePhase = 'none' | 'sent' | 'answered';

/**
 * What a failed request means for what it asked: `none` it was certainly not acted on, `rejected` the venue refused it
 * and says why, `unknown` nobody knows.
 */
export type ErrorOutcome = 'none' | 'rejected' | 'unknown';

/** A request to a venue that did not end well. Messages are redacted: no key, signature or token is in them. */
export class BrokerError extends Error {
  readonly phase: WirePhase;
  readonly outcome: ErrorOutcome;
  /** Of a rejection. */
  readonly code: VenueRejectCode | undefined;
  /** The venue's own code, or the HTTP status, or the name of the failure. */
  readonly venueCode: string;
  /** How long the venue wants us to stay away; undefined when it did not say. */
  readonly retryAfter: Millis | undefined;

  constructor(facts: {
    readonly phase: WirePhase;
    readonly outcome: ErrorOutcome;
    readonly venueCode: string;
    readonly message: string;
    readonly code?: VenueRejectCode;
    readonly retryAfter?: Millis;
  }) {
    super(facts.message);
    this.name = 'BrokerError';
    this.phase = facts.phase;
    this.outcome = facts.outcome;
    this.code = facts.code;
    this.venueCode = facts.venueCode;
    this.retryAfter = facts.retryAfter;
  }
}

/** Thrown by a check of the signed request: nothing was sent. */
export class NotSent extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'NotSent';
  }
}
