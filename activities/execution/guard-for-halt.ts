import { nextStep } from '../../domain/trade/next-step';
import { CANCEL_PACE, orderPace, paceAfter, RESOLVE_PACE } from '../../domain/trade/pace';
import type { Pace, PaceRule } from '../../domain/trade/pace';
import { emulationOf } from '../../domain/trade/step';
import type { Step, WantedOrder } from '../../domain/trade/step';
import { again, refIn } from '../../domain/trade/trade-orders';
import type { TradeFacts } from '../../domain/trade/facts';
import { reconcileAndEnd } from './reconcile';
import { cancelOrder, closeIntent, resolveOrder } from './settle-order';
import { submitOrder } from './submit-order';
import type { ExecutionDeps } from './ports';

/** Steps of one trade before another has its turn. */
const STEPS_A_TURN = 8;

/** When a trade's steps may be tried again; lost with the process, which costs some early tries. */
export class GuardMemory {
  readonly resolveAfter: Record<string, number> = {};
  readonly retryAfter: Record<string, number> = {};
  private readonly paces: Record<string, Pace> = {};

  /** Counts one more try; answers the real moment before which the next is in vain. */
  notBefore(key: string, now: number, rule: PaceRule): number {
    const pace = paceAfter(this.paces[key], now, rule);
    this.paces[key] = pace;
    return pace.notBefore;
  }
}

/**
 * Goes on with a trade that a halt has taken over, as its own workflow would: the same decisions from the same journal,
 * passed at the fence in the halt's name. Ends its turn where the trade has to wait.
 */
export async function guardForHalt(
  deps: ExecutionDeps,
  tradeId: string,
  memory: GuardMemory,
  now: () => number,
): Promise<void> {
  for (let steps = 0; steps < STEPS_A_TURN; steps += 1) {
    const facts = await deps.facts.read(tradeId);
    if (facts.outcome !== null) return;
    const { resolveAfter, retryAfter } = memory;
    const step = nextStep(facts, { now: now(), resolveAfter, retryAfter, clockStood: 0 });
    if (step.kind === 'wait') return;
    if (!(await perform(deps, facts, step, memory, now()))) return;
  }
}

/** Does one thing; false when the trade's turn is over. */
async function perform(
  deps: ExecutionDeps,
  facts: TradeFacts,
  step: Exclude<Step, { kind: 'wait' }>,
  memory: GuardMemory,
  now: number,
): Promise<boolean> {
  const { tradeId } = facts;
  const instrument = facts.instrument.id;
  switch (step.kind) {
    case 'submit':
      await submit(deps, facts, step.order, memory, now);
      return true;
    case 'resolve': {
      const { clientOrderId } = step;
      const found = await resolveOrder(deps, { tradeId, order: refIn(facts, clientOrderId) });
      const paced = memory.notBefore(`resolve:${clientOrderId}`, now, RESOLVE_PACE);
      memory.resolveAfter[clientOrderId] = found.verdict === 'again' ? Math.max(now + found.waitMs, paced) : 0;
      return true;
    }
    case 'cancel': {
      const key = `cancel:${step.clientOrderId}`;
      memory.retryAfter[key] = memory.notBefore(key, now, CANCEL_PACE);
      await cancelOrder(deps, { tradeId, order: refIn(facts, step.clientOrderId), phase: null });
      return true;
    }
    case 'close': {
      const order = facts.orders.find(({ clientOrderId }) => clientOrderId === step.clientOrderId);
      if (order) await closeIntent(deps, { tradeId, instrument, order: again(order) });
      return order !== undefined;
    }
    case 'emulate-stop':
      await deps.trades.advance(tradeId, null, { protection: emulationOf(step) });
      return true;
    case 'end':
      return (await reconcileAndEnd(deps, { tradeId, ending: step.ending })).result === 'ended';
    case 'check-risk-again':
      // A halted trade enters nothing more.
      return false;
  }
}

async function submit(
  deps: ExecutionDeps,
  facts: TradeFacts,
  order: WantedOrder,
  memory: GuardMemory,
  now: number,
): Promise<void> {
  const kind = order.leg === 'exit' ? 'exit' : 'stop';
  const phase = kind === 'exit' ? 'exiting' : 'managing';
  const sent = await submitOrder(deps, {
    tradeId: facts.tradeId,
    instrument: facts.instrument.id,
    order,
    phase,
    arrivalPrice: facts.market.price,
    actor: 'halt',
  });
  memory.retryAfter[order.leg] = memory.notBefore(order.leg, now, orderPace(kind, sent.result, sent.code));
}
