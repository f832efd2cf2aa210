import { dec } from '../money/decimal';
import { enter, stopEntering } from './entering';
import { finish } from './ending';
import type { TradeFacts } from './facts';
import { guard } from './guard';
import type { Step, StepMemory } from './step';
import { isInDoubt } from './trade-orders';
import { waitFor } from './waiting';

/**
 * The next step of a trade whose entry is approved, from its journal alone: a restarted workflow that reads the same
 * facts goes on with the same step. The order of the rules is the order of safety: doubt first, then too much
 * exposure, then too little protection, then the exit, then the entry, then the end.
 */
export function nextStep(facts: TradeFacts, memory: StepMemory): Step {
  const held = dec(facts.position);
  return (
    resolveDue(facts, memory) ??
    stopEntering(facts, memory) ??
    (held.isZero() ? undefined : guard(facts, held, memory)) ??
    enter(facts, memory) ??
    finish(facts, held, memory) ??
    waitFor(facts, memory)
  );
}

function resolveDue(facts: TradeFacts, memory: StepMemory): Step | undefined {
  const due = facts.orders.find((o) => isInDoubt(o) && (memory.resolveAfter[o.clientOrderId] ?? 0) <= memory.now);
  return due && { kind: 'resolve', clientOrderId: due.clientOrderId, leg: due.leg };
}
