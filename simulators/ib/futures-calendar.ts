import { exceptionsByDay } from '../../domain/calendar/exceptions';
import { KNOWN_EXCEPTIONS } from '../../domain/calendar/known-exceptions';
import { secondsOf } from '../../domain/calendar/local-time';
import type { LocalSegment } from '../../domain/calendar/market-rules';
import { buildSessionTable } from '../../domain/calendar/session-table';
import { tableCalendar } from '../../domain/calendar/table-calendar';
import { FUTURES_RULES } from '../../domain/calendar/us-markets';

const ID = 'CME';
/** From then on, in Chicago, the broker calls the hours of the index futures regular. */
const REGULAR_FROM = secondsOf('08:30');

/**
 * CME as the broker tells it: the trading day of the calendar, of which the hours from 08:30 on are regular and the evening
 * and night before are not. A stop that does not ask for all hours sleeps through those.
 */
export const futuresCalendar = tableCalendar(ID, FUTURES_RULES.timeZone, () =>
  buildSessionTable(
    ID,
    { ...FUTURES_RULES, segments: (day, hours) => FUTURES_RULES.segments(day, hours).flatMap(parted) },
    exceptionsByDay(ID, [KNOWN_EXCEPTIONS], FUTURES_RULES),
  ),
);

/** A day that ends before is regular as a whole. */
function parted(segment: LocalSegment): LocalSegment[] {
  const { close, open } = segment;
  if (open >= REGULAR_FROM || close <= REGULAR_FROM) return [segment];
  return [
    { kind: 'pre', open, close: REGULAR_FROM },
    { ...segment, open: REGULAR_FROM },
  ];
}
