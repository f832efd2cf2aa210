import { Context } from '@temporalio/activity';
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

/** Well within the activity's heartbeat timeout, so that an analyst may take its time. */
const HEARTBEAT_MS = 3_000;

/** Asking strategies for their views. A view is stored once and never asked for again, whatever restarts. */
export function createAnalysisActivities(deps: AnalysisDeps) {
  return {
    /** Shows the trade's strategy what was known at market time and stores its view. */
    async analyse(tradeId: string): Promise<TradeFacts> {
      const facts = await deps.facts.read(tradeId);
      if (facts.signal !== null) return facts;
      const analyst = deps.strategies.get(facts.spec.strategy);
      if (!analyst) throw ApplicationFailure.nonRetryable(`no strategy ${facts.spec.strategy}`, 'UnknownStrategy');
      const bars = await deps
        .marketOf(facts.account)
        .bars(facts.instrument.id, millisOf(facts.market.now), analyst.lookback);
      const question = { instrument: facts.instrument.id, marketTime: facts.market.now, bars };
      const signal = await alive(() => analyst.analyse(question));
      deps.failpoint('before-analysis-stored');
      return deps.facts.complete(await deps.trades.advance(tradeId, null, { signal }));
    },
  };
}

/** Tells the server that we live for as long as the work takes; ends at once when nobody wants its answer any more. */
async function alive<T>(work: () => Promise<T>): Promise<T> {
  const context = Context.current();
  const beats = setInterval(() => context.heartbeat(), HEARTBEAT_MS);
  try {
    return await Promise.race([work(), context.cancelled]);
  } finally {
    clearInterval(beats);
  }
}

export type AnalysisActivities = ReturnType<typeof createAnalysisActivities>;
