import type { EpochMillis } from '../../domain/clock/instant';

const EXECUTION = /^(\d{4})(\d{2})(\d{2})[- ]{1,2}(\d{2}):(\d{2}):(\d{2})(?: (\S.*))?$/;

/** Names that TWS still uses for zones. */
const OLD_NAMES: Readonly<Partial<Record<string, string>>> = {
  EST: 'America/New_York',
  EDT: 'America/New_York',
  CST: 'America/Chicago',
  'US/Eastern': 'America/New_York',
  'US/Central': 'America/Chicago',
  MET: 'Europe/Berlin',
  GMT: 'UTC',
  JST: 'Asia/Tokyo',
};

/** The IANA name of a zone as TWS writes it; undefined for one that this machine does not know. */
export function zoneOf(name: string): string | undefined {
  const zone = OLD_NAMES[name] ?? name;
  try {
    return new Intl.DateTimeFormat('en-US', { timeZone: zone }).resolvedOptions().timeZone;
  } catch {
    return undefined;
  }
}

/**
 * When an execution was: `20260301 15:30:00 US/Eastern`, `20260301-20:30:00` in UTC, or without a zone in that of TWS
 * itself. Undefined for a text that is no time. Source: TWS API, "Execution.Time".
 */
export function executionTime(text: string, ownZone: string): EpochMillis | undefined {
  const match = EXECUTION.exec(text);
  if (!match) return undefined;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match.slice(1, 7).map(Number);
  const local = Date.UTC(year, month - 1, day, hour, minute, second);
  if (text.charAt(8) === '-') return local;
  const zone = zoneOf(match[7] ?? ownZone);
  return zone === undefined ? undefined : atWallClock(local, zone);
}

/** The moment at which the clocks of a zone show what UTC shows at `local`; the later reading counts in a repeated hour. */
export function atWallClock(local: EpochMillis, timeZone: string): EpochMillis {
  const guess = local - offsetAt(local, timeZone);
  return local - offsetAt(guess, timeZone);
}

/** Milliseconds that the zone is ahead of UTC. */
function offsetAt(at: EpochMillis, timeZone: string): number {
  const parts = new Intl.DateTimeFormat('en-US', {
    ...{ timeZone, hourCycle: 'h23', year: 'numeric', month: 'numeric', day: 'numeric' },
    ...{ hour: 'numeric', minute: 'numeric', second: 'numeric' },
  }).formatToParts(at);
  const part = (type: string): number => Number(parts.find((one) => one.type === type)?.value ?? 0);
  const shown = Date.UTC(
    ...[part('year'), part('month') - 1, part('day')],
    ...[part('hour'), part('minute'), part('second')],
  );
  return shown - Math.floor(at / 1_000) * 1_000;
}
