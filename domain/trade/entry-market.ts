import type { MarketCalendar, TradingHours } from '../calendar/calendar';
import { instant } from '../clock/instant';
import type { EpochMillis } from '../clock/instant';
import type { Instrument } from '../instrument/instrument';
import type { EntryMarket } from './facts';
import type { TradeSpec } from './spec';

/**
 * The hours in which a trade may be entered: pre- and post-market only when its client asked for them, the venue has them
 * for the instrument, and the entry is a limit order (outside the session a market order would fill at any price, and
 * venues do not trigger stops).
 */
export function entryHours(
  { extendedHours, entry }: Pick<TradeSpec, 'extendedHours' | 'entry'>,
  instrument: Pick<Instrument, 'extendedHours'>,
): TradingHours {
  return extendedHours === true && instrument.extendedHours === true && entry.type === 'limit' ? 'extended' : 'regular';
}

/** Whether the market takes an entry at a moment, and if not, from when on. */
export function entryMarket(calendar: MarketCalendar, at: EpochMillis, hours: TradingHours): EntryMarket {
  const open = calendar.isOpen(at, hours);
  const next = open ? undefined : calendar.nextOpen(at, hours);
  return { open, nextOpen: next === undefined ? null : instant(next) };
}
