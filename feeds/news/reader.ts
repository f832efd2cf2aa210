import type { EpochMillis, Millis } from '../../domain/clock/instant';
import { NewsError } from '../../domain/news/reader';
import type { NewsAnswer, NewsReader, Validators } from '../../domain/news/reader';
import type { NewsSource } from '../../domain/news/source';
import { retryAfterOf, TooLarge } from '../http';
import { readFeedDocument } from './feed-document';
import { finnhubUrl, readFinnhubNews } from './finnhub-news';
import { guardedGet } from './guarded-get';
import type { GuardedAnswer, GuardedGet } from './guarded-get';
import { ForbiddenAddress, isPublicAddress } from './public-address';

/** What sources are read with. */
export interface NewsReaderOptions {
  /** Absent: off. */
  readonly finnhub?: { readonly baseUrl: string; readonly apiKey: string };
  /** Names us to those whom we ask. */
  readonly userAgent: string;
  readonly now: () => EpochMillis;
  /** Over one exchange; 20 seconds unless told. */
  readonly deadline?: Millis;
  /** Of one answer; 4 MiB unless told. */
  readonly maxBytes?: number;
  /** Which addresses belong to the public internet. */
  readonly isPublic?: (address: string) => boolean;
}

const REDIRECTS = 3;
/** Longest validators that are kept; a longer one is as none. */
const LONGEST = { etag: 500, lastModified: 100 } as const;

/** Asks sources of every kind; each request is bounded in time and size, and goes only where its source may go. */
export function openNewsReader(options: NewsReaderOptions): NewsReader {
  return {
    read: async (source, known, signal) => {
      const answer = await ask(source.name, requestOf(options, source, known, signal));
      if (answer.status === 304) return { kind: 'unchanged' };
      refuse(source.name, answer, options.now());
      const text = decoded(answer);
      const items = source.place.kind === 'feed' ? readFeedDocument(text) : readFinnhubNews(text);
      return { kind: 'items', items, validators: validatorsOf(answer.headers) } satisfies NewsAnswer;
    },
  };
}

function requestOf(options: NewsReaderOptions, source: NewsSource, known: Validators, signal: AbortSignal): GuardedGet {
  const {
    deadline = 20_000,
    finnhub,
    isPublic = isPublicAddress,
    maxBytes = 4 * 1_024 * 1_024,
    now,
    userAgent,
  } = options;
  const { place, name } = source;
  const common = {
    'user-agent': userAgent,
    ...(known.etag === null ? {} : { 'if-none-match': known.etag }),
    ...(known.lastModified === null ? {} : { 'if-modified-since': known.lastModified }),
  };
  if (place.kind === 'feed') {
    const accept = 'application/rss+xml, application/atom+xml, application/xml;q=0.9, text/xml;q=0.8, */*;q=0.1';
    const isAllowed = place.allowPrivate ? () => true : isPublic;
    return {
      url: place.url,
      headers: { ...common, accept },
      redirects: REDIRECTS,
      deadline,
      maxBytes,
      isAllowed,
      signal,
    };
  }
  if (finnhub === undefined) throw new NewsError('off', `${name} is off: set FINNHUB_API_KEY`);
  const headers = { ...common, accept: 'application/json', 'x-finnhub-token': finnhub.apiKey };
  // Its address is a setting, which may be a server of one's own; a redirection would carry the key elsewhere.
  return {
    url: finnhubUrl(finnhub.baseUrl, place, now()),
    headers,
    redirects: 0,
    deadline,
    maxBytes,
    isAllowed: () => true,
    signal,
  };
}

/** Errors of the system name the host and the address that a secret may be part of; only their codes are told on. */
async function ask(name: string, request: GuardedGet): Promise<GuardedAnswer> {
  try {
    return await guardedGet(request);
  } catch (error) {
    if (request.signal.aborted) throw error;
    if (error instanceof TooLarge) throw new NewsError('too_large', `${name}: ${error.message}`);
    if (error instanceof ForbiddenAddress) throw new NewsError('address', `${name} may not be asked: ${error.message}`);
    const { code, message } = error as Partial<Record<'code' | 'message', unknown>>;
    const words = [code, message].find((one) => typeof one === 'string') ?? 'no answer';
    throw new NewsError('unavailable', `${name} did not answer: ${words}`);
  }
}

function refuse(name: string, { status, headers }: GuardedAnswer, now: EpochMillis): void {
  const wait = retryAfterOf(headers, now);
  if (status === 429 || status === 418) throw new NewsError('rate_limited', `${name} sends us away (${status})`, wait);
  if (status >= 500) throw new NewsError('unavailable', `${name} answered ${status}`, wait);
  if (status >= 300 && status < 400) throw new NewsError('refused', `${name} redirects us (${status})`);
  if (status !== 200) throw new NewsError('refused', `${name} does not take our request (${status})`, wait);
}

function validatorsOf(headers: Headers): Validators {
  const kept = (name: string, most: number): string | null => {
    const value = headers.get(name);
    return value === null || value.length > most ? null : value;
  };
  return { etag: kept('etag', LONGEST.etag), lastModified: kept('last-modified', LONGEST.lastModified) };
}

/** The body by the character set that its header or its XML declaration names; UTF-8 unless told. */
function decoded({ headers, body }: GuardedAnswer): string {
  const told =
    /charset\s*=\s*"?([\w.:-]{1,40})/i.exec(headers.get('content-type') ?? '')?.[1] ??
    /^\s*<\?xml[^>]{0,200}\sencoding\s*=\s*["']([\w.:-]{1,40})["']/i.exec(
      body.subarray(0, 300).toString('latin1'),
    )?.[1];
  try {
    return new TextDecoder(told ?? 'utf-8').decode(body);
  } catch {
    throw new NewsError('malformed', 'its answer is in a character set that nobody knows');
  }
}
