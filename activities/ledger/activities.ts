import type { TradeFacts, TradeRequests } from '../../domain/trade/facts';
import type { TradePhase } from '../../domain/trade/phase';
import type { Ending } from '../../domain/trade/step';
import type { TradeChange, TradeStore } from '../../database/trades';
import type { FactsReader } from './read-facts';

export interface LedgerDeps {
  readonly trades: TradeStore;
  readonly facts: FactsReader;
}

/** Reading and moving a trade's row. All of it is short, local to Postgres and may be repeated. */
export function createLedgerActivities(deps: LedgerDeps) {
  return {
    /** Everything that is known of the trade now. */
    async readTrade(tradeId: string): Promise<TradeFacts> {
      return deps.facts.read(tradeId);
    },

    /** Enters a phase, or stores a change without one (null), and reads the facts after it. */
    async advanceTrade(tradeId: string, phase: TradePhase | null, change: TradeChange): Promise<TradeFacts> {
      return deps.facts.complete(await deps.trades.advance(tradeId, phase, change));
    },

    /**
     * Ends a trade that has no order yet, and stores what it still learned: the database refuses to end one that has, and
     * the facts then say that it goes on.
     */
    async endUnentered(tradeId: string, ending: Ending, change: TradeChange): Promise<TradeFacts> {
      const { facts } = await deps.trades.end(tradeId, ending, change);
      return deps.facts.complete(facts);
    },

    /** Keeps what a person asked for, so that a restarted workflow still knows it. */
    async recordRequest(tradeId: string, request: TradeRequests): Promise<TradeFacts> {
      return deps.facts.complete(await deps.trades.request(tradeId, request));
    },
  };
}

export type LedgerActivities = ReturnType<typeof createLedgerActivities>;
