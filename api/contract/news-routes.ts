import { z } from 'zod';
import { instrumentId, momentIn, momentOut, name, pageOf, pageQuery } from './fields';
import type { Route } from './route';

const count = z.number().int();
const orNull = momentOut.nullable();
const sourceName = name(/^[a-z0-9][a-z0-9-]{0,31}$/, 'must be the name of a news source, such as "fed"');

const newsView = z
  .object({
    id: z.string().meta({ description: 'Analyses cite it as `news:{id}`.', example: '1842' }),
    source: z.string(),
    title: z.string().meta({ description: 'Plain text of a stranger, as it was when it was first seen.' }),
    summary: z.string(),
    link: z.string().nullable(),
    instruments: z.array(z.string()),
    publishedAt: momentOut.meta({ description: 'As its source says; when it was first seen where it does not.' }),
    seenAt: momentOut.meta({ description: 'When it was first seen here, in real time.' }),
  })
  .meta({ id: 'News' });

const newsSourceView = z
  .object({
    name: z.string(),
    kind: z.enum(['feed', 'finnhub']),
    place: z.string().meta({ description: 'Where it is asked; what stands behind a `?` is left out.' }),
    instruments: z.array(z.string()),
    ...{ everyMinutes: count, staleAfterMinutes: count },
    askedAt: orNull,
    answeredAt: orNull.meta({ description: 'When it last answered, also that nothing was new.' }),
    failures: count.meta({ description: 'In a row.' }),
    retryAt: orNull.meta({ description: 'It is not asked again before this.' }),
    problem: z.object({ code: z.string(), message: z.string() }).nullable(),
    stale: z.boolean().meta({ description: 'It has not answered for longer than it may; there is an alert.' }),
    items: count,
    newest: orNull,
  })
  .meta({ id: 'NewsSource' });

/** How a run stands that asks sources. */
const newsFetchView = z
  .object({
    id: z.string(),
    state: z.enum(['running', 'completed', 'stopped', 'failed']),
    code: z.string().nullable().meta({ description: 'Of a failed one, such as `unknown_source`.' }),
    message: z.string().nullable(),
    sources: z.array(
      z.object({
        source: z.string(),
        result: z.enum(['stored', 'unchanged', 'failed', 'waiting']),
        ...{ found: count, stored: count },
        duplicates: count.meta({ description: 'Stored ones that repeat a title that was there.' }),
        code: z.string().nullable(),
        problem: z.string().nullable(),
        retryAt: orNull,
      }),
    ),
    stale: z.array(z.string()),
  })
  .meta({ id: 'NewsFetch' });

/** News: what is stored, how its sources are doing, and having them asked. */
export const NEWS_ROUTES = {
  listNews: {
    method: 'get',
    path: '/v1/news',
    operationId: 'listNews',
    summary: 'News, newest first, each title once.',
    role: 'viewer',
    query: z.strictObject({
      instrument: instrumentId.meta({ description: 'Only about this instrument.' }).optional(),
      source: sourceName.meta({ description: 'Only of this source.' }).optional(),
      since: momentIn.meta({ description: 'Published then or later.' }).optional(),
      ...pageQuery,
    }),
    answers: { 200: { description: 'A page of news.', schema: pageOf(newsView) } },
    problems: ['invalid_cursor', 'invalid_request'],
  },
  listNewsSources: {
    method: 'get',
    path: '/v1/news/sources',
    operationId: 'listNewsSources',
    summary: 'The news sources and how they are doing.',
    role: 'viewer',
    answers: { 200: { description: 'The sources, in the order of their file.', schema: pageOf(newsSourceView) } },
    problems: [],
  },
  startNewsFetch: {
    method: 'post',
    path: '/v1/news/fetches',
    operationId: 'startNewsFetch',
    summary: 'Ask news sources now, but for those that wait after a failure; or go on with what runs.',
    role: 'operator',
    body: z.strictObject({ source: sourceName.optional() }).meta({ id: 'StartNewsFetch' }).optional(),
    answers: { 202: { description: 'It runs; look at the address in Location.', schema: newsFetchView } },
    problems: ['invalid_request', 'unknown_reference', 'temporal_unavailable'],
  },
  showNewsFetch: {
    method: 'get',
    path: '/v1/news/fetches/{id}',
    operationId: 'showNewsFetch',
    summary: 'What came of asking news sources.',
    role: 'viewer',
    params: z.object({ id: z.string().meta({ example: 'news:all' }) }),
    answers: { 200: { description: 'The last run of that id.', schema: newsFetchView } },
    problems: ['not_found', 'temporal_unavailable'],
  },
} as const satisfies Record<string, Route>;

export type NewsView = z.output<typeof newsView>;
export type NewsSourceView = z.output<typeof newsSourceView>;
export type NewsFetchView = z.output<typeof newsFetchView>;
