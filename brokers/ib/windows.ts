import type { EpochMillis, Millis } from '../../domain/clock/instant';

/** When TWS or the gateway is away by plan, as the account's settings say. Local times of `timeZone`. */
export interface AbsencePlan {
  /** IANA name. */
  readonly timeZone: string;
  /** `HH:MM` of the daily restart; none when left out. */
  readonly dailyRestart?: string;
  /** `HH:MM` on Sundays from which the weekly log-in with a second factor is due; none when left out. */
  readonly weeklyLogin?: string;
}

/** A planned absence that keeps orders back. */
export interface Absence {
  readonly why: 'daily restart' | 'weekly log-in';
  /** When it is expected to be over. */
  readonly until: EpochMillis;
}

/** No order is sent so shortly before TWS goes away: its answer might not come any more. */
const BEFORE: Millis = 2 * 60_000;
/** A restart takes two to five minutes. */
const RESTART: Millis = 5 * 60_000;
/** Until somebody has confirmed the log-in; a line that is up again ends the wait earlier. */
const LOGIN: Millis = 10 * 60_000;
const DAY: Millis = 86_400_000;

/**
 * The planned absence that stands at a moment or begins within two minutes of it. Once the time has passed and the line is
 * up again, what counts is the line; a plan alone blocks only until the absence should be over.
 */
export function absenceAt(plan: AbsencePlan, at: EpochMillis): Absence | undefined {
  const { minutes, weekday } = localTime(plan.timeZone, at);
  const now = minutes * 60_000;
  const within = (time: string | undefined, lasts: Millis, why: Absence['why']): Absence | undefined => {
    if (time === undefined) return undefined;
    const [hours = '0', part = '0'] = time.split(':');
    const start = (Number(hours) * 60 + Number(part)) * 60_000;
    // An absence shortly after midnight begins to count on the evening before.
    const since = (now - (start - BEFORE) + DAY) % DAY;
    return since < BEFORE + lasts ? { why, until: at + BEFORE + lasts - since } : undefined;
  };
  const restart = within(plan.dailyRestart, RESTART, 'daily restart');
  const login = within(plan.weeklyLogin, LOGIN, 'weekly log-in');
  const { weekday: ends } = login === undefined ? { weekday } : localTime(plan.timeZone, login.until - 1);
  return login !== undefined && (weekday === 'Sun' || ends === 'Sun') ? login : restart;
}

/** The calendar day of a moment in a zone, as `YYYY-MM-DD`: TWS shows executions and completed orders of one such day. */
export function dayIn(timeZone: string, at: EpochMillis): string {
  return new Intl.DateTimeFormat('en-CA', { timeZone, dateStyle: 'short' }).format(at);
}

/** Minutes after local midnight, with a fraction, and the short English name of the day. */
function localTime(timeZone: string, at: EpochMillis): { readonly minutes: number; readonly weekday: string } {
  const parts = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    weekday: 'short',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  }).formatToParts(at);
  const part = (type: string): string => parts.find((one) => one.type === type)?.value ?? '0';
  const minutes = Number(part('hour')) * 60 + Number(part('minute')) + Number(part('second')) / 60;
  return { minutes, weekday: part('weekday') };
}
