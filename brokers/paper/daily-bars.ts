import type { MarketCalendar, Session } from '../../domain/calendar/calendar';
import type { EpochMillis } from '../../domain/clock/instant';
import { instant } from '../../domain/clock/instant';
import type { PriceBar } from '../../domain/matching/bar-path';
import type { Print, PrintSource } from '../../domain/matching/print';
import { SYNTHETIC_RANGE } from '../../domain/matching/synthetic-source';
import type { Bar } from '../../domain/signal/signal';

/** The last `count` daily bars whose session had closed at `at`, oldest first; fewer where there are fewer. */
export type BarHistory = (at: EpochMillis, count: number) => readonly Bar[];

const DAY = 86_400_000;

/** Recorded bars, each visible from the close of its session on; a bar without a session never is. */
export function closedBars(bars: readonly PriceBar[], calendar: MarketCalendar): BarHistory {
  const [first, last] = [bars[0], bars.at(-1)];
  if (first === undefined || last === undefined) return () => [];
  const closes = new Map(calendar.sessions(first.date, last.date).map(({ date, close }) => [date, close]));
  const closed = bars.flatMap((bar) => {
    const close = closes.get(bar.date);
    return close === undefined ? [] : [{ close, bar: numeric(bar) }];
  });
  return (at, count) => {
    const end = closed.findLastIndex(({ close }) => close <= at) + 1;
    return closed.slice(Math.max(0, end - count), end).map(({ bar }) => bar);
  };
}

/** Research reads numbers: the one place where recorded prices become floats. */
function numeric({ date, open, high, low, close, volume }: PriceBar): Bar {
  return {
    date,
    open: Number(open),
    high: Number(high),
    low: Number(low),
    close: Number(close),
    volume: Number(volume),
  };
}

/**
 * Daily bars that are made from the prints of a synthetic tape when they are asked for, and then kept: one for each
 * session of the calendar.
 */
export function synthesisedBars(source: PrintSource, calendar: MarketCalendar): BarHistory {
  const made = new Map<string, Bar>();
  const barOf = (session: Session): readonly Bar[] => {
    const known = made.get(session.date) ?? aggregate(source, session);
    if (known === undefined) return [];
    made.set(session.date, known);
    return [known];
  };
  return (at, count) => {
    const from = instant(Math.max(0, at - (count + 1) * DAY)).slice(0, 10);
    const sessions = calendar.sessions(from, instant(at).slice(0, 10)).filter(({ close }) => close <= at);
    return sessions.slice(Math.max(0, sessions.length - count)).flatMap(barOf);
  };
}

/**
 * The bar of all prints of a session. Its range is exact without a look at each of the 864,000 prints of a day: once
 * the lowest and the highest price that the tape can show have both been seen, no later print can widen it.
 */
function aggregate(source: PrintSource, session: Session): Bar | undefined {
  let open: Print | undefined;
  let [low, high] = [Infinity, -Infinity];
  const range = [SYNTHETIC_RANGE.low.toNumber(), SYNTHETIC_RANGE.high.toNumber()] as const;
  for (const print of source.printsBetween(session.open - 1, session.close - 1)) {
    open ??= print;
    const price = print.price.toNumber();
    low = Math.min(low, price);
    high = Math.max(high, price);
    if (low <= range[0] && high >= range[1]) break;
  }
  const last = source.lastPrint(session.close - 1);
  if (open === undefined || last === undefined) return undefined;
  const prints = Math.floor((session.close - 1 - open.at) / source.maxPrintGap) + 1;
  return {
    date: session.date,
    open: open.price.toNumber(),
    high,
    low,
    close: last.price.toNumber(),
    volume: open.volume.toNumber() * prints,
  };
}
