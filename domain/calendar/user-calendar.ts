import type { CalendarId } from './calendar';
import { dayOf, weekdayOf } from './dates';
import { DAY_SECONDS, LocalClock, secondsOf } from './local-time';
import type { LocalHours, LocalSegment, MarketRules } from './market-rules';
import { without } from './market-rules';

/** Days of the week as a calendar file names them, Sunday first. */
export const WEEKDAYS = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'] as const;

/**
 * A calendar of the user's own: one set of hours for some days of the week; holidays and short days are exceptions. Times
 * are `HH:MM` or `HH:MM:SS` in its zone.
 */
export interface CalendarDefinition {
  readonly id: CalendarId;
  /** IANA name. */
  readonly timeZone: string;
  /** Both included. */
  readonly firstYear: number;
  readonly lastYear: number;
  readonly weekdays: readonly (typeof WEEKDAYS)[number][];
  readonly open: string;
  readonly close: string;
  /** True when the session opens on the evening before its trading day. */
  readonly opensDayBefore?: boolean;
  readonly preMarketFrom?: string;
  readonly postMarketUntil?: string;
  readonly breaks?: readonly { readonly from: string; readonly to: string }[];
  /** Where the hours can be read. */
  readonly source: string;
}

/**
 * The rules of a user's calendar.
 * @throws RangeError naming the calendar and what is wrong with it.
 */
export function definedRules(definition: CalendarDefinition): MarketRules {
  const { id, timeZone, firstYear, lastYear, weekdays } = definition;
  const refuse = (rule: string): never => {
    throw new RangeError(`calendar ${id} ${rule}`);
  };
  const clock = new LocalClock(timeZone);
  if (firstYear > lastYear) refuse('must have its first year before its last');
  const open = secondsOf(definition.open) - (definition.opensDayBefore === true ? DAY_SECONDS : 0);
  const usual: LocalHours = { open, close: secondsOf(definition.close) };
  if (usual.open >= usual.close) refuse('must open before it closes (or open on the day before)');
  const pre = definition.preMarketFrom === undefined ? undefined : secondsOf(definition.preMarketFrom);
  const post = definition.postMarketUntil === undefined ? undefined : secondsOf(definition.postMarketUntil);
  if (pre !== undefined && pre >= usual.open) refuse('must have its pre-market before its open');
  if (post !== undefined && post <= usual.close) refuse('must have its post-market after its close');
  const breaks = (definition.breaks ?? []).map(({ from, to }) => ({ from: secondsOf(from), to: secondsOf(to) }));
  if (breaks.some(({ from, to }) => from >= to)) refuse('must have breaks that begin before they end');
  const traded = new Set<number>(weekdays.map((name) => WEEKDAYS.indexOf(name)));
  return {
    timeZone: clock.timeZone,
    firstDay: dayOf(firstYear, 1, 1),
    lastDay: dayOf(lastYear, 12, 31),
    usual: () => usual,
    hours: (day) => (traded.has(weekdayOf(day)) ? usual : undefined),
    segments: (_, hours) => {
      const regular = breaks.reduce<LocalSegment[]>(
        (pieces, cut) => pieces.flatMap((piece) => without(piece, cut)),
        [{ kind: 'regular', ...hours }],
      );
      return [
        ...(pre === undefined ? [] : [{ kind: 'pre', open: pre, close: hours.open } as const]),
        ...regular,
        // After an early close nothing is assumed.
        ...(post === undefined || hours.close < usual.close
          ? []
          : [{ kind: 'post', open: hours.close, close: post } as const]),
      ];
    },
  };
}
