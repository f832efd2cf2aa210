import { dec } from '../../domain/money/decimal';
import type { OrderFacts, TradeFacts } from '../../domain/trade/facts';
import type { Ending } from '../../domain/trade/step';
import type { Instrument } from '../../domain/instrument/instrument';
import { refOf } from '../../domain/trade/trade-orders';
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
 * Compares each order of the trade with what the venue shows of it, and ends the trade when journal, venue, fills and
 * position agree. What the venue shows beyond the journal is booked, and the trade looks again; so it does when the venue
 * cannot show an order now. A difference that booking does not explain is named, and ends nothing that holds a position.
 */
export async function reconcileAndEnd(deps: ExecutionDeps, input: EndInput): Promise<EndResult> {
  const before = await deps.trades.facts(input.tradeId);
  if (before.phase === 'ended') return { result: 'ended', differences: [], facts: await deps.facts.complete(before) };
  const sent = before.orders.filter((order) => order.venueOrderId !== null);
  const compared = await Promise.all(sent.map((order) => compare(deps, before.instrument, order)));
  if (compared.some(({ kind }) => kind === 'look-again')) {
    return { result: 'goes-on', differences: [], facts: await deps.facts.read(input.tradeId) };
  }
  deps.failpoint('before-end');
  const differences = compared.flatMap((found) => (found.kind === 'differs' ? [found.what] : []));
  const differs = differences.length > 0;
  const ending: Ending = differs
    ? { ...input.ending, outcome: 'needs-attention', code: 'books_differ', detail: differences.join('; ') }
    : input.ending;
  // Whether or not this ends the trade, a person is to look.
  if (differs) await deps.trades.advance(input.tradeId, null, { attention: 'books_differ' });
  const { end, facts } = await deps.trades.end(input.tradeId, ending);
  const ended = end.result === 'ended' || end.result === 'already';
  const result = ended ? 'ended' : differs ? 'differs' : 'goes-on';
  return { result, differences, facts: await deps.facts.complete(facts) };
}

/** One order's journal against the venue. */
type Comparison =
  { readonly kind: 'agrees' } | { readonly kind: 'look-again' } | { readonly kind: 'differs'; readonly what: string };

/** Compares one order, and books what the venue shows beyond the journal. */
async function compare(deps: ExecutionDeps, instrument: Instrument, order: OrderFacts): Promise<Comparison> {
  const lookup = await deps.broker.find(refOf(order, instrument));
  switch (lookup.kind) {
    case 'inconclusive':
      return { kind: 'look-again' };
    case 'not-found':
      return { kind: 'differs', what: `${order.leg} ${order.clientOrderId} is not at the venue` };
    case 'found': {
      const { filledQuantity } = lookup.order;
      if (dec(filledQuantity).eq(order.booked)) return { kind: 'agrees' };
      const effect = await deps.journal.applyReport({ ...report(deps), orders: [lookup.order], fills: lookup.fills });
      if (effect.newFills > 0) return { kind: 'look-again' };
      const what = `${order.leg} ${order.clientOrderId}: booked ${order.booked}, venue ${filledQuantity}`;
      return { kind: 'differs', what };
    }
  }
}
