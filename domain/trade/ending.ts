import { dec, ZERO } from '../money/decimal';
import type { Decimal, DecimalString } from '../money/decimal';
import { isTrailing } from '../order/order';
import type { TradeFacts } from './facts';
import { reasonToStopEntering } from './entering';
import { cancelStep, closeStep } from './step';
import type { Ending, Step, StepMemory } from './step';
import { entryOf, hasLiveOrder, isInDoubt, isSellable, isStop, openOrders, wholeLots } from './trade-orders';

/** Ends a trade that holds nothing, or dust: first its orders, then itself. Undefined while something is still to come. */
export function finish(facts: TradeFacts, held: Decimal, memory: StepMemory): Step | undefined {
  if (!held.isZero() && !isDust(facts, held)) return undefined;
  const open = openOrders(facts);
  const entering = reasonToStopEntering(facts) === undefined;
  const idle = open.find((o) => o.state === 'created' && !(o.leg === 'entry' && entering));
  if (idle) return closeStep(idle, 'trade ends');
  const resting = open.find((o) => o.leg !== 'entry' && !isInDoubt(o));
  if (resting) return cancelStep(resting, 'trade ends', memory);
  if (open.length > 0) return undefined;
  if (!entryOf(facts) && entering) return undefined;
  // The position's own digits: the database ends a trade only if the dust that is named is exactly what is booked.
  return { kind: 'end', ending: { ...endingOf(facts), dust: held.isZero() ? ('0' as DecimalString) : facts.position } };
}

/**
 * True when no order may fill any more and none can sell what is left: below a lot, the minimum quantity or, at the last
 * price, the minimum notional. What a resting stop still protects is no dust, however little it is worth today.
 */
function isDust(facts: TradeFacts, held: Decimal): boolean {
  if (hasLiveOrder(facts)) return false;
  return !isSellable(facts.instrument, wholeLots(facts.instrument, held.abs()), facts.market.price);
}

/** A venue's words are for people: the start of them tells enough. */
const MOST_SAID = 200;

/** How a trade without a position and without working orders ends. */
function endingOf(facts: TradeFacts): Omit<Ending, 'dust'> {
  const entry = entryOf(facts);
  if (facts.halted) return { outcome: 'halted', code: 'halted', detail: null };
  if (entry && dec(entry.booked).gt(0)) return { outcome: 'completed', code: closedBy(facts), detail: null };
  if (entry?.rejectCode) {
    const said = entry.rejectDetail ? `: ${entry.rejectDetail.slice(0, MOST_SAID)}` : '';
    return { outcome: 'rejected', code: entry.rejectCode, detail: `the venue refused the entry${said}` };
  }
  const { reject, cancel, exit } = facts.requests;
  if (reject) return { outcome: 'rejected', code: 'approval_refused', detail: `refused by ${reject.by}` };
  if (cancel || exit) return { outcome: 'cancelled', code: 'cancelled', detail: null };
  if (entry?.refusal === 'halted') return { outcome: 'halted', code: 'halted', detail: 'the fence refused the entry' };
  if (entry?.refusal) return { outcome: 'rejected', code: entry.refusal, detail: 'the fence refused the entry' };
  return { outcome: 'expired', code: reasonToStopEntering(facts) ?? 'expired', detail: 'nothing filled' };
}

/** What closed a position: the order that filled last, and why it was sent; null when it was taken whole by fees. */
function closedBy(facts: TradeFacts): string | null {
  const last = facts.orders.findLast((o) => o.leg !== 'entry' && dec(o.booked).gt(ZERO));
  if (!last) return null;
  if (isStop(last)) return isTrailing(last.type) ? 'trailing-stop' : 'stop';
  const fired = facts.protection?.fired;
  if (fired !== undefined) return fired;
  return facts.requests.exit ? 'operator_exit' : facts.market.ended ? 'replay_ended' : null;
}
