import { alwaysCalendar } from '../calendar/always-calendar';
import type { MarketCalendar, Session } from '../calendar/calendar';
import { formatDate, parseDate, utcMidnight } from '../calendar/dates';
import type { EpochMillis, Millis } from '../clock/instant';
import { lengthOf, placeOf } from './timeframe';
import type { Timeframe } from './timeframe';

const DAY: Millis = 86_400_000;
/** No market that we know rests longer than this; what is looked for beyond the last weekend and holidays lies within. */
const LONGEST_REST: Millis = 14 * DAY;

/** A market and a length of candle: together they say which candles should exist. */
export interface Grid {
  readonly calendar: MarketCalendar;
  readonly timeframe: Timeframe;
}

const dateOf = (at: EpochMillis): string => formatDate(Math.floor(at / DAY));
const midnightOf = ({ date }: Session): EpochMillis => utcMidnight(parseDate(date));

/** Sessions that touch a stretch; a session's date may be the day after it opens. */
function sessionsAround({ calendar }: Grid, from: EpochMillis, to: EpochMillis): readonly Session[] {
  return calendar.sessions(dateOf(Math.max(0, from - DAY)), dateOf(to + DAY));
}

/**
 * The places in `[from, to)` that should each have a candle, oldest first: every place on the grid of a market that never
 * closes; else those that regular trading touches, and of days the trading days. What the calendar does not know is
 * closed: nothing is missed there.
 */
export function expectedPlaces(grid: Grid, from: EpochMillis, to: EpochMillis): readonly EpochMillis[] {
  const { calendar, timeframe } = grid;
  const length = lengthOf(timeframe);
  if (calendar.id === alwaysCalendar.id) return placesBetween(from, to, length);
  const sessions = sessionsAround(grid, from, to);
  if (timeframe === '1d') return sessions.map(midnightOf).filter((at) => at >= from && at < to);
  const places = new Set<EpochMillis>();
  for (const { segments } of sessions) {
    for (const { kind, open, close } of segments) {
      if (kind !== 'regular') continue;
      const [first, last] = [Math.max(placeOf(open, timeframe), from), Math.min(close, to)];
      for (const place of placesBetween(first, last, length)) places.add(place);
    }
  }
  return [...places].sort((a, b) => a - b);
}

function placesBetween(from: EpochMillis, to: EpochMillis, length: Millis): readonly EpochMillis[] {
  const first = Math.ceil(from / length) * length;
  const count = Math.max(0, Math.ceil((to - first) / length));
  return Array.from({ length: count }, (_, index) => first + index * length);
}

/**
 * Whether nothing can change in a candle any more but by a correction: its time is over by `settle`. A day is over when
 * its session closes.
 */
export function isComplete(grid: Grid, openAt: EpochMillis, now: EpochMillis, settle: Millis): boolean {
  return closeOf(grid, openAt) + settle <= now;
}

function closeOf({ calendar, timeframe }: Grid, openAt: EpochMillis): EpochMillis {
  const usual = openAt + lengthOf(timeframe);
  if (timeframe !== '1d' || calendar.id === alwaysCalendar.id) return usual;
  const date = dateOf(openAt);
  // A day that the calendar does not know as one of trading is over when the next one is, in every time zone.
  return calendar.sessions(date, date)[0]?.close ?? usual + DAY;
}

/** The first place whose candle is not complete yet: everything before it can be asked for. */
export function completeUntil(grid: Grid, now: EpochMillis, settle: Millis): EpochMillis {
  const { calendar, timeframe } = grid;
  if (timeframe !== '1d' || calendar.id === alwaysCalendar.id) return Math.max(0, placeOf(now - settle, timeframe));
  const today = placeOf(now, timeframe);
  const open = sessionsAround(grid, now - LONGEST_REST, now).find(({ close }) => close + settle > now);
  return open === undefined ? today : Math.min(midnightOf(open), today + DAY);
}

/** The newest place that should have a candle by now; undefined when the calendar names none lately. */
export function newestExpected(grid: Grid, now: EpochMillis, settle: Millis): EpochMillis | undefined {
  const until = completeUntil(grid, now, settle);
  return expectedPlaces(grid, until - LONGEST_REST, until).at(-1);
}
