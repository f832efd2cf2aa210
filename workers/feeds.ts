import type { Settings } from '../config/settings';
import { PostgresRateGate } from '../database/rate-budget';
import type { Database } from '../database/pool';
import type { FeedRegistry } from '../domain/candle/feed';
import { openFeeds } from '../feeds/registry';
import { publicBudgets } from './venue-budgets';

/**
 * The feeds of the settings. Where an exchange counts public requests by address, candles draw on the same budget as
 * orders there, below what stops and cancels have for themselves.
 */
export function feedsOf(settings: Pick<Settings, 'feeds' | 'accounts'>, database: Database): FeedRegistry {
  return openFeeds({
    ...settings.feeds,
    gateOf: (exchange) => {
      const budgets = publicBudgets(exchange, settings.accounts.address);
      return budgets.length === 0 ? undefined : new PostgresRateGate(database, budgets);
    },
  });
}
