import { ApplicationFailure } from '@temporalio/common';
import { millisOf } from '../../domain/clock/instant';
import type { Analyst } from '../../domain/signal/signal';
import type { MarketData } from '../../domain/signal/market-data';
import type { TradeFacts } from '../../domain/trade/facts';
import type { TradeStore } from '../../database/trades';
import type { Failpoint } from '../execution/ports';
import type { FactsReader } from '../ledger/read-facts';

export interface AnalysisDeps {
  readonly trades: TradeStore;
  readonly facts: FactsReader;
  readonly marketOf: (account: string) => MarketData;
  readonly strategies: ReadonlyMap<string, Analyst>;
  readonly failpoint: (name: Failpoint) => void;
}

/** Asking strategies for their views. A view is stored once and never asked for again, whatever restarts. */
export function createAnalysisActivities(deps: AnalysisDeps) {
  return {
    /** Shows the trade's strategy what was known at market time and stores its view. */
    async analyse(tradeId: string): Promise<TradeFacts> {
      const facts = await deps.facts.read(tradeId);
      if (facts.signal !== null) return facts;
      const analyst = deps.strategies.get(facts.spec.strategy);
      if (!analyst) throw ApplicationFailure.nonRetryable(`no strategy ${facts.spec.strategy}`, 'UnknownStrategy');
      await deps.trades.advance(tradeId, 'analysing', {});
      const bars = await deps
        .marketOf(facts.account)
        .bars(facts.instrument.id, millisOf(facts.market.now), analyst.lookback);
      const signal = await analyst.analyse({ instrument: facts.instrument.id, marketTime: facts.market.now, bars });
      deps.failpoint('before-analysis-stored');
      return deps.facts.complete(await deps.trades.advance(tradeId, null, { signal }));
    },
  };
}

export type AnalysisActivities = ReturnType<typeof createAnalysisActivities>;
