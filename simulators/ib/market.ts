import { calendarOf } from '../../domain/calendar/calendars';
import type { MarketCalendar, TradingHours } from '../../domain/calendar/calendar';
import type { EpochMillis, Millis } from '../../domain/clock/instant';
import type { MatchingRules } from '../../domain/matching/matching-rules';
import type { Print, PrintSource } from '../../domain/matching/print';
import { syntheticSource } from '../../domain/matching/synthetic-source';
import { dec } from '../../domain/money/decimal';
import type { SimContract } from './contracts';

/** A contract with its market: what it prints, and when. */
export interface SimMarket {
  readonly contract: SimContract;
  readonly calendar: MarketCalendar;
  readonly rules: MatchingRules;
  /** The prints of the regular session only, or of the hours around it, too. */
  readonly tape: (hours: TradingHours) => PrintSource;
}

/** Around this the synthetic tape swings. */
const CENTRE = 100;
/** Units in each print: an order of any reasonable size fills at once. */
const VOLUME = dec(1_000_000);

/** Made-up prices around a contract's own centre, on its smallest tick. They carry no information. */
export function madeUpPrices({ centre, minTick }: SimContract, seed: string): PrintSource {
  const source = syntheticSource({ seed });
  const scaled = (print: Print): Print => ({
    ...print,
    price: print.price.mul(centre).div(CENTRE).div(minTick).toDecimalPlaces(0).mul(minTick),
    volume: VOLUME,
  });
  return {
    ...source,
    *printsBetween(from, to) {
      for (const print of source.printsBetween(from, to)) yield scaled(print);
    },
    lastPrint: (at) => {
      const print = source.lastPrint(at);
      return print && scaled(print);
    },
  };
}

/** Prints only while the calendar is open; the last one before a close ends the session. */
export function inHours(source: PrintSource, calendar: MarketCalendar, hours: TradingHours): PrintSource {
  if (calendar.id === 'ALWAYS') return source;
  const closesAfter = (print: Print): boolean => {
    const close = calendar.nextClose(print.at, hours);
    return close !== undefined && print.at + source.maxPrintGap >= close;
  };
  const marked = (print: Print): Print => (closesAfter(print) ? { ...print, sessionClose: true } : print);
  return {
    maxPrintGap: source.maxPrintGap,
    end: source.end,
    isOpen: (at) => calendar.isOpen(at, hours) && source.isOpen(at),
    *printsBetween(from, to) {
      for (const [open, close] of openSpans(calendar, hours, from, to))
        for (const print of source.printsBetween(open, close))
          if (calendar.isOpen(print.at, hours)) yield marked(print);
    },
    lastPrint: (at) => {
      const moment = calendar.isOpen(at, hours) ? at : lastClose(calendar, hours, at);
      const print = moment === undefined ? undefined : source.lastPrint(moment);
      return print && marked(print);
    },
  };
}

/** The parts of `(from, to]` in which the market is open, so that a long closed time costs nothing. */
function* openSpans(
  calendar: MarketCalendar,
  hours: TradingHours,
  from: EpochMillis,
  to: EpochMillis,
): Iterable<readonly [EpochMillis, EpochMillis]> {
  let at = from;
  while (at < to) {
    const open = calendar.isOpen(at, hours) ? at : calendar.nextOpen(at, hours);
    if (open === undefined || open > to) return;
    const close = Math.min(calendar.nextClose(open, hours) ?? to, to);
    // A span is open at its start: the very first print of a session belongs to it.
    yield [open === at ? at : open - 1, close];
    at = close;
  }
}

/** How long a market is closed at most: a long weekend, and a day to spare. */
const LONGEST_CLOSED: Millis = 6 * 86_400_000;

/** The last moment before `at` at which the market was open. */
function lastClose(calendar: MarketCalendar, hours: TradingHours, at: EpochMillis): EpochMillis | undefined {
  let last: EpochMillis | undefined;
  let next = calendar.nextClose(at - LONGEST_CLOSED, hours);
  while (next !== undefined && next <= at) {
    last = next - 1;
    next = calendar.nextClose(next, hours);
  }
  return last;
}

/** `always` open, so that a simulator can be used at any hour, or in the hours of the contract's `exchange`. */
export type SimHours = 'always' | 'exchange';

export function calendarFor(contract: SimContract, hours: SimHours): MarketCalendar {
  return calendarOf(hours === 'always' ? 'ALWAYS' : contract.calendar);
}
