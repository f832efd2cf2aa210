import type { EpochMillis, Millis } from '../clock/instant';
import type { MarketCalendar, Session } from '../calendar/calendar';
import { dec, ZERO } from '../money/decimal';
import type { Decimal, DecimalString } from '../money/decimal';
import { barPath, lastIndexAt, printOf } from './bar-path';
import type { BarPath, PriceBar } from './bar-path';
import type { Print, PrintSource } from './print';

/** Five minutes: 79 prints in a session of six and a half hours, 43 in an early one. */
const DEFAULT_PRINT_INTERVAL: Millis = 300_000;

/** What a tape of bars is made of. */
export interface BarSourceInput {
  /** Gives each bar its session. A bar without a session never prints; a session without a bar counts as closed. */
  readonly calendar: MarketCalendar;
  /** Oldest first, one a trading day. */
  readonly bars: readonly PriceBar[];
  /** Prints are multiples of this, in quote currency. */
  readonly tick: DecimalString;
  /** Distance of two prints in milliseconds; default `DEFAULT_PRINT_INTERVAL`. */
  readonly printInterval?: Millis;
}

function checkBars(bars: readonly PriceBar[]): void {
  let before = '';
  for (const bar of bars) {
    const [open, high, low, close] = [dec(bar.open), dec(bar.high), dec(bar.low), dec(bar.close)];
    const enclosed = [open, close].every((price) => low.lte(price) && high.gte(price));
    if (!enclosed || !low.gt(0))
      throw new RangeError(`bar ${bar.date}: prices must be above 0 and within low and high`);
    if (dec(bar.volume).lt(0)) throw new RangeError(`bar ${bar.date}: volume must not be negative`);
    if (bar.date <= before) throw new RangeError(`bar ${bar.date}: not later than the bar before it`);
    before = bar.date;
  }
}

/** Volumes with each missing one replaced by the last known before it; at the start by the first known after it. */
function knownVolumes(bars: readonly PriceBar[]): readonly Decimal[] {
  const volumes = bars.map((bar) => dec(bar.volume));
  let known = volumes.find((volume) => volume.gt(0)) ?? ZERO;
  return volumes.map((volume) => (known = volume.gt(0) ? volume : known));
}

/** A bar with its session, before its path is laid. */
interface Slot {
  readonly session: Session;
  readonly bar: PriceBar;
  readonly volume: Decimal;
}

function slotsOf(input: BarSourceInput): readonly Slot[] {
  const first = input.bars[0];
  const last = input.bars.at(-1);
  if (first === undefined || last === undefined) return [];
  const sessions = new Map(input.calendar.sessions(first.date, last.date).map((session) => [session.date, session]));
  const volumes = knownVolumes(input.bars);
  return input.bars.flatMap((bar, index) => {
    const session = sessions.get(bar.date);
    return session === undefined ? [] : [{ session, bar, volume: volumes[index] ?? ZERO }];
  });
}

/** Index of the last slot that opens at or before `at`; -1 when there is none. */
function lastOpened(slots: readonly Slot[], at: EpochMillis): number {
  let low = 0;
  let high = slots.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const slot = slots[middle];
    if (slot !== undefined && slot.session.open <= at) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/**
 * The tape of recorded bars, one bar a session, along the path that `barPath` documents. A bar's extremes and close
 * become visible only when their prints do. @throws RangeError when the bars are out of order or inconsistent.
 */
export function barSource(input: BarSourceInput): PrintSource {
  checkBars(input.bars);
  const slots = slotsOf(input);
  const tick = dec(input.tick);
  const interval = input.printInterval ?? DEFAULT_PRINT_INTERVAL;
  const pathOf = (slot: Slot): BarPath => barPath(slot.bar, slot.session, slot.volume, tick, interval);
  const slotAt = (at: EpochMillis): Slot | undefined => slots[lastOpened(slots, at)];

  const lastPrint = (at: EpochMillis): Print | undefined => {
    const slot = slotAt(at);
    if (slot === undefined) return undefined;
    const path = pathOf(slot);
    return printOf(path, lastIndexAt(path, at));
  };

  function* printsBetween(from: EpochMillis, to: EpochMillis): Generator<Print> {
    for (let index = Math.max(lastOpened(slots, from), 0); index < slots.length; index += 1) {
      const slot = slots[index];
      if (slot === undefined || slot.session.open > to) return;
      const path = pathOf(slot);
      const end = lastIndexAt(path, to);
      const start = from < slot.session.open ? 0 : lastIndexAt(path, from) + 1;
      for (let print = start; print <= end; print += 1) yield printOf(path, print);
    }
  }

  const lastSlot = slots.at(-1);
  const lastClose = lastSlot && lastPrint(lastSlot.session.close);
  return {
    maxPrintGap: interval,
    end: lastSlot && lastClose && { at: lastSlot.session.close, print: lastClose },
    isOpen: (at) => {
      const slot = slotAt(at);
      return slot !== undefined && at < slot.session.close;
    },
    printsBetween,
    lastPrint,
  };
}
