import type { EpochMillis, Millis } from '../clock/instant';
import type { Session } from '../calendar/calendar';
import { dec, Decimal } from '../money/decimal';
import type { DecimalString } from '../money/decimal';
import type { Print } from './print';

/** One session's prices as text, the exact form in which they are stored. */
export interface PriceBar {
  /** Trading day, `YYYY-MM-DD`, in the market's own time zone. */
  readonly date: string;
  readonly open: DecimalString;
  readonly high: DecimalString;
  readonly low: DecimalString;
  readonly close: DecimalString;
  /** Units traded in the session; 0 is "missing". */
  readonly volume: DecimalString;
}

/** A bar laid over its session: everything that its prints depend on. */
export interface BarPath {
  readonly session: Session;
  /** Open, nearer extreme, other extreme, close, each on the tick. */
  readonly wayPoints: readonly [Decimal, Decimal, Decimal, Decimal];
  /** Distance of two prints; the closing print comes earlier where the session does not divide evenly. */
  readonly interval: Millis;
  /** Number of prints, at least four. */
  readonly count: number;
  readonly volumePerPrint: Decimal;
  readonly tick: Decimal;
}

/** Four way points need four moments. */
const FEWEST_INTERVALS = 3;

function onTick(price: Decimal, tick: Decimal): Decimal {
  return price.div(tick).toDecimalPlaces(0, Decimal.ROUND_HALF_EVEN).mul(tick);
}

/**
 * Lays a bar over a session.
 *
 * A bar does not say which extreme came first. The usual assumption of bar replay is taken: from the open to the
 * nearer extreme, then to the other one, then to the close; at equal distance the low comes first. The way points are
 * passed after none, one third, two thirds and all of the intervals, and the price runs straight between them.
 *
 * Prints come at the open, then every `interval`, and finally one millisecond before the close (a session is half
 * open, so this is its last moment). The session's volume is spread evenly over them.
 */
export function barPath(bar: PriceBar, session: Session, volume: Decimal, tick: Decimal, interval: Millis): BarPath {
  const open = dec(bar.open);
  const high = dec(bar.high);
  const low = dec(bar.low);
  const lowFirst = open.minus(low).lte(high.minus(open));
  const [nearer, other] = lowFirst ? [low, high] : [high, low];
  const length = session.close - 1 - session.open;
  const step = Math.min(interval, Math.ceil(length / FEWEST_INTERVALS));
  const count = Math.ceil(length / step) + 1;
  return {
    session,
    wayPoints: [onTick(open, tick), onTick(nearer, tick), onTick(other, tick), onTick(dec(bar.close), tick)],
    interval: step,
    count,
    volumePerPrint: volume.div(count),
    tick,
  };
}

function priceOf(path: BarPath, index: number): Decimal {
  const last = path.count - 1;
  const [open, nearer, other, close] = path.wayPoints;
  const first = Math.round(last / 3);
  const second = Math.round((2 * last) / 3);
  const between = (from: Decimal, to: Decimal, start: number, end: number): Decimal =>
    onTick(
      from.plus(
        to
          .minus(from)
          .mul(index - start)
          .div(end - start),
      ),
      path.tick,
    );
  if (index <= first) return between(open, nearer, 0, first);
  if (index <= second) return between(nearer, other, first, second);
  return between(other, close, second, last);
}

/** The print number `index` of the path, from 0 (the open) to `count - 1` (the close). */
export function printOf(path: BarPath, index: number): Print {
  const last = index === path.count - 1;
  return {
    at: last ? path.session.close - 1 : path.session.open + index * path.interval,
    price: priceOf(path, index),
    volume: path.volumePerPrint,
    ...(last ? { sessionClose: true } : {}),
  };
}

/** Number of the last print at or before `at`; -1 before the session's open. */
export function lastIndexAt(path: BarPath, at: EpochMillis): number {
  if (at >= path.session.close - 1) return path.count - 1;
  return Math.min(Math.floor((at - path.session.open) / path.interval), path.count - 2);
}
