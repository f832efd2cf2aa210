import type { EpochMillis, Millis } from '../clock/instant';
import type { MarketCalendar } from './calendar';

/**
 * How long a market was open, in regular hours, between two moments: closed time counts nothing. At most `enough`, so that
 * a moment long past costs no more than one of today. 0 when `to` is not later than `from`.
 */
export function openTime(calendar: MarketCalendar, from: EpochMillis, to: EpochMillis, enough: Millis): Millis {
  let open: Millis = 0;
  let at: EpochMillis | undefined = from;
  while (at !== undefined && at < to && open < enough) {
    if (!calendar.isOpen(at)) {
      at = calendar.nextOpen(at);
      continue;
    }
    const close: EpochMillis = Math.min(calendar.nextClose(at) ?? to, to);
    open += close - at;
    at = close;
  }
  return Math.min(open, enough);
}
