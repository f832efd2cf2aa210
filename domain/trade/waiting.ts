import { millisOf } from '../clock/instant';
import type { EpochMillis, Millis } from '../clock/instant';
import { dec } from '../money/decimal';
import { isTerminal } from '../order/state';
import { unfilledTimeout } from './entering';
import type { MarketState, TradeFacts } from './facts';
import { wantsExit } from './guard';
import type { Step, StepMemory } from './step';
import { entryOf, isInDoubt } from './trade-orders';

/** Shortest sleep until a moment of the market, and the longest while its clock stands still; real milliseconds. */
const SHORTEST_SLEEP: Millis = 20;
const LONGEST_SLEEP: Millis = 10_000;

/** Nothing to do before an event or this moment. */
export function waitFor(facts: TradeFacts, memory: StepMemory): Step {
  const real = [...Object.values(memory.resolveAfter), ...Object.values(memory.retryAfter)].filter(
    (at) => at > memory.now,
  );
  const market = marketDeadlines(facts).map((at) => realMoment(at, facts.market, memory));
  const all = [...real, ...market];
  return { kind: 'wait', until: all.length > 0 ? Math.min(...all) : null, why: waitReason(facts) };
}

/**
 * The real moment at which the market clock will have come to `at`, in milliseconds. A clock that stands (it waits for a
 * decision or for an order in doubt) is looked at ever less often: each wait in vain doubles the next.
 */
export function realMoment(
  at: EpochMillis,
  market: MarketState,
  memory: Pick<StepMemory, 'now' | 'clockStood'>,
): number {
  const away = (at - millisOf(market.now)) / market.speed;
  const patience = memory.clockStood === 0 ? 0 : Math.min(LONGEST_SLEEP, SHORTEST_SLEEP * 2 ** memory.clockStood);
  return memory.now + Math.max(away, SHORTEST_SLEEP, patience);
}

/** How long after an open an order that waited for it aims to leave, on the real clock: venues reject what comes early. */
const OPEN_AIM: Millis = 200;

/** The real moment to wake at for an open; a replay has no venue's clock to be early for. */
export function momentOfOpen(
  open: EpochMillis,
  market: MarketState,
  memory: Pick<StepMemory, 'now' | 'clockStood'>,
): number {
  return realMoment(open + (market.speed === 1 ? OPEN_AIM : 0), market, memory);
}

/** Market times, in milliseconds, at which a rule of this trade acts without any event. */
function marketDeadlines(facts: TradeFacts): number[] {
  const { market } = facts;
  const entry = entryOf(facts);
  const entering = entry !== undefined && !isTerminal(entry.state);
  const atOpen = !market.open && !dec(facts.position).isZero() ? market.nextOpen : null;
  const timeout = entering ? unfilledTimeout(facts) : undefined;
  return [
    ...(entering ? [millisOf(facts.validUntil) + 1] : []),
    ...(entering && market.leaveAt !== undefined ? [millisOf(market.leaveAt)] : []),
    ...(timeout === undefined ? [] : [timeout]),
    // An exit that waits, or a stop that the venue did not take while it was closed.
    ...(atOpen === null ? [] : [millisOf(atOpen)]),
  ].filter((at) => at > millisOf(market.now));
}

function waitReason(facts: TradeFacts): string {
  if (facts.orders.some(isInDoubt)) return 'an order in doubt is looked up again';
  if (dec(facts.position).isZero()) return 'waiting for the entry to fill';
  if (wantsExit(facts) && !facts.market.open) return 'exit at the next open; the stop stands';
  return 'guarding the position';
}
