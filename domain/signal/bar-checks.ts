import type { Instant } from '../clock/instant';
import type { Bar } from './signal';

/** Why bars cannot be read: their dates, their order or their prices are wrong, or they lie in the future. */
export type BarFaultCode = 'invalid_date' | 'unsorted_bars' | 'invalid_price' | 'future_bars';

/** The first fault of a list of bars, with a sentence that names the bar. */
export interface BarFault {
  readonly code: BarFaultCode;
  readonly reason: string;
}

const DATE = /^\d{4}-\d{2}-\d{2}$/;

function priceFault({ date, open, high, low, close }: Bar): BarFault | undefined {
  const prices = Object.entries({ open, high, low, close });
  const bad = prices.find(([, price]) => !(price > 0 && Number.isFinite(price)));
  if (bad) return { code: 'invalid_price', reason: `The ${bad[0]} of ${date} is ${bad[1]}, not a price above 0.` };
  if (high >= Math.max(open, close) && low <= Math.min(open, close)) return undefined;
  return { code: 'invalid_price', reason: `The open or close of ${date} lies outside its low and high.` };
}

/**
 * Looks for a reason not to trust bars: dates in another form than `YYYY-MM-DD`, dates that do not rise strictly,
 * prices that are not finite and above 0 or lie outside the bar's range, and bars of a later UTC day than `marketTime`.
 * A bar of the same day is accepted, since only the feed knows whether its session has ended.
 */
export function findBarFault(bars: readonly Bar[], marketTime: Instant): BarFault | undefined {
  const today = marketTime.slice(0, 10);
  let before = '';
  for (const bar of bars) {
    const { date } = bar;
    if (!DATE.test(date)) return { code: 'invalid_date', reason: `A bar has the date "${date.slice(0, 40)}".` };
    if (date <= before) return { code: 'unsorted_bars', reason: `The bar of ${date} comes after that of ${before}.` };
    if (date > today) return { code: 'future_bars', reason: `The bar of ${date} lies after ${today}.` };
    const fault = priceFault(bar);
    if (fault) return fault;
    before = date;
  }
  return undefined;
}
