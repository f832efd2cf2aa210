import { millisOf } from '../../domain/clock/instant';
import type { Instrument } from '../../domain/instrument/instrument';
import { decimalString as d } from '../../domain/money/decimal';
import { assessRisk } from '../../domain/risk/assess-risk';
import type { RiskDecision } from '../../domain/risk/assess-risk';
import { DEFAULT_RISK_POLICY } from '../../domain/risk/policy';
import type { EffectivePolicy } from '../../domain/risk/policy-document';
import type { MarketView, PortfolioView, ProposedEntry, RiskInput } from '../../domain/risk/proposal';

/** Market time of the decisions: inside a session. */
export const NOW = millisOf('2020-03-06T15:00:00Z');

const INSTRUMENT: Instrument = {
  id: 'US500',
  description: 'test',
  calendar: 'NYSE',
  baseAsset: 'US500',
  quoteAsset: 'USD',
  tick: d('0.01'),
  lot: d('1'),
  minQuantity: d('1'),
  minNotional: d('10'),
  maxBaseFeeRate: d('0'),
};

/** What a case changes of the ordinary proposal. */
export interface RiskChanges {
  readonly entry?: Partial<ProposedEntry>;
  readonly instrument?: Partial<Instrument>;
  readonly market?: Partial<MarketView>;
  readonly portfolio?: Partial<PortfolioView>;
  readonly policy?: Partial<EffectivePolicy>;
}

/** A long market entry at 100 with its stop at 90, in an empty account worth 100,000. */
export function riskInput(changes: RiskChanges = {}): RiskInput {
  const price = d('100');
  return {
    entry: {
      tradeId: 'trade:paper:1',
      instrument: { ...INSTRUMENT, ...changes.instrument },
      side: 'buy',
      terms: { type: 'market' },
      stopPrice: d('90'),
      ...changes.entry,
    },
    market: {
      at: NOW,
      open: true,
      quote: { instrument: 'US500', price, bid: price, ask: price, at: NOW - 1_000 },
      maxQuoteAge: 300_000,
      ...changes.market,
    },
    portfolio: {
      equity: d('100000'),
      buyingPower: d('300000'),
      realisedToday: d('0'),
      unrealisedToday: d('0'),
      exposures: [],
      openTrades: [],
      unknownOrders: [],
      ...changes.portfolio,
    },
    policy: { ...DEFAULT_RISK_POLICY, maxPositionNotional: d('1000000'), maxVar: null, ...changes.policy },
  };
}

/** The decision on the ordinary proposal with changes. */
export function decide(changes: RiskChanges = {}): RiskDecision {
  return assessRisk(riskInput(changes));
}

/** The code of a refusal, or the approved quantity. */
export function outcome(changes: RiskChanges = {}): string {
  const decision = decide(changes);
  return decision.ok ? decision.order.quantity : decision.rejection.code;
}

/** The values behind a refusal; undefined when there is none. */
export function detail(changes: RiskChanges): unknown {
  const decision = decide(changes);
  return decision.ok ? undefined : decision.rejection.detail;
}
