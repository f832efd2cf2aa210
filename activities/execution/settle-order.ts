import type { InstrumentId } from '../../domain/instrument/instrument';
import type { OrderRef } from '../../domain/order/order';
import type { TradeFacts } from '../../domain/trade/facts';
import type { TradePhase } from '../../domain/trade/phase';
import type { WantedOrder } from '../../domain/trade/step';
import { journalledOrder } from './submit-order';
import type { ExecutionDeps } from './ports';

export interface ResolveInput {
  readonly tradeId: string;
  readonly order: OrderRef;
}

/** What a look-up proved; `waitMs` is real time until the next one makes sense. */
export interface ResolveResult {
  readonly verdict: 'found' | 'not-found' | 'again';
  readonly waitMs: number;
  readonly facts: TradeFacts;
}

/** Looks an order in doubt up in every place where the venue can show it, and stores what that proves. */
export async function resolveOrder(deps: ExecutionDeps, input: ResolveInput): Promise<ResolveResult> {
  // Absence proves something about the moment of the question; the answer may reach the journal much later.
  const askedAt = await deps.journal.now();
  const lookup = await deps.broker.find(input.order);
  const { timings } = deps.broker;
  const verdict = await deps.journal.recordLookup(input.order.clientOrderId, askedAt, lookup, timings, report(deps));
  return { verdict: verdict.verdict, waitMs: verdict.waitMs, facts: await deps.facts.read(input.tradeId) };
}

export interface CancelInput extends ResolveInput {
  /** The phase to enter first; null when the trade is in it. */
  readonly phase: TradePhase | null;
}

/**
 * Asks the venue to cancel an order, then reads it back, unless its answer shows it: what it filled until then is booked, and only the state that
 * the venue shows counts. An order that the venue still shows as working stays open in the facts.
 */
export async function cancelOrder(deps: ExecutionDeps, input: CancelInput): Promise<TradeFacts> {
  if (input.phase !== null) await deps.trades.advance(input.tradeId, input.phase, {});
  deps.failpoint('before-cancel');
  const cancelled = await deps.broker.cancel(input.order);
  deps.failpoint('after-cancel');
  const answered = cancelled.kind === 'requested' ? cancelled.shown : undefined;
  const lookup = answered ?? (await deps.broker.find(input.order));
  if (lookup.kind !== 'found') return deps.facts.read(input.tradeId);
  const shown = { ...report(deps), orders: [lookup.order], fills: lookup.fills };
  return deps.facts.complete(await deps.journal.applyReportAndRead(shown, input.tradeId));
}

export interface CloseInput {
  readonly tradeId: string;
  readonly instrument: InstrumentId;
  readonly order: WantedOrder;
}

/** Gives an intent up for good, by the database alone: nothing more will be sent for it. */
export async function closeIntent(deps: ExecutionDeps, input: CloseInput): Promise<TradeFacts> {
  await deps.journal.close(journalledOrder(deps, input.tradeId, input.instrument, input.order));
  return deps.facts.read(input.tradeId);
}

/** The venue, account and clock tolerance that every report of this account carries. */
export function report(deps: ExecutionDeps): { venue: string; account: string; skewMs: number } {
  return { venue: deps.broker.venue, account: deps.account, skewMs: deps.broker.timings.clockSkew };
}
