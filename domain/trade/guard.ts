import { dec, text } from '../money/decimal';
import type { Decimal, DecimalString } from '../money/decimal';
import { isLive } from '../order/state';
import { stopPriceOf } from '../order/order';
import type { OrderTerms } from '../order/order';
import type { OrderFacts, TradeFacts } from './facts';
import { missingProtection } from './protection';
import { cancelStep, closeStep, mayTry } from './step';
import type { Step, StepMemory } from './step';
import {
  again,
  idleOrder,
  isInDoubt,
  isSellable,
  isStop,
  nextRevision,
  reducingSide,
  termsOf,
  uncovered,
  wholeLots,
} from './trade-orders';

/** The position's protection and its exit: the next step of a trade that holds something, undefined when all stands. */
export function guard(facts: TradeFacts, held: Decimal, memory: StepMemory): Step | undefined {
  const exitRuns = facts.orders.some((o) => isExit(o) && isLive(o.state));
  const exitNow = wantsExit(facts) && (facts.market.open || facts.market.ended) && mayTry(memory, 'exit');
  // A position that no order can sell at this price keeps its stop.
  const sellable = isSellable(facts.instrument, wholeLots(facts.instrument, held.abs()), facts.market.price);
  return exitNow && !exitRuns && sellable ? leave(facts, held, memory) : protect(facts, held, memory);
}

/**
 * True when the position is to be closed by an exit order, whoever asked. A fired emulated stop is not an exit: its stop
 * leg is sent at market, which even a full halt admits. A position without a known stop is closed, unless a stop rests at
 * the venue all the same: one whose level was decided after the backup that the books were restored from.
 */
export function wantsExit(facts: TradeFacts): boolean {
  const fired = facts.protection?.fired;
  if (facts.market.ended || facts.requests.exit !== undefined) return true;
  if (facts.protection === null) return !facts.orders.some((o) => isStop(o) && isLive(o.state));
  return fired !== undefined && fired !== 'stop';
}

/**
 * Stops go first, since they hold the capacity that the exit needs; then what is left of the position. Stops in doubt,
 * and those that are leaving at market themselves, keep their share until they have ended.
 */
function leave(facts: TradeFacts, held: Decimal, memory: StepMemory): Step | undefined {
  const idle = idleOrder(facts, isExit);
  const refused = idle?.refusal ?? 'over_capacity';
  // Refused by a rule and not for lack of room: the fence is asked first, so that the stops are not lifted in vain.
  if (idle && refused !== 'over_capacity' && dec(idle.quantity).lte(held.abs()))
    return { kind: 'submit', order: again(idle) };
  const idleStop = idleOrder(facts, isStop);
  if (idleStop) return closeStep(idleStop, 'exit');
  const standing = facts.orders.filter((o) => isStop(o) && isLive(o.state) && !isInDoubt(o) && o.type !== 'market');
  if (standing.length > 0)
    return standing.map((stop) => cancelStep(stop, 'exit', memory)).find((step) => step !== undefined);
  const quantity = wholeLots(facts.instrument, uncovered(facts, held));
  if (!isSellable(facts.instrument, quantity, facts.market.price)) return protect(facts, held, memory);
  if (idle) {
    return quantity.eq(idle.quantity) ? { kind: 'submit', order: again(idle) } : closeStep(idle, 'another quantity');
  }
  return sendNew(facts, held, 'exit', text(quantity), { type: 'market' });
}

function protect(facts: TradeFacts, held: Decimal, memory: StepMemory): Step | undefined {
  const missing = missingProtection(facts, held);
  // After the last print no stop can trigger any more: what is held can only be sold.
  if (facts.market.ended && missing.kind !== 'replace') return undefined;
  const idle = idleOrder(facts, isStop);
  if (idle && !(missing.kind === 'add' && isSame(idle, missing))) return closeStep(idle, 'outdated');
  switch (missing.kind) {
    case 'none':
      return undefined;
    case 'replace':
      return cancelStep(missing.order, 'replaced', memory);
    case 'emulate':
      return {
        ...{ kind: 'emulate-stop', emulated: true, why: missing.why },
        ...(missing.stopPrice === undefined ? {} : { stopPrice: missing.stopPrice }),
      };
    case 'native':
      return { kind: 'emulate-stop', emulated: false, why: 'the venue rests the stop' };
    case 'add':
      if (!mayTry(memory, idle?.leg ?? missing.leg)) return undefined;
      if (idle) return { kind: 'submit', order: again(idle) };
      return sendNew(facts, held, missing.leg, missing.quantity, missing.terms);
  }
}

/** True when a journalled stop is the one that is missing. */
function isSame(idle: OrderFacts, missing: { quantity: DecimalString; terms: OrderTerms }): boolean {
  const [has, wants] = [termsOf(idle), missing.terms];
  // Distances are the trade's own and do not change.
  const [from, to] = [stopPriceOf(has), stopPriceOf(wants)];
  const sameTrigger = from === undefined || to === undefined ? from === to : dec(from).eq(to);
  return has.type === wants.type && sameTrigger && dec(idle.quantity).eq(missing.quantity);
}

function sendNew(facts: TradeFacts, held: Decimal, leg: string, quantity: DecimalString, terms: OrderTerms): Step {
  return {
    kind: 'submit',
    order: {
      leg,
      revision: nextRevision(facts, leg),
      side: reducingSide(held),
      quantity,
      terms,
      timeInForce: 'GTC',
      attempt: 1,
    },
  };
}

function isExit(order: OrderFacts): boolean {
  return order.leg === 'exit';
}
