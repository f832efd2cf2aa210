import { millisOf } from '../../domain/clock/instant';
import { dec, Decimal, text } from '../../domain/money/decimal';
import type { DecimalString } from '../../domain/money/decimal';
import { quantiseStop } from '../../domain/instrument/rules';
import type { Direction } from '../../domain/signal/signal';
import { RISK_CODES } from '../../domain/risk/codes';
import type { RiskIntent } from '../../domain/risk/intent';
import type { AccountRisk } from '../../domain/risk/measure';
import type { RiskDecision } from '../../domain/risk/assess-risk';
import type { ProposedEntry } from '../../domain/risk/proposal';
import type { RiskVerdict as Verdict } from '../../domain/risk/verdict';
import { entryOf } from '../../domain/trade/trade-orders';
import type { Protection, TradeFacts } from '../../domain/trade/facts';
import type { OrderJournal } from '../../database/journal';
import type { OrderMetrics } from '../../telemetry/order-metrics';
import { clientOrderId, intentId } from '../execution/client-order-id';
import type { Failpoint } from '../execution/ports';
import type { FactsReader } from '../ledger/read-facts';
import { assess, assessIntent } from './assess';
import type { AssessDeps } from './assess';
import { measureAccount } from './measure';

const BEFORE_THE_CLOSE =
  'An entry for the opening auction is sent while the market is closed, and the session runs until what nextOpen names.';

/** Real time for which an approval may be used; then risk is asked again. */
const APPROVAL_LIFETIME_MS = 60_000;

export interface RiskDeps extends AssessDeps {
  readonly journal: OrderJournal;
  readonly facts: FactsReader;
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
      const { decision, verdict } = await assess(deps, {
        account: facts.account,
        strategy: facts.spec.strategy,
        entry: proposedEntry(facts),
        at: millisOf(facts.market.now),
        market: facts.market.entry ?? facts.market,
      });
      const limit = verdict.code !== null && RISK_CODES[verdict.code].category === 'limit' ? verdict.code : undefined;
      if (limit !== undefined) deps.metrics.limitBreached?.(limit);
      if (verdict.warnings.length > 0) deps.log?.({ trade: tradeId, warnings: verdict.warnings });
      return decision.ok ? approve(deps, facts, decision, verdict) : refuse(deps, facts, decision, verdict);
    },

    /** The verdict that a trade of this intent would get now; nothing is stored or reserved. */
    evaluateIntent(intent: RiskIntent): Promise<Verdict> {
      return assessIntent(deps, intent);
    },

    /** Value at risk by every method, its parts, and stress, of what an account holds now; nothing is stored. */
    measureAccount(account: string): Promise<AccountRisk> {
      return measureAccount(deps, account);
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
    ...(facts.spec.stopDistance === undefined ? {} : { stopDistance: facts.spec.stopDistance }),
    ...(facts.spec.takeProfitPrice === undefined ? {} : { takeProfit: facts.spec.takeProfitPrice }),
    ...(facts.spec.trailing === undefined ? {} : { trailing: facts.spec.trailing }),
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
  const { stopDistance, stopPrice } = facts.spec;
  if (stopPrice !== undefined || stopDistance !== undefined) return stopPrice;
  if (facts.signal?.kind !== 'directional') return undefined;
  const side = facts.signal.direction === 'long' ? 'sell' : 'buy';
  return quantiseStop(facts.instrument, side, facts.signal.stopPrice);
}

function least(...amounts: (DecimalString | undefined)[]): DecimalString | undefined {
  const given = amounts.filter((amount) => amount !== undefined);
  return given.length === 0 ? undefined : text(Decimal.min(...given.map((amount) => dec(amount))));
}

async function approve(
  deps: RiskDeps,
  facts: TradeFacts,
  decision: Extract<RiskDecision, { ok: true }>,
  verdict: Verdict,
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
  const after = await deps.journal.approve(facts.tradeId, approval, {
    direction: directionOf(facts),
    sizing: { quantity, referencePrice, stopPrice, limits },
    risk: { approved: true, audit },
    verdict: stored(facts, verdict),
    // What is stored stays: a first fill that came meanwhile may have made a price of the stop's distance.
    ...(facts.protection === null ? { protection: protectionOf(facts, stopPrice) } : {}),
  });
  deps.failpoint('after-approval');
  return { kind: 'approved', facts: await deps.facts.complete(after) };
}

/** A verdict as `store_verdict` keeps it. */
function stored(facts: TradeFacts, document: Verdict): object {
  const { approved, code, inputs } = document;
  return { approved, code, marketAt: facts.market.now, equity: inputs.portfolio.equity, document };
}

/** The levels that the position will be guarded by. */
function protectionOf(facts: TradeFacts, stopPrice: DecimalString): Protection {
  const { stopDistance, takeProfitPrice, trailing } = facts.spec;
  return {
    stopPrice,
    ...(stopDistance === undefined ? {} : { stopDistance }),
    ...(takeProfitPrice === undefined ? {} : { takeProfitPrice }),
    ...(trailing === undefined ? {} : { trailing }),
  };
}

async function refuse(
  deps: RiskDeps,
  facts: TradeFacts,
  decision: Extract<RiskDecision, { ok: false }>,
  document: Verdict,
): Promise<RiskVerdict> {
  const { rejection, audit } = decision;
  const waits =
    rejection.code === 'market_closed' &&
    facts.spec.whenClosed === 'wait' &&
    (facts.market.entry ?? facts.market).nextOpen !== null;
  const after = await deps.trades.advance(facts.tradeId, 'checking-risk', {
    direction: directionOf(facts),
    risk: { approved: false, ...rejection, audit },
    verdict: stored(facts, document),
  });
  if (!waits) deps.metrics.refused(rejection.code);
  deps.log?.({ trade: facts.tradeId, code: rejection.code, waits, ...rejection.detail });
  // Closed in an open market is only what waits for the next opening: for such an entry the session has to end.
  const running = rejection.code === 'market_closed' && facts.market.open;
  const message = running ? BEFORE_THE_CLOSE : rejection.message;
  const values = Object.entries(rejection.detail)
    .map(([name, value]) => `${name} ${value}`)
    .join(', ');
  const verdict = {
    code: rejection.code,
    detail: values === '' ? message : `${message} (${values})`,
    facts: await deps.facts.complete(after),
  };
  if (waits) return { kind: 'closed', ...verdict };
  return { kind: rejection.code === 'expired' ? 'expired' : 'rejected', ...verdict };
}
