import type { CalendarId } from './calendar';
import { formatDate, parseDate } from './dates';
import type { DayNumber } from './dates';
import { secondsOf } from './local-time';
import type { LocalSeconds } from './local-time';

/** What every exception says: for which calendars, on which trading day, why, and where that can be read. */
interface ExceptionBase {
  readonly calendars: readonly CalendarId[];
  /** `YYYY-MM-DD`, the trading day. */
  readonly date: string;
  readonly reason: string;
  /** Where the market's decision can be read. */
  readonly source: string;
}

/**
 * A trading day that differs from the rules of its market. `closed`: no session. `hours`: another open or close, or a
 * session on a day that the rules close; what is left out stays as usual, and a session that usually opens on the evening
 * before still does. `halt`: no trading for a while within the session; there may be several on a day. Times are `HH:MM`
 * or `HH:MM:SS` in the market's own zone.
 */
export type CalendarException = ExceptionBase &
  (
    | { readonly kind: 'closed' }
    | { readonly kind: 'hours'; readonly open?: string; readonly close?: string }
    | { readonly kind: 'halt'; readonly from: string; readonly to: string }
  );

/** What is exceptional on one day of one calendar. */
export interface DayException {
  readonly closed?: true;
  readonly open?: LocalSeconds;
  readonly close?: LocalSeconds;
  readonly halts: readonly { readonly from: LocalSeconds; readonly to: LocalSeconds }[];
}

/** First and last day on which exceptions of a calendar may lie. */
export interface ExceptionRange {
  readonly firstDay: DayNumber;
  readonly lastDay: DayNumber;
}

function refuse(exception: CalendarException, rule: string): never {
  throw new RangeError(`calendar exception ${exception.date} (${exception.calendars.join(', ')}) ${rule}`);
}

function read(exception: CalendarException): DayException {
  switch (exception.kind) {
    case 'closed':
      return { closed: true, halts: [] };
    case 'hours': {
      const { open, close } = exception;
      if (open === undefined && close === undefined) refuse(exception, 'must give an open or a close');
      return {
        ...(open === undefined ? {} : { open: secondsOf(open) }),
        ...(close === undefined ? {} : { close: secondsOf(close) }),
        halts: [],
      };
    }
    case 'halt': {
      const halt = { from: secondsOf(exception.from), to: secondsOf(exception.to) };
      if (halt.from >= halt.to) refuse(exception, 'must begin before it ends');
      return { halts: [halt] };
    }
  }
}

/**
 * The exceptions of one calendar by day. Lists that come later outweigh earlier ones: a user's word on a day replaces the
 * bundled one.
 *
 * @throws RangeError for a date that does not exist, is outside the calendar's years, or is closed or given hours twice in
 * one list, and for times that are none: an exception that has no effect would be a session that is wrong.
 */
export function exceptionsByDay(
  id: CalendarId,
  lists: readonly (readonly CalendarException[])[],
  { firstDay, lastDay }: ExceptionRange,
): ReadonlyMap<DayNumber, DayException> {
  const byDay = new Map<DayNumber, DayException>();
  for (const list of lists) {
    const ofThisList = new Map<DayNumber, DayException>();
    for (const exception of list) {
      if (!exception.calendars.includes(id)) continue;
      const day = parseDate(exception.date);
      if (day < firstDay || day > lastDay) {
        refuse(exception, `is outside ${formatDate(firstDay)} to ${formatDate(lastDay)} of ${id}`);
      }
      const before = ofThisList.get(day);
      if (before !== undefined && exception.kind !== 'halt' && !onlyHalts(before)) refuse(exception, 'is given twice');
      const { halts, ...own } = read(exception);
      ofThisList.set(day, { ...before, ...own, halts: [...(before?.halts ?? []), ...halts] });
    }
    for (const [day, exception] of ofThisList) byDay.set(day, exception);
  }
  return byDay;
}

function onlyHalts({ closed, open, close }: DayException): boolean {
  return closed === undefined && open === undefined && close === undefined;
}
