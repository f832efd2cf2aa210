import { millisOf } from '../clock/instant';
import { dec } from '../money/decimal';
import { isTerminal } from '../order/state';
import { entryHours } from './entry-market';
import type { TradeFacts } from './facts';
import { cancelStep, closeStep, mayTry } from './step';
import type { Step, StepMemory, WantedOrder } from './step';
import { again, entryOf, isInDoubt } from './trade-orders';

/** Why no more of the entry may fill; undefined while it may. */
export function reasonToStopEntering(facts: TradeFacts): string | undefined {
  if (facts.halted) return 'halted';
  if (facts.requests.reject) return 'approval_refused';
  if (facts.requests.cancel || facts.requests.exit) return 'cancelled';
  if (facts.orders.some((o) => o.leg !== 'entry' && dec(o.booked).gt(0))) return 'exit_filled';
  if (facts.protection?.fired !== undefined) return facts.protection.fired;
  if (facts.market.ended) return 'replay_ended';
  const now = millisOf(facts.market.now);
  const { leaveAt } = facts.market;
  if (leaveAt !== undefined && now >= millisOf(leaveAt)) return 'contract_ending';
  if (now > millisOf(facts.validUntil)) return 'expired';
  const timeout = unfilledTimeout(facts);
  return timeout !== undefined && now >= timeout ? 'unfilled_timeout' : undefined;
}

/** Market time, in milliseconds, at which an unfilled entry is cancelled; undefined before it was first sent. */
export function unfilledTimeout(facts: TradeFacts): number | undefined {
  return facts.entrySentAt === null
    ? undefined
    : millisOf(facts.entrySentAt) + facts.spec.unfilledTimeoutSeconds * 1_000;
}

/** Takes back what is left of the entry: first the intent, by the database alone, then the order at its venue. */
export function stopEntering(facts: TradeFacts, memory: StepMemory): Step | undefined {
  const entry = entryOf(facts);
  if (!entry || isTerminal(entry.state)) return undefined;
  const why = reasonToStopEntering(facts);
  if (why === undefined) return undefined;
  if (!entry.closed || entry.state === 'created') return closeStep(entry, why);
  return isInDoubt(entry) ? undefined : cancelStep(entry, why, memory);
}

/** Sends the entry, or what must come before it is sent (again). */
export function enter(facts: TradeFacts, memory: StepMemory): Step | undefined {
  if (reasonToStopEntering(facts) !== undefined) return undefined;
  const entry = entryOf(facts);
  if (!entry) return firstEntry(facts, memory);
  if (entry.state !== 'created' || !mayTry(memory, 'entry')) return undefined;
  if (entry.refusal === 'approval_expired') return { kind: 'check-risk-again' };
  if (entry.refusal !== null) return closeStep(entry, entry.refusal);
  // Not the first attempt any more: price, limits and session are asked again before it.
  return entry.attempts > 0 ? { kind: 'check-risk-again' } : { kind: 'submit', order: again(entry) };
}

function firstEntry(facts: TradeFacts, memory: StepMemory): Step | undefined {
  if (!mayTry(memory, 'entry')) return undefined;
  if (facts.approvedQuantity === null || facts.direction === null || facts.protection === null)
    return { kind: 'check-risk-again' };
  return {
    kind: 'submit',
    order: {
      leg: 'entry',
      revision: 1,
      side: facts.direction === 'long' ? 'buy' : 'sell',
      quantity: facts.approvedQuantity,
      terms: facts.spec.entry,
      timeInForce: facts.spec.timeInForce,
      ...(facts.spec.goodTill === undefined ? {} : { goodTill: facts.spec.goodTill }),
      ...(entryHours(facts.spec, facts.instrument) === 'extended' ? { outsideRegularHours: true } : {}),
      attempt: 1,
    },
  };
}

/** The entry's next attempt after risk agreed again. */
export function nextEntryAttempt(facts: TradeFacts): WantedOrder | undefined {
  const entry = entryOf(facts);
  return entry?.state === 'created' ? again(entry) : undefined;
}
