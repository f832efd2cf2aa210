import { millisOf } from '../clock/instant';
import type { Instant } from '../clock/instant';
import type { Known, NewsItem } from '../signal/signal';

/** A stored item with the two times that decide who may know it. */
export interface DatedNews {
  readonly ref: string;
  readonly source: string;
  readonly title: string;
  readonly summary: string;
  /** When its source says that it was published. */
  readonly publishedAt: Instant;
  /** When we first saw it, in real time. */
  readonly seenAt: Instant;
}

/**
 * An item with the market time from which on it is known. On real time nobody here knew it before we saw it, whatever date
 * its source writes on it; a replay takes its source's word, since what it plays was over before we looked.
 */
export function knownNews(item: DatedNews, replays: boolean): Known<NewsItem> {
  const { publishedAt, ref, seenAt, source, summary, title } = item;
  const knownAt = replays || millisOf(publishedAt) >= millisOf(seenAt) ? publishedAt : seenAt;
  return { source, knownAt, value: { ref, title, text: summary } };
}
