import { randomBytes } from 'node:crypto';
import type { WatchDeps } from '../../activities/execution/watch-account';
import { VenuePoll } from '../../activities/execution/venue-poll';
import { FactsReader } from '../../activities/ledger/read-facts';
import { AccountRestores } from '../../database/account-restores';
import { OrderJournal } from '../../database/journal';
import { OrderClaims } from '../../database/order-claims';
import type { Database } from '../../database/pool';
import { TradeStore } from '../../database/trades';
import { VenueQuotes } from '../../database/venue-quotes';
import { VenueSnapshots } from '../../database/venue-snapshots';
import { calendarOf } from '../../domain/calendar/calendars';
import { dec, text } from '../../domain/money/decimal';
import type { Broker } from '../../domain/order/broker';
import type { MarketData } from '../../domain/signal/market-data';

/** A market that never moves, for what is about orders alone. */
const STILL_MARKET: MarketData = {
  quote: (instrument, at) => {
    const price = text(dec(100));
    return Promise.resolve({ instrument, price, bid: price, ask: price, at });
  },
  bars: () => Promise.resolve([]),
  maxPrintGap: () => Number.MAX_SAFE_INTEGER,
  endsAt: () => undefined,
};

const silent = {
  refused: () => undefined,
  submitted: () => undefined,
  orderState: () => undefined,
  filled: () => undefined,
};

/** What the execution activities need for one account: the real journal, and a broker. */
export function executionDeps(database: Database, account: string, broker: Broker, installation: string): WatchDeps {
  const trades = new TradeStore(database);
  return {
    ...{ account, broker, trades, installation, metrics: silent },
    journal: new OrderJournal(database),
    facts: new FactsReader({ trades, marketOf: () => STILL_MARKET, calendarOf }),
    failpoint: () => undefined,
    monotonic: () => performance.now(),
    token: () => randomBytes(16).toString('hex'),
    claims: new OrderClaims(database, account),
    quotes: new VenueQuotes(database, account),
    snapshots: new VenueSnapshots(database, account),
    restores: new AccountRestores(database),
    market: STILL_MARKET,
    calendarOf,
    stopping: new AbortController().signal,
    signalTrade: () => Promise.resolve(),
  };
}

/** One poll of the account's watcher. @throws what the venue's poll throws. */
export async function watchOnce(deps: WatchDeps): Promise<void> {
  await new VenuePoll(deps, () => undefined).once();
}
