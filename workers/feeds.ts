import type { IbAccount } from '../config/ib-accounts';
import type { Settings } from '../config/settings';
import { PacedRequests } from '../database/paced-requests';
import { PostgresRateGate } from '../database/rate-budget';
import type { Database } from '../database/pool';
import type { CandleFeed, FeedRegistry } from '../domain/candle/feed';
import { accountFeed } from '../domain/candle/series';
import { IbFeed } from '../feeds/ib/ib-feed';
import { IB_PACING } from '../feeds/ib/history-rules';
import { openFeeds } from '../feeds/registry';
import { publicBudgets } from './venue-budgets';

/**
 * The feeds of the settings. Where an exchange counts public requests by address, candles draw on the same budget as
 * orders there, below what stops and cancels have for themselves.
 */
export function feedsOf(
  settings: Pick<Settings, 'feeds' | 'accounts'>,
  database: Database,
  ib: readonly IbAccount[],
): FeedRegistry {
  return openFeeds({
    ...settings.feeds,
    others: new Map(ib.map((account) => [accountFeed(account.name), () => feedOfIb(account, database)])),
    gateOf: (exchange) => {
      const budgets = publicBudgets(exchange, settings.accounts.address);
      return budgets.length === 0 ? undefined : new PostgresRateGate(database, budgets);
    },
  });
}

/** Candles of an account at Interactive Brokers. TWS paces them by log-in: all that speak to one gateway take turns. */
function feedOfIb({ historyClientId, host, instruments, name, port }: IbAccount, database: Database): CandleFeed {
  const turns = new PacedRequests(database, `ib:${host}:${port}`, IB_PACING);
  return new IbFeed({
    ...{ name: accountFeed(name), host, port, clientId: historyClientId, instruments },
    turn: (request) => turns.take(request),
    now: Date.now,
  });
}
