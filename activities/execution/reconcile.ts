import { dec } from '../../domain/money/decimal';
import type { OrderFacts, TradeFacts } from '../../domain/trade/facts';
import type { Ending } from '../../domain/trade/step';
import type { ExecutionDeps } from './ports';
import { report } from './settle-order';

export interface EndInput {
  readonly tradeId: string;
  readonly ending: Ending;
}

/** `ended`; `goes-on` when the journal changed meanwhile and the trade must look again; `differs` when books disagree. */
export interface EndResult {
  readonly result: 'ended' | 'goes-on' | 'differs';
  readonly differences: readonly string[];
  readonly facts: TradeFacts;
}

/**
 * Compares each order of the trade with what the venue shows of it, books what is missing, and ends the trade when
 * journal, venue, fills and position agree. A difference that stays is named, and ends nothing that holds a position.
 */
export async function reconcileAndEnd(deps: ExecutionDeps, input: EndInput): Promise<EndResult> {
  const before = await deps.trades.facts(input.tradeId);
  if (before.phase === 'ended') return { result: 'ended', differences: [], facts: await deps.facts.complete(before) };
  const sent = before.orders.filter((order) => order.venueOrderId !== null);
  const compared = await Promise.all(sent.map((order) => compare(deps, before.instrument.id, order)));
  const differences = compared.filter((difference) => difference !== undefined);
  deps.failpoint('before-end');
  const differs = differences.length > 0;
  const ending: Ending = differs
    ? { ...input.ending, outcome: 'needs-attention', code: 'books_differ', detail: differences.join('; ') }
    : input.ending;
  const { end, facts } = await deps.trades.end(input.tradeId, ending);
  if (differs && end.result !== 'ended') {
    const flagged = await deps.trades.advance(input.tradeId, null, { attention: 'books_differ' });
    return { result: 'differs', differences, facts: await deps.facts.complete(flagged) };
  }
  const ended = end.result === 'ended' || end.result === 'already';
  return { result: ended ? 'ended' : 'goes-on', differences, facts: await deps.facts.complete(facts) };
}

/** What differs between one order's journal and the venue, after booking what the venue shows beyond it. */
async function compare(deps: ExecutionDeps, instrument: string, order: OrderFacts): Promise<string | undefined> {
  const lookup = await deps.broker.find(order.clientOrderId, instrument);
  switch (lookup.kind) {
    case 'inconclusive':
      throw new Error(`the venue cannot show order ${order.clientOrderId} now: ${lookup.message}`);
    case 'not-found':
      return `${order.leg} ${order.clientOrderId} is not at the venue`;
    case 'found': {
      if (dec(lookup.order.filledQuantity).eq(order.booked)) return undefined;
      await deps.journal.applyReport({ ...report(deps), orders: [lookup.order], fills: lookup.fills });
      return `${order.leg} ${order.clientOrderId}: booked ${order.booked}, venue ${lookup.order.filledQuantity}`;
    }
  }
}
