import { horizonOf, marketAnswer, sessionAnswer } from '../domain/calendar/answers';
import type { Calendars } from '../domain/calendar/calendars';
import { formatDate, parseDate } from '../domain/calendar/dates';
import { instant, millisOf } from '../domain/clock/instant';
import type { EpochMillis } from '../domain/clock/instant';
import { ROUTES } from './contract/routes';
import { answer, mount } from './mount';
import type { Gate } from './mount';
import { ApiProblem, notFound } from './problem';

/** What the route of calendars needs. */
export interface CalendarRoutes {
  readonly calendars: Calendars;
  /** Real time. */
  readonly now: () => EpochMillis;
}

const USUAL_DAYS = 30;
const MOST_DAYS = 3_660;
const MILLIS_PER_DAY = 86_400_000;

/** Mounts the market calendars. */
export function mountCalendars(gate: Gate, { calendars, now }: CalendarRoutes): void {
  mount(gate, ROUTES.showCalendar, ({ params, query }) => {
    const id = calendars.find(params.id);
    if (id === undefined) throw notFound('calendar');
    const calendar = calendars.of(id);
    const at = query.at === undefined ? now() : millisOf(query.at);
    const { from, to } = range(query.from ?? instant(at).slice(0, 10), query.to);
    const coverage = calendar.coverage();
    // Without a range the answer about the moment stands alone: unknown is closed, and that is an answer.
    const asked = query.from !== undefined || query.to !== undefined;
    const known = Date.parse(from) >= coverage.from - MILLIS_PER_DAY / 2 && Date.parse(to) < coverage.to;
    if (asked && !known) {
      const words = `${id} knows only the time from ${instant(coverage.from)} to ${instant(coverage.to)}.`;
      throw new ApiProblem('outside_coverage', words);
    }
    const { daysLeft } = horizonOf(calendar, now());
    const market = marketAnswer(calendar, at, query.extended === 'true' ? 'extended' : 'regular');
    return Promise.resolve(
      answer(200, {
        id,
        timeZone: calendar.timeZone,
        coverage: { from: instant(coverage.from), to: instant(coverage.to), daysLeft },
        at: instant(at),
        ...market,
        sessions: calendar.sessions(from, to).map((session) => {
          const { segments, ...day } = sessionAnswer(session);
          return { ...day, segments: [...segments] };
        }),
      }),
    );
  });
}

/** The days that are asked for. @throws ApiProblem */
function range(from: string, given: string | undefined): { readonly from: string; readonly to: string } {
  const to = given ?? formatDate(parseDate(from) + USUAL_DAYS);
  const days = parseDate(to) - parseDate(from);
  if (days >= 0 && days <= MOST_DAYS) return { from, to };
  const message = `must be the same day or later than from, and at most ${MOST_DAYS} days later`;
  throw new ApiProblem('invalid_request', `to ${message}.`, { errors: [{ field: 'to', rule: 'range', message }] });
}
