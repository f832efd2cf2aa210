import { listNews } from '../database/news';
import { newsCounts, readNewsSources } from '../database/news-sources';
import type { NewsSourceRow } from '../database/news-sources';
import type { Database } from '../database/pool';
import { instant } from '../domain/clock/instant';
import type { EpochMillis, Instant } from '../domain/clock/instant';
import { isStale } from '../domain/news/source';
import type { NewsPlace, NewsSource } from '../domain/news/source';
import { newsOf } from '../temporal/messages/ingest-news';
import { ROUTES } from './contract/routes';
import type { NewsCommands, NewsFetchState } from './news-commands';
import { answer, mount } from './mount';
import type { Gate } from './mount';
import { pageRequest } from './page-request';
import { ApiProblem, notFound, RETRY_AFTER_SECONDS } from './problem';

/** What the routes of news need. */
export interface NewsRoutes {
  readonly database: Database;
  readonly news: NewsCommands;
  readonly newsSources: readonly NewsSource[];
  /** Real time. */
  readonly now: () => EpochMillis;
}

/** Mounts news, sources, and asking them. */
export function mountNews(gate: Gate, { database, news, newsSources, now }: NewsRoutes): void {
  mount(gate, ROUTES.listNews, async ({ query }) => {
    const { cursor, instrument, limit, since, source } = query;
    const filter = {
      ...(instrument === undefined ? {} : { instrument }),
      ...(source === undefined ? {} : { source }),
      ...(since === undefined ? {} : { since }),
    };
    const { items, nextCursor } = await listNews(database, filter, pageRequest({ limit, cursor }));
    return answer(200, { items: items.map((item) => ({ ...item, instruments: [...item.instruments] })), nextCursor });
  });
  mount(gate, ROUTES.listNewsSources, async () => {
    const [rows, counts] = await Promise.all([readNewsSources(database), newsCounts(database)]);
    const items = newsSources.map((source) => {
      const { items: stored = 0, newest = null } = counts.get(source.name) ?? {};
      const row = rows.find(({ name }) => name === source.name);
      return { ...sourceFields(source), ...standing(source, row, now()), items: stored, newest: orNull(newest) };
    });
    return answer(200, { items, nextCursor: null });
  });
  mount(gate, ROUTES.startNewsFetch, async ({ body, audit }) => {
    const source = body?.source;
    audit({ source: source ?? null });
    if (source !== undefined && !newsSources.some(({ name }) => name === source))
      throw new ApiProblem('unknown_reference', 'source names none that there is.', {
        errors: [
          {
            ...{ field: 'source', rule: 'known', message: 'must be a news source' },
            known: newsSources.map(({ name }) => name),
          },
        ],
      });
    const id = await news.start({ byHand: true, ...(source === undefined ? {} : { source }) });
    if (id === undefined) throw unreachable();
    const headers = { Location: `/v1/news/fetches/${encodeURIComponent(id)}` };
    return { ...answer(202, fetchFields(id, { kind: 'running' })), headers };
  });
  mount(gate, ROUTES.showNewsFetch, async ({ params }) => {
    const state = newsOf(params.id) === undefined ? undefined : await news.show(params.id);
    if (state === undefined) throw notFound('run that asks news sources');
    if (state === 'unreachable') throw unreachable();
    return answer(200, fetchFields(params.id, state));
  });
}

function unreachable(): ApiProblem {
  return new ApiProblem('temporal_unavailable', 'Temporal cannot be reached; ask again.', {}, RETRY_AFTER_SECONDS);
}

function orNull(at: EpochMillis | null): Instant | null {
  return at === null ? null : instant(at);
}

function sourceFields({ everyMinutes, instruments, name, place, staleAfterMinutes }: NewsSource) {
  return {
    ...{ name, kind: place.kind, place: placeText(place) },
    ...{ instruments: [...instruments], everyMinutes, staleAfterMinutes },
  };
}

/** Where a source is asked; the query of an address may hold a key. */
function placeText(place: NewsPlace): string {
  if (place.kind === 'feed') {
    const { origin, pathname } = new URL(place.url);
    return `${origin}${pathname}`;
  }
  return 'category' in place ? `category ${place.category}` : `company ${place.symbol}`;
}

/** One that no worker has looked at yet is neither well nor stale. */
function standing(source: NewsSource, row: NewsSourceRow | undefined, now: EpochMillis) {
  if (row === undefined)
    return { askedAt: null, answeredAt: null, failures: 0, retryAt: null, problem: null, stale: false };
  const { answeredAt, askedAt, failures, problem, retryAt } = row;
  return {
    ...{ askedAt: orNull(askedAt), answeredAt: orNull(answeredAt), failures, retryAt: orNull(retryAt), problem },
    stale: isStale(row, source, now),
  };
}

function fetchFields(id: string, state: NewsFetchState) {
  const none = { id, code: null, message: null, sources: [], stale: [] };
  switch (state.kind) {
    case 'running':
      return { ...none, state: 'running' as const };
    case 'stopped':
      return { ...none, state: 'stopped' as const, message: state.message };
    case 'failed':
      return { ...none, state: 'failed' as const, code: state.code, message: state.message };
    case 'ended': {
      const { sources, stale } = state.result;
      return { ...none, state: 'completed' as const, sources: [...sources], stale: [...stale] };
    }
  }
}
