import { ApplicationFailure } from '@temporalio/common';
import type { TradeFacts, TradeRequests } from '../../domain/trade/facts';
import type { TradePhase } from '../../domain/trade/phase';
import type { Ending } from '../../domain/trade/step';
import { NoSuchTrade } from '../../database/trades';
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
      try {
        return await deps.facts.read(tradeId);
      } catch (error) {
        if (!(error instanceof NoSuchTrade)) throw error;
        // Its workflow is of a time that the books were taken back from: no further try finds it.
        throw ApplicationFailure.nonRetryable(
          `the books have ${error.message}: what it left at its venue is listed by \`tradewind backup restored\``,
          error.name,
        );
      }
    },

    /** Enters a phase, or stores a change without one (null), and reads the facts after it. */
    async advanceTrade(tradeId: string, phase: TradePhase | null, change: TradeChange): Promise<TradeFacts> {
      return deps.facts.complete(await deps.trades.advance(tradeId, phase, change));
    },

    /** Ends a halted trade that has no order, and stores that the halt reached it; the facts of one that has say that it goes on. */
    async endUnentered(tradeId: string, ending: Ending, halt: NonNullable<TradeChange['halt']>): Promise<TradeFacts> {
      return deps.facts.complete(await deps.trades.endUnentered(tradeId, ending, halt));
    },

    /** Keeps what a person asked for, so that a restarted workflow still knows it. */
    async recordRequest(tradeId: string, request: TradeRequests): Promise<TradeFacts> {
      return deps.facts.complete(await deps.trades.request(tradeId, request));
    },
  };
}

export type LedgerActivities = ReturnType<typeof createLedgerActivities>;
