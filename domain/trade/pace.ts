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

/** What an attempt to send an order led to; `refused` is the fence's word, `rejected` the venue's. */
export type SendResult = 'acked' | 'rejected' | 'not-sent' | 'unknown' | 'refused';

/** An order that got through, or must follow at once: slowed down only when a venue keeps taking orders and dropping them. */
const SENT: PaceRule = { free: 3, first: 250, most: 10_000 };
const FAILED: Readonly<Record<'entry' | 'stop' | 'exit', PaceRule>> = {
  entry: { free: 0, first: 1_000, most: 30_000 },
  stop: { free: 0, first: 1_000, most: 10_000 },
  exit: { free: 0, first: 5_000, most: 30_000 },
};
/** Each further try of an exit takes the stops away for a moment. */
const REJECTED_EXIT: PaceRule = { free: 0, first: 5_000, most: 300_000 };

/** A cancel that did not end its order yet. */
export const CANCEL_PACE: PaceRule = { free: 0, first: 1_000, most: 30_000 };
/** A look-up that proved nothing yet; the venue's own times come on top. */
export const RESOLVE_PACE: PaceRule = { free: 3, first: 100, most: 10_000 };

/** How soon the next order of a leg may follow one that was tried. What only lacked room, or must leave at market, follows at once. */
export function orderPace(kind: 'entry' | 'stop' | 'exit', result: SendResult, code: string | null): PaceRule {
  if (result === 'acked' || result === 'unknown') return SENT;
  if (code === 'would_trigger_immediately' || code === 'over_capacity') return SENT;
  return kind === 'exit' && result === 'rejected' ? REJECTED_EXIT : FAILED[kind];
}

/** The pace after one more try at real time `now`. Twice the longest delay without a try forgets the earlier ones. */
export function paceAfter(before: Pace | undefined, now: EpochMillis, rule: PaceRule): Pace {
  const calm = before === undefined || now - before.notBefore > 2 * rule.most;
  const tries = calm ? 1 : before.tries + 1;
  const doublings = tries - rule.free - 1;
  const delay = doublings < 0 ? 0 : Math.min(rule.most, rule.first * 2 ** Math.min(doublings, 40));
  return { tries, notBefore: now + delay };
}
