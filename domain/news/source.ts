import type { EpochMillis, Millis } from '../clock/instant';
import type { InstrumentId } from '../instrument/instrument';

/** Where a source's items are, and in which form. */
export type NewsPlace =
  | {
      /** RSS 2.0, RSS 1.0 or Atom. */
      readonly kind: 'feed';
      readonly url: string;
      /** Whether its address, and what it redirects to, may be a private one: for feeds of one's own network. */
      readonly allowPrivate: boolean;
    }
  | { readonly kind: 'finnhub'; readonly category: string }
  | { readonly kind: 'finnhub'; readonly symbol: string };

/** A source of news as the installation is told of it. */
export interface NewsSource {
  /** 1–32 of `[a-z0-9-]`; what is stored of it goes by this name. */
  readonly name: string;
  readonly place: NewsPlace;
  /** Instruments that each of its items is about; others are looked for in the text. */
  readonly instruments: readonly InstrumentId[];
  /** Minutes between two times that the schedule asks it. */
  readonly everyMinutes: number;
  /** Minutes without an answer after which it counts as stale. */
  readonly staleAfterMinutes: number;
}

/** How a source is doing: what a restart goes on from. */
export interface NewsSourceState {
  /** Real time at which it was made known. */
  readonly since: EpochMillis;
  /** When it was last asked; null before the first time. */
  readonly askedAt: EpochMillis | null;
  /** When it last answered as it should: with items, or that there are no new ones. */
  readonly answeredAt: EpochMillis | null;
  /** Failures since then. */
  readonly failures: number;
  /** It is not asked before this; null when it may be. */
  readonly retryAt: EpochMillis | null;
}

const MINUTE: Millis = 60_000;
/** A run of the schedule that comes a little early still asks. */
const EARLY: Millis = 30_000;
/** The wait after one failure; it doubles with each further one, up to the ceiling. */
const FIRST_WAIT: Millis = MINUTE;
/** The longest wait of our own. */
const LONGEST_WAIT: Millis = 6 * 60 * MINUTE;
/** A source may ask for a longer one; for a longer one than this it may not, or it could silence itself for years. */
const LONGEST_ASKED_WAIT: Millis = 24 * 60 * MINUTE;

/**
 * When a source that failed may be asked again: a minute after the first failure, twice as long after each further one,
 * six hours at most; and not before what its `Retry-After` says, up to a day.
 * @param failures in a row, this one included
 */
export function retryAt(now: EpochMillis, failures: number, retryAfter: Millis = 0): EpochMillis {
  // Beyond 2^20 minutes the ceiling holds anyway.
  const own = Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** Math.min(20, Math.max(0, failures - 1)));
  return now + Math.max(own, Math.min(LONGEST_ASKED_WAIT, retryAfter));
}

/**
 * When a source is next to be asked; now or earlier when it is due. A person's wish passes over the pace of the schedule,
 * never over the wait after a failure.
 */
export function dueAt(
  state: NewsSourceState,
  { everyMinutes }: Pick<NewsSource, 'everyMinutes'>,
  byHand: boolean,
): EpochMillis {
  const { askedAt, retryAt: wait } = state;
  const paced = byHand || askedAt === null ? 0 : askedAt + everyMinutes * MINUTE - EARLY;
  return Math.max(wait ?? 0, paced);
}

/** Whether a source has not answered for longer than it may. */
export function isStale(
  { answeredAt, since }: NewsSourceState,
  { staleAfterMinutes }: Pick<NewsSource, 'staleAfterMinutes'>,
  now: EpochMillis,
): boolean {
  return now - (answeredAt ?? since) > staleAfterMinutes * MINUTE;
}

/** The alert that is open while a source does not answer: `news-stale:{source}`. */
export function newsStaleCause(source: string): string {
  return `news-stale:${source}`;
}
