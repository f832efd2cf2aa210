import { plainText } from '../../domain/analysis/plain-text';
import type { EpochMillis } from '../../domain/clock/instant';
import { instant } from '../../domain/clock/instant';
import { NEWS_LIMITS, NewsError } from '../../domain/news/reader';
import type { ReadItem } from '../../domain/news/reader';
import type { NewsPlace } from '../../domain/news/source';
import { webAddress } from './feed-document';
import { plainHtml } from './plain-html';
import { publishedAtSeconds } from './published';

/** Days of a company's news that are asked for each time. */
const DAYS = 3;
const DAY = 86_400_000;

type FinnhubPlace = Extract<NewsPlace, { readonly kind: 'finnhub' }>;

/**
 * Where Finnhub has general news of a category, or news of a company. The key is no part of it: it travels in a header.
 * Source: https://finnhub.io/docs/api/market-news and /company-news.
 */
export function finnhubUrl(baseUrl: string, place: FinnhubPlace, now: EpochMillis): string {
  const base = baseUrl.replace(/\/+$/, '');
  if ('category' in place) return `${base}/news?${new URLSearchParams({ category: place.category }).toString()}`;
  const [from, to] = [now - DAYS * DAY, now].map((at) => instant(at).slice(0, 10)) as [string, string];
  return `${base}/company-news?${new URLSearchParams({ symbol: place.symbol, from, to }).toString()}`;
}

/** The items of Finnhub's answer. @throws NewsError `malformed` */
export function readFinnhubNews(json: string): readonly ReadItem[] {
  let body: unknown;
  try {
    body = JSON.parse(json);
  } catch {
    body = undefined;
  }
  if (!Array.isArray(body)) throw new NewsError('malformed', 'its answer is no JSON list of news');
  return body.flatMap((one: unknown) => (typeof one === 'object' && one !== null ? readOne({ ...one }) : []));
}

function readOne({
  id,
  headline,
  summary,
  url,
  datetime,
  related,
}: Readonly<Record<string, unknown>>): readonly ReadItem[] {
  const title = plainHtml(textOf(headline), NEWS_LIMITS.title);
  if (title === '') return [];
  return [
    {
      guid: typeof id === 'number' || typeof id === 'string' ? plainText(String(id), NEWS_LIMITS.guid) : null,
      link: webAddress(url),
      title,
      summary: plainHtml(textOf(summary), NEWS_LIMITS.summary),
      publishedAt: publishedAtSeconds(datetime),
      symbols: textOf(related)
        .split(',')
        .map((symbol) => symbol.trim())
        .filter((symbol) => symbol !== ''),
    },
  ];
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
