import type { MarketCalendar, Session } from '../../domain/calendar/calendar';
import { millisOf } from '../../domain/clock/instant';

const DAY = 86_400_000;

/**
 * A calendar simple enough to predict by hand: Monday to Friday, 14:30 to 21:00 UTC, or to 18:00 on the days listed as
 * early. Coverage: 2020.
 */
export function weekdayCalendar(early: readonly string[] = []): MarketCalendar {
  const all: Session[] = [];
  for (let day = millisOf('2020-01-01T00:00:00Z'); day < millisOf('2021-01-01T00:00:00Z'); day += DAY) {
    const moment = new Date(day);
    if (moment.getUTCDay() === 0 || moment.getUTCDay() === 6) continue;
    const date = moment.toISOString().slice(0, 10);
    const short = early.includes(date);
    const open = millisOf(`${date}T14:30:00Z`);
    const close = millisOf(`${date}T${short ? '18' : '21'}:00:00Z`);
    all.push({ date, open, close, early: short, segments: [{ kind: 'regular', open, close }] });
  }
  const sessionOf = (at: number): Session | undefined => all.find(({ open, close }) => open <= at && at < close);
  const sessions = (from: string, to: string): Session[] => all.filter(({ date }) => from <= date && date <= to);
  const coverage = { from: millisOf('2020-01-01T00:00:00Z'), to: millisOf('2021-01-01T00:00:00Z') };
  return {
    id: 'NYSE',
    timeZone: 'UTC',
    coverage: () => coverage,
    isOpen: (at) => sessionOf(at) !== undefined,
    nextOpen: (at) => all.find(({ open }) => open > at)?.open,
    nextClose: (at) => all.find(({ close }) => close > at)?.close,
    sessionOf,
    nextSession: (at) => all.find(({ open }) => open > at),
    sessions,
    tradingDays: (from, to) => sessions(from, to).map(({ date }) => date),
    isEarlyClose: (date) => early.includes(date),
  };
}
