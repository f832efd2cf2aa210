import type { Instant, Millis } from '../clock/instant';
import type { NewsSource } from './source';

/**
 * Why a source brought nothing. `off`: a setting is missing. `address`: it leads to where it may not. `refused`: it does not
 * take the request. `rate_limited`: it asked to be left alone. `unavailable`: it did not answer, or answered a failure of
 * its own. `too_large` and `malformed`: what it sent cannot be read.
 */
export type NewsErrorCode = 'off' | 'address' | 'refused' | 'rate_limited' | 'unavailable' | 'too_large' | 'malformed';

/** A source that did not answer as it should; sentences of ours, with no word of its answer and no part of its address. */
export class NewsError extends Error {
  override readonly name = 'NewsError';

  /** @param retryAfter real time after which it wants to be asked again */
  constructor(
    readonly code: NewsErrorCode,
    message: string,
    readonly retryAfter?: Millis,
  ) {
    super(message);
  }
}

/** What a source said of its last answer; sent back, so that it can say that nothing is new. */
export interface Validators {
  readonly etag: string | null;
  readonly lastModified: string | null;
}

/** One item: texts of a stranger, plain and cut. */
export interface ReadItem {
  /** What the source calls it; null when it does not say. */
  readonly guid: string | null;
  /** An http or https address; null without one. */
  readonly link: string | null;
  readonly title: string;
  readonly summary: string;
  /** When the source says that it was published; null when it does not, or not readably. */
  readonly publishedAt: Instant | null;
  /** Symbols that the source itself names for it. */
  readonly symbols: readonly string[];
}

/** An answer of a source. */
export type NewsAnswer =
  | { readonly kind: 'unchanged' }
  | { readonly kind: 'items'; readonly items: readonly ReadItem[]; readonly validators: Validators };

/** How sources are asked. */
export interface NewsReader {
  /** @throws NewsError, or what the signal was aborted with */
  read(source: NewsSource, known: Validators, signal: AbortSignal): Promise<NewsAnswer>;
}

/** Longest texts of an item, in characters. */
export const NEWS_LIMITS = { guid: 500, link: 2_000, title: 300, summary: 2_000 } as const;
