import { IANAZone } from 'luxon';
import type { EpochMillis } from '../clock/instant';
import type { DayNumber } from './dates';
import { utcMidnight } from './dates';

/** Seconds after local midnight of a trading day; negative on the day before it. */
export type LocalSeconds = number;

const TIME = /^([01]\d|2[0-3]):([0-5]\d)(?::([0-5]\d))?$/;

/** Seconds of a day, in local time. */
export const DAY_SECONDS = 86_400;

/** Seconds after midnight of an `HH:MM` or `HH:MM:SS` text. @throws RangeError when it is not a time of day. */
export function secondsOf(time: string): LocalSeconds {
  const match = TIME.exec(time);
  if (!match) throw new RangeError(`not a time of day: ${time.slice(0, 40)}`);
  return Number(match[1]) * 3_600 + Number(match[2]) * 60 + Number(match[3] ?? 0);
}

/**
 * Turns wall clock times of one zone into UTC. Asking the zone is slow, so it is asked once a day, and once a time only on
 * the days on which its clocks change. A time that a change skips counts as if the change had come after it.
 */
export class LocalClock {
  private readonly zone: IANAZone;
  private readonly midnights = new Map<DayNumber, number>();

  /** @throws RangeError for a zone that does not exist. */
  constructor(readonly timeZone: string) {
    if (!IANAZone.isValidZone(timeZone)) throw new RangeError(`not a time zone: ${timeZone.slice(0, 60)}`);
    this.zone = IANAZone.create(timeZone);
  }

  toUtc(day: DayNumber, seconds: LocalSeconds): EpochMillis {
    const ownDay = day + Math.floor(seconds / DAY_SECONDS);
    const local = utcMidnight(day) + seconds * 1_000;
    const offset = this.offsetAtMidnight(ownDay);
    return offset === this.offsetAtMidnight(ownDay + 1) ? local - offset : this.resolve(local);
  }

  /** Milliseconds that the zone is ahead of UTC at its midnight of a day. */
  private offsetAtMidnight(day: DayNumber): number {
    const known = this.midnights.get(day);
    if (known !== undefined) return known;
    const local = utcMidnight(day);
    const offset = local - this.resolve(local);
    this.midnights.set(day, offset);
    return offset;
  }

  /** Guesses with the offset of the same digits in UTC, then corrects the guess with the offset that holds there. */
  private resolve(local: number): EpochMillis {
    const offsetAt = (utc: EpochMillis): number => this.zone.offset(utc) * 60_000;
    const guess = local - offsetAt(local);
    return local - offsetAt(guess);
  }
}
