import type { EpochMillis, Millis } from '../clock/instant';
import type { Decimal } from '../money/decimal';

/** One trade on the tape: the only thing that moves the simulated market. */
export interface Print {
  /** Market time. */
  readonly at: EpochMillis;
  /** In quote currency, above 0. */
  readonly price: Decimal;
  /** Units traded in this print; an order takes at most a share of it. */
  readonly volume: Decimal;
  /** True for the last print of a session: DAY orders end after it. */
  readonly sessionClose?: boolean;
}

/** Where a finite tape ends. */
export interface TapeEnd {
  /** When the last session closes; nothing prints at or after it. */
  readonly at: EpochMillis;
  /** The closing print of that session. */
  readonly print: Print;
}

/**
 * The tape of one instrument as a function of market time: the same question always has the same answer. Prints are
 * strictly ordered by time and lie inside sessions.
 */
export interface PrintSource {
  /** The longest gap between two prints of an open session: an older price is stale. Milliseconds. */
  readonly maxPrintGap: Millis;
  /** Undefined when the tape has no end. */
  readonly end: TapeEnd | undefined;
  /** True while this tape trades: the market's session is open and there is data for it. */
  isOpen(at: EpochMillis): boolean;
  /** The prints with `fromExclusive < print.at <= toInclusive`, oldest first; made one by one, so a long span costs no memory. */
  printsBetween(fromExclusive: EpochMillis, toInclusive: EpochMillis): Iterable<Print>;
  /** The last print at or before `at`; undefined before the first one. */
  lastPrint(at: EpochMillis): Print | undefined;
}

/** True when the tape has ended: entries and stops have no future, and exits settle at the last close. */
export function isPastLastBar(source: PrintSource, at: EpochMillis): boolean {
  return source.end !== undefined && at >= source.end.at;
}
