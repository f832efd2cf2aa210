import type { Millis } from '../clock/instant';

/**
 * What a request to a venue is for. `safety` (cancels, look-ups, stops, exits, polls of open orders) has a share of the
 * budget that `entry` can never use up.
 */
export type RateShare = 'entry' | 'safety';

/** Thrown when a request may not be made now: the venue told us to stay away, or the wait would be too long. */
export class RateLimited extends Error {
  constructor(
    message: string,
    /** Real time after which a request makes sense again. */
    readonly retryAfter: Millis,
  ) {
    super(message);
    this.name = 'RateLimited';
  }
}

/** The request budget of one account and address, shared by every process that talks to the venue for it. */
export interface RateGate {
  /**
   * Waits until `weight` units (a venue's own measure of a request) are free; with 0, of a request that the venue counts
   * elsewhere, only while the venue told us to stay away. @throws RateLimited instead of a long wait.
   */
  take(share: RateShare, weight: number): Promise<void>;
  /** Nobody sends anything for so long: the venue said so (429 or 418 with Retry-After, 403). */
  block(duration: Millis, why: string): Promise<void>;
}
