import type { CalendarId, MarketCalendar, Session } from '../calendar/calendar';
import { formatDate, parseDate } from '../calendar/dates';
import { instant } from '../clock/instant';
import type { EpochMillis } from '../clock/instant';
import type { InstrumentId } from '../instrument/instrument';
import type { DecimalString } from '../money/decimal';
import type { TradeSpec } from '../trade/spec';
import { MANUAL } from '../trade/spec';

/** A moment of a market's day: so many minutes after its open or before its close, whichever those are on that day. */
export type CycleMoment = { readonly afterOpenMinutes: number } | { readonly beforeCloseMinutes: number };

/** What is asked of each trade of a cycle; the strategy brings direction and stop. */
export interface CycleTrade {
  readonly maxQuantity?: DecimalString;
  readonly maxNotional?: DecimalString;
  readonly timeExitSeconds?: number;
  readonly approvalDeadlineSeconds?: number;
}

/** A watch list that a strategy looks at once each session, on one account. */
export interface TradingCycle {
  /** 1–20 of small letters, digits and hyphens. */
  readonly name: string;
  readonly account: string;
  readonly strategy: string;
  /** The calendar that says which days have a session, and when it opens and closes. */
  readonly calendar: CalendarId;
  /** In the order in which they get what room there is. */
  readonly instruments: readonly InstrumentId[];
  readonly at: CycleMoment;
  /** A cycle that begins later than this after its moment, in market time, starts no trade. */
  readonly latenessSeconds: number;
  readonly trade: CycleTrade;
}

/** What a cycle did with one instrument. */
export interface CycleResult {
  readonly instrument: InstrumentId;
  /** `refused`: the account or the instrument is not there for trades, or a halt stands. */
  readonly result: 'started' | 'skipped' | 'refused';
  /** Why there is no trade: no room (see `noRoom`), `halted`, `quarantined`, `unknown_reference`. */
  readonly code: string | null;
  readonly tradeId: string | null;
}

/** `done`: every instrument was looked at. `running` stands while somebody does. */
export type CycleState = 'running' | 'done' | 'missed' | 'closed' | 'halted';

/** How a cycle's session stands to its clock. */
export type CycleLook =
  /** No session begins its moment within a day. */
  | { readonly kind: 'closed' }
  | {
      /** Before, within or past its time. */
      readonly kind: 'wait' | 'go' | 'missed';
      /** Trading day of the session. */
      readonly date: string;
      /** The moment of the cycle, and the last one at which it may begin. */
      readonly at: EpochMillis;
      readonly latest: EpochMillis;
      readonly close: EpochMillis;
    };

const DAY_MS = 86_400_000;

/** The moment of a cycle in a session; undefined when the session is over before it. */
function momentIn(at: CycleMoment, session: Session): EpochMillis | undefined {
  const moment =
    'afterOpenMinutes' in at
      ? session.open + at.afterOpenMinutes * 60_000
      : session.close - at.beforeCloseMinutes * 60_000;
  return moment >= session.open && moment < session.close ? moment : undefined;
}

/**
 * The first session whose moment lies in the day that begins at `from`, and whether it is time. A session that is too short
 * for the moment has none.
 */
export function lookAtSession(
  { at, latenessSeconds }: Pick<TradingCycle, 'at' | 'latenessSeconds'>,
  calendar: MarketCalendar,
  from: EpochMillis,
  now: EpochMillis,
): CycleLook {
  const today = parseDate(instant(from).slice(0, 10));
  for (const session of calendar.sessions(formatDate(today - 1), formatDate(today + 2))) {
    const moment = momentIn(at, session);
    if (moment === undefined || moment < from || moment >= from + DAY_MS) continue;
    const latest = Math.min(moment + latenessSeconds * 1_000, session.close - 1);
    const kind = now < moment ? 'wait' : now <= latest ? 'go' : 'missed';
    return { kind, date: session.date, at: moment, latest, close: session.close };
  }
  return { kind: 'closed' };
}

/** The trade that a cycle starts in one instrument, valid until the session's end. */
export function cycleSpec(cycle: TradingCycle, instrument: InstrumentId, close: EpochMillis): TradeSpec {
  return {
    account: cycle.account,
    instrument,
    strategy: cycle.strategy,
    entry: { type: 'market' },
    timeInForce: 'IOC',
    // A halt of trading within the session, or a clock that stands before the open, is waited for.
    whenClosed: 'wait',
    unfilledTimeoutSeconds: 23_400,
    validUntil: instant(close),
    ...cycle.trade,
  };
}

/** The first rule that cycles break, as a sentence; undefined when they break none. */
export function cycleProblem(
  cycles: readonly TradingCycle[],
  known: { readonly calendars: readonly string[]; readonly strategies: readonly string[] },
): string | undefined {
  const names = new Set<string>();
  for (const [n, { name, calendar, strategy, instruments }] of cycles.entries()) {
    const where = `cycles.${n}`;
    if (names.has(name)) return `${where}.name: ${name} is the name of an earlier one`;
    names.add(name);
    if (!known.calendars.includes(calendar)) return `${where}.calendar: must be one of: ${known.calendars.join(', ')}`;
    if (strategy === MANUAL || !known.strategies.includes(strategy))
      return `${where}.strategy: must be one of: ${known.strategies.join(', ')}`;
    if (new Set(instruments).size < instruments.length) return `${where}.instruments: must name each once`;
  }
  return undefined;
}
