import { isCovered } from '../../domain/calendar/answers';
import { millisOf } from '../../domain/clock/instant';
import type { CalendarId, MarketCalendar } from '../../domain/calendar/calendar';
import { dec, Decimal, text } from '../../domain/money/decimal';
import type { DecimalString } from '../../domain/money/decimal';
import { quantiseTerms } from '../../domain/instrument/rules';
import type { MarketData } from '../../domain/signal/market-data';
import type { Direction } from '../../domain/signal/signal';
import { RISK_CODES } from '../../domain/risk/codes';
import { assessRisk } from '../../domain/risk/assess-risk';
import type { RiskDecision } from '../../domain/risk/assess-risk';
import type { ProposedEntry } from '../../domain/risk/proposal';
import { entryOf } from '../../domain/trade/trade-orders';
import type { Protection, TradeFacts } from '../../domain/trade/facts';
import type { OrderJournal } from '../../database/journal';
import type { TradeStore } from '../../database/trades';
import type { OrderMetrics } from '../../telemetry/order-metrics';
import { clientOrderId, intentId } from '../execution/client-order-id';
import type { Failpoint } from '../execution/ports';
import type { FactsReader } from '../ledger/read-facts';
import { viewPortfolio } from './portfolio';

/** Real time for which an approval may be used; then risk is asked again. */
const APPROVAL_LIFETIME_MS = 60_000;

export interface RiskDeps {
  readonly trades: TradeStore;
  readonly journal: OrderJournal;
  readonly facts: FactsReader;
  readonly marketOf: (account: string) => MarketData;
  readonly calendarOf: (id: CalendarId) => MarketCalendar;
  /** Venue of an account, part of its client order ids. */
  readonly venueOf: (account: string) => string;
  readonly installation: string;
  readonly metrics: OrderMetrics;
  /** Writes a line for each refusal: trade, code, whether it waits, and the values behind it. */
  readonly log?: (refusal: Readonly<Record<string, unknown>>) => void;
  readonly failpoint: (name: Failpoint) => void;
}

/** What the risk check concluded. `closed`: the trade waits for the open, after which everything is checked anew. */
export type RiskVerdict =
  | { readonly kind: 'approved'; readonly facts: TradeFacts }
  | { readonly kind: 'closed'; readonly code: string; readonly detail: string; readonly facts: TradeFacts }
  | { readonly kind: 'expired'; readonly code: string; readonly detail: string; readonly facts: TradeFacts }
  | { readonly kind: 'rejected'; readonly code: string; readonly detail: string; readonly facts: TradeFacts };

/** The pre-trade check, before the first send and again after every wait. Short, local to Postgres and the price feed. */
export function createRiskActivities(deps: RiskDeps) {
  return {
    /**
     * Sizes the entry from view, stop and portfolio, checks every limit, and stores the approval that the fence will ask
     * for. What was approved before may only shrink; an entry that was journalled already is approved whole or not.
     */
    async checkRisk(tradeId: string): Promise<RiskVerdict> {
      let facts = await deps.facts.read(tradeId);
      const market = deps.marketOf(facts.account);
      if (facts.market.price === null && market.awaitQuote !== undefined) {
        await market.awaitQuote(facts.instrument.id);
        facts = await deps.facts.read(tradeId);
      }
      const entry = proposedEntry(facts);
      const at = millisOf(facts.market.now);
      const { portfolio, policy } = await viewPortfolio(deps.trades, market, facts.account, tradeId, at);
      if (facts.mode !== 'paper' && entry.side === 'sell') {
        // It would sell what somebody else put there.
        const rejection = { code: 'short_on_spot', message: RISK_CODES.short_on_spot.description, detail: {} } as const;
        return refuse(deps, facts, { ok: false, rejection, audit: [] });
      }
      const { open, nextOpen } = facts.market.entry ?? facts.market;
      const decision = assessRisk({
        entry,
        market: {
          at,
          open,
          covered: isCovered(deps.calendarOf(entry.instrument.calendar), at),
          ...(nextOpen === null ? {} : { nextOpen: millisOf(nextOpen) }),
          quote: await market.quote(entry.instrument.id, at),
          maxQuoteAge: market.maxPrintGap(entry.instrument.id),
        },
        portfolio,
        policy,
      });
      return decision.ok ? approve(deps, facts, decision) : refuse(deps, facts, decision);
    },
  };
}

export type RiskActivities = ReturnType<typeof createRiskActivities>;

/** The entry that the client or the view asks for, on the instrument's tick. */
function proposedEntry(facts: TradeFacts): ProposedEntry {
  const direction = directionOf(facts);
  const side = direction === 'short' ? 'sell' : 'buy';
  const stop = stopOf(facts);
  const { approve } = facts.requests;
  const maxQuantity = least(
    facts.spec.maxQuantity,
    approve?.maxQuantity,
    facts.approvedQuantity ?? undefined,
    entryOf(facts)?.quantity,
  );
  const maxNotional = least(facts.spec.maxNotional, approve?.maxNotional);
  return {
    tradeId: facts.tradeId,
    instrument: facts.instrument,
    side,
    terms: facts.spec.entry,
    ...(stop === undefined ? {} : { stopPrice: stop }),
    ...(facts.spec.takeProfitPrice === undefined ? {} : { takeProfit: facts.spec.takeProfitPrice }),
    ...(maxQuantity === undefined ? {} : { maxQuantity }),
    ...(maxNotional === undefined ? {} : { maxNotional }),
    validUntil: millisOf(facts.validUntil),
  };
}

function directionOf(facts: TradeFacts): Direction {
  if (facts.spec.direction !== undefined) return facts.spec.direction;
  if (facts.signal?.kind === 'directional') return facts.signal.direction;
  throw new Error(`trade ${facts.tradeId} has neither a direction nor a view`);
}

/** The client's stop as it is; a view's stop moved to the tick on the side that risks less. */
function stopOf(facts: TradeFacts): DecimalString | undefined {
  if (facts.spec.stopPrice !== undefined) return facts.spec.stopPrice;
  if (facts.signal?.kind !== 'directional') return undefined;
  const side = facts.signal.direction === 'long' ? 'sell' : 'buy';
  const terms = quantiseTerms(facts.instrument, side, 'reduce', { type: 'stop', stopPrice: facts.signal.stopPrice });
  return terms.type === 'stop' ? terms.stopPrice : facts.signal.stopPrice;
}

function least(...amounts: (DecimalString | undefined)[]): DecimalString | undefined {
  const given = amounts.filter((amount) => amount !== undefined);
  return given.length === 0 ? undefined : text(Decimal.min(...given.map((amount) => dec(amount))));
}

async function approve(
  deps: RiskDeps,
  facts: TradeFacts,
  decision: Extract<RiskDecision, { ok: true }>,
): Promise<RiskVerdict> {
  const { order, audit } = decision;
  const journalled = entryOf(facts);
  if (journalled && dec(order.quantity).lt(journalled.quantity)) {
    const detail = `only ${order.quantity} of ${journalled.quantity} would be approved now`;
    return { kind: 'rejected', code: 'size_shrunk', detail, facts };
  }
  const entryId = intentId(facts.tradeId, 'entry', 1);
  const approval = {
    clientOrderId: clientOrderId(deps.installation, deps.venueOf(facts.account), facts.account, entryId),
    maxQuantity: order.maxQuantity,
    maxNotional: order.maxNotional,
    referencePrice: order.referencePrice,
    limits: order.limits,
    lifetimeMs: APPROVAL_LIFETIME_MS,
  };
  const { quantity, referencePrice, stopPrice, limits } = order;
  deps.failpoint('before-approval');
  const stored = await deps.journal.approve(facts.tradeId, approval, {
    direction: directionOf(facts),
    sizing: { quantity, referencePrice, stopPrice, limits },
    risk: { approved: true, audit },
    protection: facts.protection ?? protectionOf(facts, stopPrice),
  });
  deps.failpoint('after-approval');
  return { kind: 'approved', facts: await deps.facts.complete(stored) };
}

/** The levels that the position will be guarded by. */
function protectionOf(facts: TradeFacts, stopPrice: DecimalString): Protection {
  const { takeProfitPrice, trailing } = facts.spec;
  return {
    stopPrice,
    ...(takeProfitPrice === undefined ? {} : { takeProfitPrice }),
    ...(trailing === undefined ? {} : { trailing }),
  };
}

async function refuse(
  deps: RiskDeps,
  facts: TradeFacts,
  decision: Extract<RiskDecision, { ok: false }>,
): Promise<RiskVerdict> {
  const { rejection, audit } = decision;
  const waits =
    rejection.code === 'market_closed' &&
    facts.spec.whenClosed === 'wait' &&
    (facts.market.entry ?? facts.market).nextOpen !== null;
  const stored = await deps.trades.advance(facts.tradeId, 'checking-risk', {
    direction: directionOf(facts),
    risk: { approved: false, ...rejection, audit },
  });
  if (!waits) deps.metrics.refused(rejection.code);
  deps.log?.({ trade: facts.tradeId, code: rejection.code, waits, ...rejection.detail });
  const values = Object.entries(rejection.detail)
    .map(([name, value]) => `${name} ${value}`)
    .join(', ');
  const verdict = {
    code: rejection.code,
    detail: `${rejection.message} (${values})`,
    facts: await deps.facts.complete(stored),
  };
  if (waits) return { kind: 'closed', ...verdict };
  return { kind: rejection.code === 'expired' ? 'expired' : 'rejected', ...verdict };
}
