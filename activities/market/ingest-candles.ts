import { Context } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import { clearAlert, raiseAlert } from '../../database/alerts';
import {
  advanceSeries,
  ensureSeries,
  findSeries,
  followedSeries,
  newestOpening,
  noteDelay,
  noteProblem,
} from '../../database/candle-series';
import type { SeriesRow } from '../../database/candle-series';
import type { CalendarId } from '../../domain/calendar/calendar';
import { FeedError } from '../../domain/candle/feed';
import type { CandleFeed, FeedRegistry } from '../../domain/candle/feed';
import { freshnessOf } from '../../domain/candle/gaps';
import { completeUntil } from '../../domain/candle/places';
import type { Grid } from '../../domain/candle/places';
import { parseSeriesId, staleCause } from '../../domain/candle/series';
import type { SeriesId } from '../../domain/candle/series';
import { lengthOf, placeOf } from '../../domain/candle/timeframe';
import { instant } from '../../domain/clock/instant';
import type {
  FetchCandles,
  FetchedCandles,
  IngestCandlesInput,
  PlannedSeries,
} from '../../temporal/messages/ingest-candles';
import { mendGaps } from './mend-gaps';
import { storePage } from './store-page';
import type { IngestDeps } from './store-page';

/** Pages that one activity asks for: its end is a step of the history, and what a restart repeats at most is less. */
const PAGES = 20;
/** Candles that are asked for again each time, since exchanges correct the newest ones. */
const LOOK_BACK = 12;

export type IngestActivities = ReturnType<typeof createIngestActivities>;

/** The activities of `ingestCandles`. */
export function createIngestActivities(deps: IngestDeps) {
  const { database, feeds, calendarOf, now } = deps;

  const gridOf = ({ calendar, timeframe }: SeriesRow): Grid => ({ calendar: calendarOf(calendar), timeframe });

  const planned = (row: SeriesRow, feed: CandleFeed): PlannedSeries => {
    const to = completeUntil(gridOf(row), now(), feed.settle);
    const since = row.since ?? to;
    const again = (row.filledTo ?? since) - LOOK_BACK * lengthOf(row.timeframe);
    return { id: row.id, from: Math.max(since, again), to };
  };

  const required = async (id: SeriesId): Promise<SeriesRow> => {
    const row = await findSeries(database, id);
    if (row === undefined) throw ApplicationFailure.nonRetryable(`there is no series ${id}`, 'unknown_series');
    return row;
  };

  return {
    /** Which series are to be asked for, and from where on: the one that is named is made, and checked with its feed. */
    async planIngest(input: IngestCandlesInput): Promise<readonly PlannedSeries[]> {
      if (input.series === undefined) {
        const rows = await followedSeries(database, input);
        return rows.flatMap((row) => {
          const feed = feedOrNone(feeds, row.feed);
          // One whose feed is off is not forgotten: its freshness is judged, and says so.
          return feed === undefined ? [{ id: row.id, from: 0, to: 0 }] : [planned(row, feed)];
        });
      }
      const series = parseSeriesId(input.series);
      if (series === undefined) throw ApplicationFailure.nonRetryable('that is no series', 'unknown_series');
      return beating(
        () => undefined,
        async (signal) => {
          const feed = feeds.of(series.feed);
          const own = await feed.check(series, signal);
          const calendar = knownCalendar(calendarOf, input.calendar ?? own);
          const wish = {
            ...(input.since === undefined ? {} : { since: placeOf(input.since, series.timeframe) }),
            follow: input.follow ?? false,
          };
          return [planned(await ensureSeries(database, { ...series, calendar }, wish), feed)];
        },
      );
    },

    /**
     * Asks a feed for candles, page by page, and stores each page before it asks for the next. Told to go on by its last
     * heartbeat after a crash, at most one page is asked for twice. Ends after some pages, or at the end.
     */
    async fetchCandles({ id, from, to }: FetchCandles): Promise<FetchedCandles> {
      const row = await required(id);
      const known = Context.current().info.heartbeatDetails as FetchedCandles | undefined;
      let so: FetchedCandles = known ?? { cursor: from, stored: 0, corrected: 0, faulty: 0, fault: null };
      return beating(
        () => so,
        async (signal) => {
          const feed = feeds.of(row.feed);
          for (let pages = 0; pages < PAGES && so.cursor < to; pages += 1) {
            so = add(so, await storePage(deps, feed, row, gridOf(row), { from: so.cursor, to }, signal));
            await advanceSeries(database, row.number, so.cursor);
            Context.current().heartbeat(so);
          }
          await noteDelay(database, row.number, feed.isDelayed?.(row.symbol) ?? false);
          return so;
        },
      );
    },

    /** Asks again for what the calendar wants and is not there; what still is not is noted. Answers how much that is. */
    async mendGaps({ id, from, to }: FetchCandles): Promise<number> {
      const row = await required(id);
      return beating(
        () => undefined,
        (signal) => mendGaps(deps, row, gridOf(row), { from, to }, signal),
      );
    },

    /** Notes how a try ended, and raises or clears the alert of a followed series that lacks its newest candles. */
    async judgeSeries({ id, problem }: { readonly id: SeriesId; readonly problem: string | null }): Promise<boolean> {
      const row = await required(id);
      if (problem !== null) await noteProblem(database, row.number, problem);
      const newest = await newestOpening(database, row.number);
      const { stale, expected } = freshnessOf(gridOf(row), newest, now());
      const late = stale && row.followed;
      if (!late) await clearAlert(database, staleCause(id));
      else
        await raiseAlert(database, {
          cause: staleCause(id),
          severity: 'warning',
          title: `The candles of ${id} are not up to date: the newest one opened ${newest === null ? 'never' : instant(newest)}.`,
          detail: { series: id, expected: expected === null ? null : instant(expected), problem },
        });
      return late;
    },
  };
}

function add(before: FetchedCandles, page: FetchedCandles): FetchedCandles {
  return {
    cursor: page.cursor,
    stored: before.stored + page.stored,
    corrected: before.corrected + page.corrected,
    faulty: before.faulty + page.faulty,
    fault: before.fault ?? page.fault,
  };
}

function feedOrNone(feeds: FeedRegistry, name: string): CandleFeed | undefined {
  try {
    return feeds.of(name);
  } catch (error) {
    if (error instanceof FeedError) return undefined;
    throw error;
  }
}

function knownCalendar(calendarOf: IngestDeps['calendarOf'], id: CalendarId): CalendarId {
  try {
    return calendarOf(id).id;
  } catch (error) {
    throw ApplicationFailure.nonRetryable(error instanceof Error ? error.message : String(error), 'unknown_calendar');
  }
}

/** Beats while it works, so that a worker that dies is missed soon; each beat carries how far the work has come. */
const BEAT_MS = 2_000;
/** A feed that wants no wait gets one all the same; Temporal takes a delay of nothing for none at all. */
const LEAST_WAIT_MS = 500;

/** A feed's failure comes as Temporal takes it: tried again when the feed says, or never. */
async function beating<T>(details: () => unknown, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const context = Context.current();
  const beat = setInterval(() => context.heartbeat(details()), BEAT_MS);
  try {
    return await work(context.cancellationSignal);
  } catch (error) {
    if (!(error instanceof FeedError)) throw error;
    const { code, message, passing, retryAfter } = error;
    throw ApplicationFailure.create({
      type: code,
      message,
      nonRetryable: !passing,
      ...(retryAfter === undefined ? {} : { nextRetryDelay: Math.max(LEAST_WAIT_MS, retryAfter) }),
    });
  } finally {
    clearInterval(beat);
  }
}
