import { knownGaps, seriesStanding, seriesStandings } from '../database/candle-series';
import type { SeriesStanding } from '../database/candle-series';
import { readCandles, readCorrections } from '../database/candles';
import type { Database } from '../database/pool';
import type { Calendars } from '../domain/calendar/calendars';
import { freshnessOf } from '../domain/candle/gaps';
import { parseSeriesId, seriesId } from '../domain/candle/series';
import { instant, millisOf } from '../domain/clock/instant';
import type { EpochMillis, Instant } from '../domain/clock/instant';
import { ingestedBy } from '../temporal/messages/ingest-candles';
import { ROUTES } from './contract/routes';
import type { IngestCommands, IngestState } from './ingest-commands';
import { answer, mount } from './mount';
import type { Gate } from './mount';
import { ApiProblem, notFound, RETRY_AFTER_SECONDS } from './problem';

/** What the routes of candles need. */
export interface DataRoutes {
  readonly database: Database;
  readonly ingests: IngestCommands;
  readonly calendars: Calendars;
  /** Real time. */
  readonly now: () => EpochMillis;
}

const CANDLES_A_PAGE = 1_000;
const SERIES_A_PAGE = 50;
const CORRECTIONS = 20;
const END_OF_TIME = 253_402_300_799_999;

/** Mounts series, candles and ingestions. */
export function mountData(gate: Gate, deps: DataRoutes): void {
  const { database, calendars, now } = deps;
  mount(gate, ROUTES.listSeries, async ({ query }) => {
    const limit = query.limit ?? SERIES_A_PAGE;
    const rows = await seriesStandings(database, { after: query.cursor ?? '', limit: limit + 1 });
    const items = rows.slice(0, limit).map((row) => seriesFields(row, deps));
    return answer(200, { items, nextCursor: rows.length > limit ? (items.at(-1)?.id ?? null) : null });
  });
  mount(gate, ROUTES.showSeries, async ({ params }) => {
    const row = await requireSeries(database, params.id);
    const gaps = (await knownGaps(database, row.number)).map(({ from, to, ...rest }) => ({
      ...{ from: instant(from), to: instant(to) },
      ...rest,
    }));
    const lastCorrections = (await readCorrections(database, row.number, CORRECTIONS)).map(({ sources, ...rest }) => ({
      ...rest,
      sources: [...sources],
    }));
    return answer(200, { ...seriesFields(row, deps), gaps, lastCorrections });
  });
  mount(gate, ROUTES.listCandles, async ({ params, query }) => {
    const { id } = await requireSeries(database, params.id);
    const limit = query.limit ?? CANDLES_A_PAGE;
    const from = query.cursor === undefined ? millisOf(query.from ?? instant(0)) : Number(query.cursor);
    const to = query.to === undefined ? END_OF_TIME : millisOf(query.to);
    const rows = await readCandles(database, id, { from: Math.min(from, END_OF_TIME), to }, limit);
    const items = rows.map(({ openAt, receivedAt, ...values }) => ({
      ...values,
      ...{ openAt: instant(openAt), receivedAt: receivedAt.toISOString() },
    }));
    const last = rows.at(-1);
    // A page that is not full is the last one; of a full one the next begins behind it.
    const nextCursor = last === undefined || rows.length < limit ? null : String(last.openAt + 1);
    return answer(200, { items, nextCursor });
  });
  mount(gate, ROUTES.startIngest, async ({ body, audit }) => {
    const { adjustment = 'raw', calendar, feed, follow, since, symbol, timeframe } = body;
    const series = seriesId({ feed, symbol, timeframe, adjustment });
    audit({ series });
    if (since !== undefined && millisOf(since) > now())
      throw new ApiProblem('invalid_request', 'since must not lie in the future.', {
        errors: [{ field: 'since', rule: 'past', message: 'must not lie in the future' }],
      });
    if (calendar !== undefined && !calendars.ids.includes(calendar))
      throw new ApiProblem('unknown_reference', 'calendar names none that there is.', {
        errors: [{ field: 'calendar', rule: 'known', message: 'must be a calendar', known: [...calendars.ids] }],
      });
    const id = await deps.ingests.start({
      series,
      follow: follow ?? false,
      ...(since === undefined ? {} : { since: millisOf(since) }),
      ...(calendar === undefined ? {} : { calendar }),
    });
    if (id === undefined) throw unreachable();
    const headers = { Location: `/v1/data/ingests/${encodeURIComponent(id)}` };
    return { ...answer(202, await ingestFields(database, id, { kind: 'running', progress: null })), headers };
  });
  mount(gate, ROUTES.showIngest, async ({ params }) => {
    const state = ingestedBy(params.id) === undefined ? undefined : await deps.ingests.show(params.id);
    if (state === undefined) throw notFound('ingestion');
    if (state === 'unreachable') throw unreachable();
    return answer(200, await ingestFields(database, params.id, state));
  });
}

function unreachable(): ApiProblem {
  return new ApiProblem('temporal_unavailable', 'Temporal cannot be reached; ask again.', {}, RETRY_AFTER_SECONDS);
}

async function requireSeries(database: Database, text: string): Promise<SeriesStanding> {
  const series = parseSeriesId(text);
  const row = series === undefined ? undefined : await seriesStanding(database, seriesId(series));
  if (row === undefined) throw notFound('series');
  return row;
}

function orNull(at: EpochMillis | null): Instant | null {
  return at === null ? null : instant(at);
}

function seriesFields(row: SeriesStanding, { calendars, now }: Pick<DataRoutes, 'calendars' | 'now'>) {
  const {
    id,
    feed,
    symbol,
    timeframe,
    adjustment,
    calendar,
    followed,
    delayed,
    candles,
    corrections,
    missing,
    problem,
  } = row;
  const known = calendars.ids.includes(calendar);
  const grid = known ? { calendar: calendars.of(calendar), timeframe } : undefined;
  return {
    ...{ id, feed, symbol, timeframe, adjustment, calendar, followed, delayed, candles, corrections, missing, problem },
    ...{
      since: orNull(row.since),
      filledTo: orNull(row.filledTo),
      oldest: orNull(row.oldest),
      newest: orNull(row.newest),
    },
    stale: grid === undefined || freshnessOf(grid, row.newest, now()).stale,
  };
}

/** What the workflow says, and of a series how far it is stored: that is newer than what the workflow has heard. */
async function ingestFields(database: Database, id: string, state: IngestState) {
  const named = parseSeriesId(ingestedBy(id) ?? '');
  const row = named === undefined ? undefined : await seriesStanding(database, seriesId(named));
  const fields = {
    id,
    ...{ phase: null, code: null, message: null, series: row?.id ?? null, from: null, to: null },
    through: orNull(row?.filledTo ?? null),
    ...{ stored: 0, corrected: 0, faulty: 0, missing: 0 },
  };
  switch (state.kind) {
    case 'failed':
      return { ...fields, state: 'failed' as const, code: state.code, message: state.message };
    case 'ended': {
      const sum = (name: 'stored' | 'corrected' | 'faulty' | 'missing'): number =>
        state.result.series.reduce((total, one) => total + one[name], 0);
      const problem = state.result.series.find((one) => one.problem !== null)?.problem ?? null;
      const counts = {
        stored: sum('stored'),
        corrected: sum('corrected'),
        faulty: sum('faulty'),
        missing: sum('missing'),
      };
      return { ...fields, state: state.result.state, phase: 'done' as const, message: problem, ...counts };
    }
    case 'running': {
      if (state.progress === null) return { ...fields, state: 'running' as const };
      const { phase, current, counts } = state.progress;
      const stretch = { from: orNull(current?.from ?? null), to: orNull(current?.to ?? null) };
      return {
        ...fields,
        ...stretch,
        ...counts,
        state: 'running' as const,
        phase,
        series: current?.id ?? fields.series,
      };
    }
  }
}
