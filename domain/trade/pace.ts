import type { EpochMillis, Millis } from '../clock/instant';

/** How fast something may be repeated: some tries at once, then with delays that double up to a bound. */
export interface PaceRule {
  /** Tries before the first delay. */
  readonly free: number;
  readonly first: Millis;
  readonly most: Millis;
}

/** Where the repetition of one thing stands. */
export interface Pace {
  readonly tries: number;
  /** Real time before which it is not to be tried again. */
  readonly notBefore: EpochMillis;
}

/** The pace after one more try at real time `now`. Twice the longest delay without a try forgets the earlier ones. */
export function paceAfter(before: Pace | undefined, now: EpochMillis, rule: PaceRule): Pace {
  const calm = before === undefined || now - before.notBefore > 2 * rule.most;
  const tries = calm ? 1 : before.tries + 1;
  const doublings = tries - rule.free - 1;
  const delay = doublings < 0 ? 0 : Math.min(rule.most, rule.first * 2 ** Math.min(doublings, 40));
  return { tries, notBefore: now + delay };
}
