import type { EpochMillis, Millis } from '../../domain/clock/instant';
import { instant } from '../../domain/clock/instant';
import type { Instant } from '../../domain/clock/instant';

const DAY: Millis = 86_400_000;
const DAY_ALONE = /^\d{4}-\d{2}-\d{2}$/;
const ZONE = /(?:Z|[+-]\d{2}:?\d{2}|\b(?:UTC?|GMT|[ECMP][SD]T))\s*(?:\([^)]*\))?$/i;
const [EARLIEST, LATEST] = [Date.UTC(1970, 0, 1), Date.UTC(9999, 0, 1)];

/**
 * When a feed says that an item was published, by RFC 822 or RFC 3339. A time without a zone is UTC. A day without a time
 * is its end: nobody can tell that it was earlier. Null for what cannot be read.
 */
export function publishedOf(text: string | undefined): Instant | null {
  const said = text?.trim() ?? '';
  if (said === '' || said.length > 100) return null;
  if (DAY_ALONE.test(said)) return atOrNull(Date.parse(`${said}T00:00:00Z`) + DAY);
  return atOrNull(
    Date.parse(ZONE.test(said) ? said : said.includes('T') && /^\d/.test(said) ? `${said}Z` : `${said} UTC`),
  );
}

/** The same of seconds since 1970. */
export function publishedAtSeconds(seconds: unknown): Instant | null {
  return typeof seconds === 'number' && seconds > 0 ? atOrNull(seconds * 1_000) : null;
}

function atOrNull(at: EpochMillis): Instant | null {
  return at >= EARLIEST && at < LATEST ? instant(at) : null;
}
