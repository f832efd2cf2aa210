import type { EpochMillis } from '../clock/instant';
import type { CalendarId, Coverage, Segment, Session } from './calendar';
import type { DayNumber } from './dates';
import { formatDate } from './dates';
import type { DayException } from './exceptions';
import { LocalClock } from './local-time';
import type { LocalHours, LocalSegment, MarketRules } from './market-rules';
import { without } from './market-rules';

/** Stretches of continuous trading as plain numbers, oldest first; where one ends as the next begins they are one. */
export interface OpenTimes {
  readonly from: Float64Array;
  readonly to: Float64Array;
}

/** All sessions of a market, oldest first, none overlapping. */
export interface SessionTable {
  readonly coverage: Coverage;
  readonly sessions: readonly Session[];
  readonly regular: OpenTimes;
  /** Pre- and post-market included. */
  readonly extended: OpenTimes;
}

/** The hours of a day after its exception, if it has one; undefined when it is closed. */
function hoursOn(rules: MarketRules, day: DayNumber, exception: DayException | undefined): LocalHours | undefined {
  if (exception?.closed) return undefined;
  const byRule = rules.hours(day);
  if (exception === undefined || (exception.open === undefined && exception.close === undefined)) return byRule;
  const { open, close } = byRule ?? rules.usual(day);
  return { open: exception.open ?? open, close: exception.close ?? close };
}

function segmentsOn(
  rules: MarketRules,
  day: DayNumber,
  hours: LocalHours,
  exception: DayException | undefined,
): readonly LocalSegment[] {
  const halts = exception?.halts ?? [];
  return halts.reduce<readonly LocalSegment[]>(
    (segments, halt) => segments.flatMap((segment) => without(segment, halt)),
    rules.segments(day, hours).filter(({ open, close }) => open < close),
  );
}

function sessionOn(
  id: CalendarId,
  rules: MarketRules,
  clock: LocalClock,
  day: DayNumber,
  exception: DayException | undefined,
): Session | undefined {
  const hours = hoursOn(rules, day, exception);
  if (hours === undefined) return undefined;
  const date = formatDate(day);
  if (hours.open >= hours.close) throw new RangeError(`calendar ${id}: ${date} must open before it closes`);
  const segments = segmentsOn(rules, day, hours, exception).map(({ kind, open, close }): Segment => ({
    kind,
    open: clock.toUtc(day, open),
    close: clock.toUtc(day, close),
  }));
  const regular = segments.filter(({ kind }) => kind === 'regular');
  const [first, last] = [regular[0], regular.at(-1)];
  if (first === undefined || last === undefined) throw new RangeError(`calendar ${id}: ${date} has no regular session`);
  return { date, open: first.open, close: last.close, early: hours.close < rules.usual(day).close, segments };
}

function openTimes(segments: readonly Segment[]): OpenTimes {
  const merged: { from: EpochMillis; to: EpochMillis }[] = [];
  for (const { open, close } of segments) {
    const last = merged.at(-1);
    if (last?.to === open) last.to = close;
    else merged.push({ from: open, to: close });
  }
  return { from: Float64Array.from(merged, ({ from }) => from), to: Float64Array.from(merged, ({ to }) => to) };
}

function checkOrder(id: CalendarId, sessions: readonly Session[]): void {
  let end = -Infinity;
  for (const { date, segments } of sessions) {
    for (const { open, close } of segments) {
      if (open < end) throw new RangeError(`calendar ${id}: what trades on ${date} overlaps with what comes before it`);
      end = close;
    }
  }
}

/**
 * Computes the sessions of a market in UTC, once: some 9,500 for NYSE from 1998 to 2035, in about a tenth of a second.
 *
 * @throws RangeError for exceptions after which a day would not open before it closes, or two sessions would overlap.
 */
export function buildSessionTable(
  id: CalendarId,
  rules: MarketRules,
  exceptions: ReadonlyMap<DayNumber, DayException>,
): SessionTable {
  const clock = new LocalClock(rules.timeZone);
  const sessions: Session[] = [];
  for (let day = rules.firstDay; day <= rules.lastDay; day += 1) {
    const session = sessionOn(id, rules, clock, day, exceptions.get(day));
    if (session) sessions.push(session);
  }
  checkOrder(id, sessions);
  const segments = sessions.flatMap((session) => session.segments);
  return {
    coverage: { from: clock.toUtc(rules.firstDay, 0), to: clock.toUtc(rules.lastDay + 1, 0) },
    sessions,
    regular: openTimes(segments.filter(({ kind }) => kind === 'regular')),
    extended: openTimes(segments),
  };
}
