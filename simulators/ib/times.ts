import { DateTime } from 'luxon';
import type { EpochMillis } from '../../domain/clock/instant';

/** The zone in which the broker's account lives: its days begin there, and its messages say times in it. */
const ACCOUNT_ZONE = 'America/New_York';
const ACCOUNT_ZONE_NAME = 'US/Eastern';

/** A time as messages say it: `20261125 17:55:00 US/Eastern`. */
export function said(at: EpochMillis): string {
  return `${DateTime.fromMillis(at, { zone: ACCOUNT_ZONE }).toFormat('yyyyMMdd HH:mm:ss')} ${ACCOUNT_ZONE_NAME}`;
}

/** When the account's day began: executions and completed orders of earlier days are not shown. */
export function startOfDay(at: EpochMillis): EpochMillis {
  return DateTime.fromMillis(at, { zone: ACCOUNT_ZONE }).startOf('day').toMillis();
}

const ZONES: Readonly<Record<string, string>> = {
  'US/Eastern': 'America/New_York',
  'US/Central': 'America/Chicago',
  GMT: 'UTC',
};

/** Reads `20261125-22:55:00` (UTC) and `20261125 17:55:00 US/Eastern`, the account's zone unless named; undefined for anything else. */
export function readTime(text: string): EpochMillis | undefined {
  const [, day = '', mark = '', time = '', zone = ''] =
    /^(\d{8})([- ])(\d{2}:\d{2}:\d{2})(?: ([A-Za-z/_]+))?$/.exec(text) ?? [];
  const name = mark === '-' ? 'UTC' : zone === '' ? ACCOUNT_ZONE : (ZONES[zone] ?? zone);
  const moment = DateTime.fromFormat(`${day} ${time}`, 'yyyyMMdd HH:mm:ss', { zone: name });
  return moment.isValid ? moment.toMillis() : undefined;
}
