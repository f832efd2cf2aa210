import { instant, millisOf } from '../../domain/clock/instant';
import type { CalendarId, MarketCalendar } from '../../domain/calendar/calendar';
import { leaveAt } from '../../domain/instrument/expiry';
import type { MarketData } from '../../domain/signal/market-data';
import { entryMarket, tradeEntryMarket } from '../../domain/trade/entry-market';
import type { MarketState, TradeFacts } from '../../domain/trade/facts';
import type { StoredFacts, TradeStore } from '../../database/trades';

export interface FactsDeps {
  readonly trades: TradeStore;
  readonly marketOf: (account: string) => MarketData;
  readonly calendarOf: (id: CalendarId) => MarketCalendar;
}

/** A trade's facts: what Postgres knows, and the market around it at its market time. */
export class FactsReader {
  constructor(private readonly deps: FactsDeps) {}

  /** @throws NoSuchTrade */
  async read(tradeId: string): Promise<TradeFacts> {
    return this.complete(await this.deps.trades.facts(tradeId));
  }

  /** Adds the market to facts that a database call answered. */
  async complete(stored: StoredFacts): Promise<TradeFacts> {
    const { now, speed, ...facts } = stored;
    const at = millisOf(now);
    const { future } = facts.instrument;
    const calendar = this.deps.calendarOf(facts.instrument.calendar);
    const feed = this.deps.marketOf(facts.account);
    const quote = await feed.quote(facts.instrument.id, at);
    const endsAt = feed.endsAt(facts.instrument.id);
    const regular = entryMarket(calendar, at, 'regular');
    const market: MarketState = {
      now,
      speed,
      entry: tradeEntryMarket(calendar, at, facts.spec, facts.instrument),
      ...regular,
      price: quote?.price ?? null,
      ended: endsAt !== undefined && at >= endsAt,
      ...(future === undefined ? {} : { leaveAt: instant(leaveAt(calendar, future)) }),
    };
    return { ...facts, market };
  }
}
