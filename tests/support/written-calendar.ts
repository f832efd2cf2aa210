import type { MarketCalendar, Session } from '../../domain/calendar/calendar';
import type { EpochMillis } from '../../domain/clock/instant';

const DAY = 86_400_000;

/** A span in which a market trades. */
export interface Span {
  open: EpochMillis;
  close: EpochMillis;
}

/**
 * A calendar whose sessions a test writes, oldest first, and may move while it is asked: the market opens and closes when
 * the test says. Its days are those of UTC.
 */
export function writtenCalendar(id: string, spans: readonly Span[]): MarketCalendar {
  const all = (): readonly Session[] =>
    spans.map(({ close, open }) => {
      const date = new Date(close).toISOString().slice(0, 10);
      return { date, open, close, early: false, segments: [{ kind: 'regular', open, close }] };
    });
  const sessions = (from: string, to: string): readonly Session[] =>
    all().filter(({ date }) => from <= date && date <= to);
  const sessionOf = (at: EpochMillis): Session | undefined => all().find(({ close, open }) => open <= at && at < close);
  return {
    ...{ id, timeZone: 'UTC' },
    coverage: () => ({ from: (spans[0]?.open ?? 0) - DAY, to: (spans.at(-1)?.close ?? 0) + DAY }),
    isOpen: (at) => sessionOf(at) !== undefined,
    nextOpen: (at) => all().find(({ open }) => open > at)?.open,
    nextClose: (at) => all().find(({ close }) => close > at)?.close,
    sessionOf,
    nextSession: (at) => all().find(({ open }) => open > at),
    sessions,
    tradingDays: (from, to) => sessions(from, to).map(({ date }) => date),
    isEarlyClose: () => false,
  };
}
