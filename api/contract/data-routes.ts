import { z } from 'zod';
import { ADJUSTMENTS, FEED_NAME, FEED_SYMBOL } from '../../domain/candle/series';
import { TIMEFRAMES } from '../../domain/candle/timeframe';
import { amountOut, momentIn, momentOut, name, oneOf, pageOf, pageQuery, rule } from './fields';
import type { Route } from './route';

const count = z.number().int();
const orNull = momentOut.nullable();

/** A series of candles as it stands. */
export const seriesView = z
  .object({
    id: z.string().meta({ example: 'binance:BTC/USDT:1h' }),
    feed: z.string(),
    symbol: z.string(),
    timeframe: z.enum(TIMEFRAMES),
    adjustment: z.enum(ADJUSTMENTS).meta({ description: 'What was done to prices afterwards; see docs/data.md.' }),
    calendar: z.string(),
    followed: z.boolean().meta({ description: 'Kept up to date by the schedule, and alerted about when it is not.' }),
    delayed: z.boolean().meta({ description: 'Its feed brings prices late: the newest candles come later too.' }),
    since: orNull.meta({ description: 'The earliest opening that was asked for; null for what only files brought.' }),
    filledTo: orNull.meta({ description: 'Everything before it was asked for and answered.' }),
    candles: count,
    oldest: orNull,
    newest: orNull,
    corrections: count,
    missing: count.meta({ description: 'Candles that are known to be missing.' }),
    stale: z.boolean().meta({ description: 'It lacks its newest candle for longer than the grace.' }),
    problem: z.string().nullable().meta({ description: 'What the last try ended with; null when it was well.' }),
  })
  .meta({ id: 'CandleSeries' });

const values = z.object({ open: amountOut, high: amountOut, low: amountOut, close: amountOut, volume: amountOut });

export const seriesDetailView = seriesView
  .extend({
    gaps: z.array(z.object({ from: momentOut, to: momentOut, missing: count, tries: count })),
    lastCorrections: z
      .array(
        z.object({
          openAt: momentOut,
          noticedAt: momentOut,
          before: values,
          after: values,
          sources: z.array(z.string()),
        }),
      )
      .meta({ description: 'The newest twenty.' }),
  })
  .meta({ id: 'CandleSeriesDetail' });

export const candleView = values
  .extend({ openAt: momentOut, source: z.string(), receivedAt: momentOut })
  .meta({ id: 'Candle' });

/** How an ingestion stands. */
export const ingestView = z
  .object({
    id: z.string(),
    state: z.enum(['running', 'completed', 'stopped', 'failed']),
    phase: z
      .enum(['planning', 'fetching', 'mending', 'done'])
      .nullable()
      .meta({ description: 'Null when no worker says.' }),
    code: z.string().nullable().meta({ description: 'Of a failed one, such as `unknown_symbol`.' }),
    message: z.string().nullable(),
    series: z.string().nullable(),
    from: orNull,
    to: orNull,
    through: orNull.meta({ description: 'Everything before it is stored.' }),
    ...{ stored: count, corrected: count, faulty: count, missing: count },
  })
  .meta({ id: 'Ingest' });

const seriesParams = z.object({ id: z.string().meta({ example: 'binance:BTC/USDT:1h' }) });
const feed = name(FEED_NAME, 'must be the name of a feed: an exchange as ccxt calls it, such as "binance", or "yahoo"');
const symbol = name(FEED_SYMBOL, 'must be a symbol as the feed writes it, such as "BTC/USDT" or "AAPL"');

/** Candles: which there are, what they say, and having them fetched. */
export const dataRoutes = {
  listSeries: {
    method: 'get',
    path: '/v1/data/series',
    operationId: 'listSeries',
    summary: 'Series of candles with what is stored of them.',
    role: 'viewer',
    query: z.strictObject(pageQuery),
    answers: { 200: { description: 'By id.', schema: pageOf(seriesView) } },
    problems: ['invalid_request'],
  },
  showSeries: {
    method: 'get',
    path: '/v1/data/series/{id}',
    operationId: 'showSeries',
    summary: 'One series with its known gaps and latest corrections.',
    role: 'viewer',
    params: seriesParams,
    answers: { 200: { description: 'The series.', schema: seriesDetailView } },
    problems: ['not_found'],
  },
  listCandles: {
    method: 'get',
    path: '/v1/data/series/{id}/candles',
    operationId: 'listCandles',
    summary: 'Candles of a series, oldest first.',
    role: 'viewer',
    params: seriesParams,
    query: z.strictObject({
      from: momentIn.optional(),
      to: momentIn.optional(),
      limit: z
        .string()
        .regex(/^([1-9]\d{0,2}|[1-4]\d{3}|5000)$/, { error: rule('range', 'must be a whole number from 1 to 5000') })
        .transform(Number)
        .meta({ type: 'integer', minimum: 1, maximum: 5_000, description: 'Candles a page; 1000 unless told.' })
        .optional(),
      cursor: z
        .string()
        .regex(/^\d{1,15}$/, { error: rule('cursor', 'must be the nextCursor of a page of this list') })
        .optional(),
    }),
    answers: { 200: { description: 'Openings in [from, to).', schema: pageOf(candleView) } },
    problems: ['not_found', 'invalid_request'],
  },
  startIngest: {
    method: 'post',
    path: '/v1/data/ingests',
    operationId: 'startIngest',
    summary: 'Fetch candles of a series from its feed, or go on with what runs; repeats fetch nothing twice.',
    role: 'operator',
    body: z
      .strictObject({
        feed,
        symbol,
        timeframe: oneOf(TIMEFRAMES),
        adjustment: oneOf(ADJUSTMENTS).optional(),
        since: momentIn.optional(),
        calendar: name(/^[A-Z][A-Z0-9_-]{0,15}$/, 'must be the id of a calendar, such as "NYSE"').optional(),
        follow: z.boolean({ error: rule('boolean', 'must be true or false') }).optional(),
      })
      .meta({ id: 'StartIngest' }),
    answers: { 202: { description: 'It runs; look at the address in Location.', schema: ingestView } },
    problems: ['invalid_request', 'unknown_reference', 'temporal_unavailable'],
  },
  showIngest: {
    method: 'get',
    path: '/v1/data/ingests/{id}',
    operationId: 'showIngest',
    summary: 'How far an ingestion has come, or how it ended.',
    role: 'viewer',
    params: z.object({ id: z.string().meta({ example: 'ingest:binance:BTC/USDT:1h' }) }),
    answers: { 200: { description: 'The last run of that id.', schema: ingestView } },
    problems: ['not_found', 'temporal_unavailable'],
  },
} as const satisfies Record<string, Route>;

export type SeriesView = z.output<typeof seriesView>;
export type SeriesDetailView = z.output<typeof seriesDetailView>;
export type CandleView = z.output<typeof candleView>;
export type IngestView = z.output<typeof ingestView>;
