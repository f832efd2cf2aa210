import type { Millis } from '../../domain/clock/instant';

/** A limit on how much may happen in any window of time. */
export interface Limit {
  readonly count: number;
  readonly per: Millis;
}

/**
 * When something that counts `weight` may happen under limits that all hold. Events are given in the order of their
 * times; what is older than the longest window is forgotten.
 */
export class Pacer {
  private readonly taken: { readonly at: Millis; readonly weight: number }[] = [];

  /** @param limits at least one */
  constructor(private readonly limits: readonly Limit[]) {}

  /** Takes its place at the first moment from `now` on at which every limit holds, and answers that moment. */
  take(now: Millis, weight = 1): Millis {
    let at = Math.max(now, this.taken.at(-1)?.at ?? now);
    for (let moved = true; moved;) {
      moved = false;
      for (const limit of this.limits) {
        const free = this.freeAt(limit, at, weight);
        moved ||= free > at;
        at = Math.max(at, free);
      }
    }
    this.taken.push({ at, weight });
    const longest = Math.max(...this.limits.map(({ per }) => per));
    while ((this.taken[0]?.at ?? at) <= now - longest) this.taken.shift();
    return at;
  }

  /** The first moment from `at` on at which this limit has room for `weight`. */
  private freeAt({ count, per }: Limit, at: Millis, weight: number): Millis {
    let room = count - weight;
    for (let index = this.taken.length - 1; index >= 0; index -= 1) {
      const one = this.taken[index];
      if (one === undefined || one.at <= at - per) break;
      room -= one.weight;
      if (room < 0) return one.at + per;
    }
    return at;
  }
}

/** TWS takes 50 messages a second of one client and then closes the line: a fifth is left. Source: TWS API, "Pacing". */
export const MESSAGE_LIMITS: readonly Limit[] = [{ count: 40, per: 1_000 }];
