import type { SegmentKind } from './calendar';
import type { DayNumber } from './dates';
import type { LocalSeconds } from './local-time';

/** When a session opens and closes, in seconds after local midnight of its trading day; an open before it is negative. */
export interface LocalHours {
  readonly open: LocalSeconds;
  readonly close: LocalSeconds;
}

/** A stretch of continuous trading in local time. */
export interface LocalSegment extends LocalHours {
  readonly kind: SegmentKind;
}

/** How one market keeps its sessions: pure rules over days, without exceptions and without UTC. */
export interface MarketRules {
  readonly timeZone: string;
  readonly firstDay: DayNumber;
  readonly lastDay: DayNumber;
  /** The hours of an ordinary day. */
  readonly usual: (day: DayNumber) => LocalHours;
  /** The hours by rule; undefined when the rules close the day. */
  readonly hours: (day: DayNumber) => LocalHours | undefined;
  /** Everything that trades on a day with these hours, oldest first: breaks are cut out, pre- and post-market added. */
  readonly segments: (day: DayNumber, hours: LocalHours) => readonly LocalSegment[];
}

/** What is left of a stretch when another one is cut out of it: none, one or two pieces. */
export function without<T extends LocalHours>(segment: T, cut: { readonly from: number; readonly to: number }): T[] {
  if (cut.to <= segment.open || cut.from >= segment.close) return [segment];
  return [
    ...(cut.from > segment.open ? [{ ...segment, close: cut.from }] : []),
    ...(cut.to < segment.close ? [{ ...segment, open: cut.to }] : []),
  ];
}
