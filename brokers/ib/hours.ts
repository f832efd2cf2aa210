import type { MarketCalendar } from '../../domain/calendar/calendar';
import type { EpochMillis } from '../../domain/clock/instant';
import type { Instrument } from '../../domain/instrument/instrument';
import { atWallClock, zoneOf } from './times';
import { dayIn } from './windows';

/** A time in which a contract trades. */
export interface OpenSpan {
  readonly from: EpochMillis;
  readonly to: EpochMillis;
}

const SPAN = /^(\d{4})(\d{2})(\d{2}):(\d{2})(\d{2})-(\d{4})(\d{2})(\d{2}):(\d{2})(\d{2})$/;

/**
 * The hours of a contract, `20260302:0930-20260302:1600;20260303:CLOSED`, oldest first. What cannot be read is left out.
 * Source: TWS API, "ContractDetails.LiquidHours".
 */
export function openSpans(hours: string, zone: string): readonly OpenSpan[] {
  const timeZone = zoneOf(zone);
  if (timeZone === undefined) return [];
  return hours.split(';').flatMap((part) => {
    const match = SPAN.exec(part.trim());
    if (!match) return [];
    const [y1 = 0, m1 = 0, d1 = 0, h1 = 0, n1 = 0, y2 = 0, m2 = 0, d2 = 0, h2 = 0, n2 = 0] = match.slice(1).map(Number);
    return [
      {
        from: atWallClock(Date.UTC(y1, m1 - 1, d1, h1, n1), timeZone),
        to: atWallClock(Date.UTC(y2, m2 - 1, d2, h2, n2), timeZone),
      },
    ];
  });
}

/** The hours of a contract as TWS states them. */
interface StatedHours {
  readonly timeZone: string;
  readonly trading: string;
  readonly liquid: string;
}

/** Spans that touch are one: TWS splits a market that trades through the night at midnight. */
function joined(spans: readonly OpenSpan[]): readonly (OpenSpan & { readonly parts: number })[] {
  const whole: (OpenSpan & { readonly parts: number })[] = [];
  for (const { from, to } of spans) {
    const last = whole.at(-1);
    if (last?.to === from) whole[whole.length - 1] = { from: last.from, to, parts: last.parts + 1 };
    else whole.push({ from, to, parts: 1 });
  }
  return whole;
}

/**
 * The hours that our calendar of a contract is about: the regular ones of a stock, all of a future, whose calendar is that
 * of its trading day, from the evening before on.
 */
export function comparedSpans(
  { liquid, timeZone, trading }: StatedHours,
  { future }: Pick<Instrument, 'future'>,
): readonly OpenSpan[] {
  return openSpans(future === undefined ? liquid : trading, timeZone);
}

/**
 * Where hours of a contract and our calendar differ, one sentence a difference, by the trading day, which is the one on
 * which the span closes; empty when they agree. Compared is each span that TWS states: whether our calendar opens and
 * closes with it, and whether it was closed before.
 */
export function hourDifferences(spans: readonly OpenSpan[], calendar: MarketCalendar): readonly string[] {
  const whole = joined(spans);
  return whole.flatMap(({ from, parts, to }, index) => {
    // TWS tells some days only: a market that has not closed until their end need not close there.
    const goesOn = parts > 1 && index === whole.length - 1;
    const day = dayIn(calendar.timeZone, to - 1);
    if (!calendar.isOpen(from)) return [`${day}: TWS opens at ${iso(from)}, ${calendar.id} is closed then`];
    // What it tells first may have begun before the days that it tells.
    if (index > 0 && calendar.isOpen(from - 1))
      return [`${day}: TWS opens at ${iso(from)}, ${calendar.id} is open before`];
    const closes = calendar.nextClose(from);
    if (closes === to || (goesOn && (closes ?? Infinity) > to)) return [];
    return [`${day}: TWS closes at ${iso(to)}, ${calendar.id} at ${closes === undefined ? 'no time' : iso(closes)}`];
  });
}

function iso(at: EpochMillis): string {
  return `${new Date(at).toISOString().slice(0, 16)}Z`;
}
