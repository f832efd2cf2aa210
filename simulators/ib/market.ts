import { calendarOf } from '../../domain/calendar/calendars';
import type { MarketCalendar, TradingHours } from '../../domain/calendar/calendar';
import type { EpochMillis, Millis } from '../../domain/clock/instant';
import type { MatchingRules } from '../../domain/matching/matching-rules';
import type { Print, PrintSource } from '../../domain/matching/print';
import { syntheticSource } from '../../domain/matching/synthetic-source';
import { dec, ZERO } from '../../domain/money/decimal';
import type { SimContract } from './contracts';
import { futuresCalendar } from './futures-calendar';

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

/**
 * Prints only while the calendar is open. A session ends with a closing print, at its last millisecond: at the last
 * price, of no volume, where nobody traded just then.
 */
export function inHours(source: PrintSource, calendar: MarketCalendar, hours: TradingHours): PrintSource {
  if (calendar.id === 'ALWAYS') return source;
  return {
    maxPrintGap: source.maxPrintGap,
    end: source.end,
    isOpen: (at) => calendar.isOpen(at, hours) && source.isOpen(at),
    *printsBetween(from, to) {
      for (const { after, close } of openSpans(calendar, hours, from, to)) yield* session(source, after, close - 1, to);
    },
    lastPrint: (at) => {
      const moment = calendar.isOpen(at, hours) ? at : lastClose(calendar, hours, at);
      return moment === undefined ? undefined : source.lastPrint(moment);
    },
  };
}

/** The prints of an open span after a moment, with the closing print at `last` if that is not after `to`. */
function* session(source: PrintSource, after: EpochMillis, last: EpochMillis, to: EpochMillis): Iterable<Print> {
  let isClosed = after >= last;
  for (const print of source.printsBetween(after, Math.min(last, to))) {
    isClosed = print.at === last;
    yield isClosed ? { ...print, sessionClose: true } : print;
  }
  const close = isClosed || last > to ? undefined : source.lastPrint(last);
  if (close !== undefined) yield { at: last, price: close.price, volume: ZERO, sessionClose: true };
}

/** An open span, or what of it is not before a moment. */
interface OpenSpan {
  /** Prints strictly after this belong to it. */
  readonly after: EpochMillis;
  /** When the market closes. */
  readonly close: EpochMillis;
}

/** The open spans that touch `(from, to]`, so that a long closed time costs nothing. */
function* openSpans(
  calendar: MarketCalendar,
  hours: TradingHours,
  from: EpochMillis,
  to: EpochMillis,
): Iterable<OpenSpan> {
  let at = from;
  while (at <= to) {
    const isOpen = calendar.isOpen(at, hours);
    const open = isOpen ? at : calendar.nextOpen(at, hours);
    const close = open === undefined ? undefined : calendar.nextClose(open, hours);
    if (open === undefined || close === undefined || open > to) return;
    // A session is half open: a print at its very start belongs to it.
    yield { after: isOpen ? at : open - 1, close };
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

/**
 * `always` open, so that a simulator can be used at any hour, in the hours of the contract's `exchange`, or in those of a
 * calendar that a test has.
 */
export type SimHours = 'always' | 'exchange' | MarketCalendar;

export function calendarFor(contract: SimContract, hours: SimHours): MarketCalendar {
  if (typeof hours === 'object') return hours;
  if (hours === 'always') return calendarOf('ALWAYS');
  return contract.secType === 'FUT' ? futuresCalendar : calendarOf(contract.calendar);
}
