import { kraken } from 'ccxt';
import type { Millis } from '../../../domain/clock/instant';

/** Kraken takes deadlines from two to sixty seconds ahead of its clock, which is known to half a second. */
const SHORTEST_DEADLINE: Millis = 2_500;
const LONGEST_DEADLINE: Millis = 59_000;
/** The deadline's share of the validity; the rest is what may pass between the fence and the signature. */
const DEADLINE_SHARE = 0.6;

type Signed = ReturnType<kraken['sign']>;

/**
 * ccxt's Kraken with two rules of ours: nonces that never repeat within a millisecond, and a deadline in each order, after
 * which its engine refuses it. Both are taken at the moment of the signature.
 */
export class FencedKraken extends kraken {
  private lastNonce = 0;
  private readonly deadline: Millis;

  /** @throws RangeError when the validity leaves no deadline that Kraken would take. */
  constructor(config: object, validityWindow: Millis) {
    super(config);
    this.deadline = Math.min(LONGEST_DEADLINE, Math.floor(validityWindow * DEADLINE_SHARE));
    if (this.deadline < SHORTEST_DEADLINE) {
      const least = Math.ceil(SHORTEST_DEADLINE / DEADLINE_SHARE);
      throw new RangeError(`kraken takes no deadline that soon: validityWindow must be at least ${least} ms`);
    }
  }

  /**
   * By our own clock: a nonce only has to grow, also from one process to the next, and the difference to Kraken's clock,
   * which tells whole seconds, is measured anew by each.
   */
  override nonce(): number {
    this.lastNonce = Math.max(this.lastNonce + 1, this.milliseconds());
    return this.lastNonce;
  }

  override sign(...[path, api, method, params, headers, body]: Parameters<kraken['sign']>): Signed {
    if (path !== 'AddOrder') return super.sign(path, api, method, params, headers, body);
    const deadline = new Date(super.nonce() + this.deadline).toISOString();
    return super.sign(path, api, method, { ...params, deadline }, headers, body);
  }
}
