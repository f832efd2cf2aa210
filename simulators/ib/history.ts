import { DateTime } from 'luxon';
import type { Segment, TradingHours } from '../../domain/calendar/calendar';
import type { EpochMillis, Millis } from '../../domain/clock/instant';
import { bidAndAsk } from '../../domain/matching/matching-rules';
import type { Print, PrintSource } from '../../domain/matching/print';
import { dec, Decimal, text, ZERO } from '../../domain/money/decimal';
import type { SimMarket } from './market';

export const HISTORY_KINDS = ['TRADES', 'MIDPOINT', 'BID', 'ASK', 'BID_ASK'] as const;
export type HistoryKind = (typeof HISTORY_KINDS)[number];

/** A bar with its times. */
export interface HistoryBar {
  readonly from: EpochMillis;
  readonly open: Decimal;
  readonly high: Decimal;
  readonly low: Decimal;
  readonly close: Decimal;
  readonly volume: Decimal;
  readonly count: number;
}

const SECOND: Millis = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Bar sizes as clients write them; 0 stands for a whole session. */
const BAR_SIZES: ReadonlyMap<string, Millis> = new Map([
  ...[1, 5, 10, 15, 30].map((n): [string, Millis] => [`${n} secs`, n * SECOND]),
  ['1 min', MINUTE],
  ...[2, 3, 5, 10, 15, 20, 30].map((n): [string, Millis] => [`${n} mins`, n * MINUTE]),
  ['1 hour', HOUR],
  ...[2, 3, 4, 8].map((n): [string, Millis] => [`${n} hours`, n * HOUR]),
  ['1 day', 0],
]);

/** Length of a bar; 0 for a whole session, undefined for what is not simulated. */
export function barSize(written: string): Millis | undefined {
  return BAR_SIZES.get(written);
}

const UNITS: Readonly<Record<string, Millis>> = { S: SECOND, W: 7 * DAY, M: 30 * DAY, Y: 365 * DAY };

/** Where a span begins that ends at `end`: so many trading days (`2 D`), or so much time (`3600 S`, `1 W`, `1 M`, `1 Y`). */
export function spanStart(market: SimMarket, written: string, end: EpochMillis): EpochMillis | undefined {
  const [, count = '', unit = ''] = /^(\d{1,5}) ([SDWMY])$/.exec(written) ?? [];
  if (count === '' || Number(count) === 0) return undefined;
  const length = UNITS[unit];
  if (length !== undefined) return end - Number(count) * length;
  const { calendar } = market;
  // Two days in three are trading days at least, in any stretch of a fortnight and more.
  const date = (at: EpochMillis): string => DateTime.fromMillis(at, { zone: calendar.timeZone }).toFormat('yyyy-MM-dd');
  const sessions = calendar
    .sessions(date(end - (Number(count) * 1.6 + 14) * DAY), date(end + DAY))
    .filter(({ segments }) => (segments[0]?.open ?? end) < end);
  const first = sessions.slice(-Number(count))[0];
  return first?.segments[0]?.open;
}

/** Bars that are asked for. */
export interface AskedBars {
  readonly from: EpochMillis;
  readonly to: EpochMillis;
  /** 0: one for each session. */
  readonly size: Millis;
  readonly hours: TradingHours;
  readonly kind: HistoryKind;
}

/** The spans of the bars, oldest first. */
export function spansOf(
  { calendar, contract }: SimMarket,
  { from, hours, size, to }: AskedBars,
): [EpochMillis, EpochMillis][] {
  const date = (at: EpochMillis): string => DateTime.fromMillis(at, { zone: calendar.timeZone }).toFormat('yyyy-MM-dd');
  return calendar.sessions(date(from), date(to + DAY)).flatMap(({ segments }) => {
    const traded = segments.filter(({ kind }) => hours === 'extended' || kind === 'regular');
    const open = contract.secType === 'FUT' ? joined(traded) : traded;
    if (size === 0) {
      const span: [EpochMillis, EpochMillis] = [open[0]?.open ?? to, Math.min(open.at(-1)?.close ?? to, to)];
      return span[0] >= from && span[0] < to ? [span] : [];
    }
    return open.flatMap(({ close, open: begin }) => {
      const first = begin + Math.max(0, Math.ceil((from - begin) / size)) * size;
      const spans: [EpochMillis, EpochMillis][] = [];
      for (let at = first; at < Math.min(close, to); at += size) spans.push([at, Math.min(at + size, close, to)]);
      return spans;
    });
  });
}

/** Segments that touch as one: bars of a future count on from the evening, whatever of the day is called regular. */
function joined(segments: readonly Segment[]): readonly Segment[] {
  return segments.reduce<readonly Segment[]>((all, segment) => {
    const last = all.at(-1);
    return last?.close === segment.open ? [...all.slice(0, -1), { ...last, close: segment.close }] : [...all, segment];
  }, []);
}

/** So many prints at most are looked at for one bar; of more, evenly spaced ones stand for the rest. */
const MOST_PRINTS = 32;

/** A bar of the prints in `[from, to)`; undefined when there are none. */
export function barOf(
  market: SimMarket,
  [from, to]: readonly [EpochMillis, EpochMillis],
  asked: AskedBars,
): HistoryBar | undefined {
  const tape = market.tape(asked.hours);
  const every = (to - from) / tape.maxPrintGap;
  const prints = every <= MOST_PRINTS ? [...tape.printsBetween(from - 1, to - 1)] : sampled(tape, from, to);
  const [first] = prints;
  const last = prints.at(-1);
  if (first === undefined || last === undefined) return undefined;
  const low = (print: Print): Decimal => priceOf(market, print, asked.kind === 'BID_ASK' ? 'BID' : asked.kind);
  const high = (print: Print): Decimal => priceOf(market, print, asked.kind === 'BID_ASK' ? 'ASK' : asked.kind);
  return {
    from,
    open: low(first),
    high: Decimal.max(...prints.map(high)),
    low: Decimal.min(...prints.map(low)),
    close: high(last),
    volume: asked.kind === 'TRADES' ? prints.reduce((sum, { volume }) => sum.plus(volume), ZERO) : dec(-1),
    count: prints.length,
  };
}

function sampled(tape: PrintSource, from: EpochMillis, to: EpochMillis): readonly Print[] {
  const step = (to - 1 - from) / (MOST_PRINTS - 1);
  const prints = Array.from({ length: MOST_PRINTS }, (_, index) => tape.lastPrint(Math.round(from + index * step)));
  return prints.flatMap((print) => (print === undefined || print.at < from - 1 ? [] : [print]));
}

function priceOf(market: SimMarket, print: Print, kind: HistoryKind): Decimal {
  if (kind === 'TRADES' || kind === 'MIDPOINT') return print.price;
  const { ask, bid } = bidAndAsk(print, market.rules);
  return kind === 'ASK' ? ask : bid;
}

/** The date of a bar: a trading day alone, which may have begun on the evening before, or with its time in the market's zone; seconds since 1970 where the client wants those. */
function barDate(market: SimMarket, at: EpochMillis, isDay: boolean, asSeconds: boolean): string {
  const { timeZone } = market.calendar;
  const moment = DateTime.fromMillis(at, { zone: timeZone });
  const session = isDay ? market.calendar.sessionOf(at, 'extended') : undefined;
  if (isDay) return session?.date.replaceAll('-', '') ?? moment.toFormat('yyyyMMdd');
  return asSeconds ? String(Math.floor(at / SECOND)) : `${moment.toFormat('yyyyMMdd HH:mm:ss')} ${timeZone}`;
}

/** A bar in the words of the protocol. */
export function barView(market: SimMarket, bar: HistoryBar, isDay: boolean, asSeconds: boolean) {
  const { close, count, from, high, low, open, volume } = bar;
  return {
    ...{ date: barDate(market, from, isDay, asSeconds), open: text(open), high: text(high), low: text(low) },
    ...{ close: text(close), volume: text(volume), average: text(high.plus(low).div(2)), count },
  };
}
