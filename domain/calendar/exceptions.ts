import { parseDate } from './dates';

/**
 * A trading day of NYSE and NASDAQ that differs from the rules. A new one is data: pass it to `createCalendars`
 * beside the known ones.
 */
export type CalendarException =
  | {
      readonly kind: 'closed';
      /** `YYYY-MM-DD`, New York. */
      readonly date: string;
      readonly reason: string;
      /** Where the exchange's decision can be read. */
      readonly source: string;
    }
  | {
      readonly kind: 'hours';
      readonly date: string;
      /** `HH:MM`, New York, 24 hours; before `close`. */
      readonly open: string;
      readonly close: string;
      readonly reason: string;
      readonly source: string;
    };

const TIME = /^([01]\d|2[0-3]):([0-5]\d)$/;

/** Minutes after midnight of an `HH:MM` text. @throws RangeError when it is not a time of day. */
export function minutesOf(time: string): number {
  const match = TIME.exec(time);
  if (!match) throw new RangeError(`not a time of day: ${time.slice(0, 40)}`);
  return Number(match[1]) * 60 + Number(match[2]);
}

/**
 * The exceptions by day, for years `firstYear` to `lastYear`.
 *
 * @throws RangeError for a date that does not exist, is outside these years or is named twice, and for hours that are
 * no times of day or do not open before they close: an exception that has no effect would be a session that is wrong.
 */
export function exceptionsByDay(
  exceptions: readonly CalendarException[],
  firstYear: number,
  lastYear: number,
): ReadonlyMap<number, CalendarException> {
  const byDay = new Map<number, CalendarException>();
  for (const exception of exceptions) {
    const day = parseDate(exception.date);
    const year = Number(exception.date.slice(0, 4));
    if (year < firstYear || year > lastYear) {
      throw new RangeError(`calendar exception ${exception.date} is outside ${firstYear} to ${lastYear}`);
    }
    if (byDay.has(day)) throw new RangeError(`calendar exception ${exception.date} is given twice`);
    if (exception.kind === 'hours' && minutesOf(exception.open) >= minutesOf(exception.close)) {
      throw new RangeError(`calendar exception ${exception.date} must open before it closes`);
    }
    byDay.set(day, exception);
  }
  return byDay;
}
