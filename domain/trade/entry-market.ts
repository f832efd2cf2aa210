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

/**
 * Whether the market takes this trade's entry at a moment, and if not, from when on. One for the opening auction is sent
 * while the market is closed and its next open is known; it rests at the venue until then.
 */
export function tradeEntryMarket(
  calendar: MarketCalendar,
  at: EpochMillis,
  spec: Pick<TradeSpec, 'extendedHours' | 'entry' | 'timeInForce'>,
  instrument: Pick<Instrument, 'extendedHours'>,
): EntryMarket {
  if (spec.timeInForce !== 'OPG') return entryMarket(calendar, at, entryHours(spec, instrument));
  const { nextOpen, open } = entryMarket(calendar, at, 'regular');
  if (!open) return { open: nextOpen !== null, nextOpen, rests: true };
  const close = calendar.nextClose(at);
  return { open: false, nextOpen: close === undefined ? null : instant(close) };
}

/** Whether the market takes an entry at a moment, and if not, from when on. */
export function entryMarket(calendar: MarketCalendar, at: EpochMillis, hours: TradingHours): EntryMarket {
  const open = calendar.isOpen(at, hours);
  const next = open ? undefined : calendar.nextOpen(at, hours);
  return { open, nextOpen: next === undefined ? null : instant(next) };
}
