import {
  ActivityFailure,
  ApplicationFailure,
  CancellationScope,
  continueAsNew,
  isCancellation,
  proxyActivities,
  setCurrentDetails,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import type { IngestActivities } from '../activities/market/ingest-candles';
import { ingestHaltSignal, ingestProgressQuery } from '../temporal/messages/ingest-candles';
import type {
  CarriedIngest,
  IngestCandlesInput,
  IngestCandlesResult,
  IngestCounts,
  IngestedSeries,
  IngestProgress,
  PlannedSeries,
} from '../temporal/messages/ingest-candles';
import { MARKET_QUEUE } from '../temporal/messages/task-queues';

/** A feed that sends us away says for how long; one that is down is asked ever more slowly, for about a quarter of an hour. */
const feedActivities = proxyActivities<IngestActivities>({
  taskQueue: MARKET_QUEUE,
  startToCloseTimeout: '30m',
  heartbeatTimeout: '10s',
  cancellationType: 'TRY_CANCEL',
  retry: { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '1m', maximumAttempts: 20 },
});
const { judgeSeries } = proxyActivities<IngestActivities>({ taskQueue: MARKET_QUEUE, startToCloseTimeout: '30s' });

/** Activities after which the history starts afresh. */
const STEPS_PER_RUN = 300;
const NOTHING: IngestCounts = { stored: 0, corrected: 0, faulty: 0 };

/** Brings candles of one series, or of all that are followed, up to date: asks, mends gaps, judges freshness. */
export async function ingestCandles(input: IngestCandlesInput): Promise<IngestCandlesResult> {
  const run = new IngestRun(input);
  const work = new CancellationScope();
  setHandler(
    ingestHaltSignal,
    ({ epoch, reason, everything }) => {
      if (everything === true) work.cancel();
      setCurrentDetails(`${everything === true ? 'Stopped by' : 'Goes on through'} halt ${epoch} (${reason}).`);
    },
    { description: 'Goes on, since it trades nothing; a halt of everything stops it' },
  );
  setHandler(ingestProgressQuery, () => run.progress);
  try {
    await work.run(() => run.all());
    return { state: 'completed', series: run.progress.done };
  } catch (error) {
    if (!isCancellation(error)) throw error;
    return { state: 'stopped', series: run.progress.done };
  }
}

class IngestRun {
  progress: IngestProgress = { phase: 'planning', current: null, cursor: null, counts: NOTHING, left: 0, done: [] };
  private steps = 0;

  constructor(private readonly input: IngestCandlesInput) {}

  async all(): Promise<void> {
    const { carried } = this.input;
    const plan = carried?.left ?? (await this.plan());
    let counts = carried?.counts ?? NOTHING;
    this.progress = { ...this.progress, done: carried?.done ?? [] };
    for (const [index, series] of plan.entries()) {
      const left = plan.slice(index);
      this.progress = {
        phase: 'fetching',
        current: series,
        cursor: series.from,
        counts,
        left: left.length,
        done: this.progress.done,
      };
      const ended = await this.one(series, left);
      this.progress = { ...this.progress, done: [...this.progress.done, ended] };
      counts = NOTHING;
    }
    this.progress = { ...this.progress, phase: 'done', current: null, left: 0 };
  }

  private async plan(): Promise<readonly PlannedSeries[]> {
    const { series, feed, timeframe } = this.input;
    const summary = `Plan ${series ?? [feed ?? 'every followed series', timeframe].filter(Boolean).join(' ')}`;
    try {
      return await feedActivities.planIngest.executeWithOptions({ summary }, [this.input]);
    } catch (error) {
      throw error instanceof ActivityFailure && !isCancellation(error) ? failureOf(error) : error;
    }
  }

  /** A series that was asked for by name fails the run; one of many is told of in the result, and the next one is asked for. */
  private async one(series: PlannedSeries, left: readonly PlannedSeries[]): Promise<IngestedSeries> {
    const { id } = series;
    let missing = 0;
    let problem: string | null = null;
    try {
      problem = await this.fetch(series, left);
      missing = await this.mend(series);
    } catch (error) {
      if (isCancellation(error) || !(error instanceof ActivityFailure)) throw error;
      problem = error.cause?.message ?? error.message;
      await judgeSeries.executeWithOptions({ summary: `Judge ${id}` }, [{ id, problem }]);
      if (this.input.series !== undefined) throw failureOf(error);
      return { id, ...this.progress.counts, missing, problem };
    }
    await judgeSeries.executeWithOptions({ summary: `Judge ${id}` }, [{ id, problem }]);
    return { id, ...this.progress.counts, missing, problem };
  }

  /** Answers what was wrong with candles of the feed, if anything was. */
  private async fetch({ id, from, to }: PlannedSeries, left: readonly PlannedSeries[]): Promise<string | null> {
    let fault: string | null = null;
    for (let cursor = from; cursor < to;) {
      if (this.steps >= STEPS_PER_RUN || workflowInfo().continueAsNewSuggested)
        await this.afresh({ id, from: cursor, to }, left);
      this.steps += 1;
      const summary = `Fetch ${id} from ${new Date(cursor).toISOString().slice(0, 16)}`;
      const got = await feedActivities.fetchCandles.executeWithOptions({ summary }, [{ id, from: cursor, to }]);
      const { stored, corrected, faulty } = this.progress.counts;
      cursor = got.cursor;
      fault ??= got.fault;
      this.progress = {
        ...this.progress,
        cursor,
        counts: { stored: stored + got.stored, corrected: corrected + got.corrected, faulty: faulty + got.faulty },
      };
    }
    return fault === null ? null : `${this.progress.counts.faulty} candles of the feed were not sound: ${fault}`;
  }

  private async mend({ id, from, to }: PlannedSeries): Promise<number> {
    this.progress = { ...this.progress, phase: 'mending' };
    this.steps += 1;
    return feedActivities.mendGaps.executeWithOptions({ summary: `Mend gaps of ${id}` }, [{ id, from, to }]);
  }

  private afresh(series: PlannedSeries, left: readonly PlannedSeries[]): Promise<never> {
    const { counts, done } = this.progress;
    const carried: CarriedIngest = { left: [series, ...left.slice(1)], counts, done };
    return continueAsNew<typeof ingestCandles>({ ...this.input, carried });
  }
}

/** The feed's own code and words, for whoever waits for the run. */
function failureOf({ cause, message }: ActivityFailure): ApplicationFailure {
  const type = cause instanceof ApplicationFailure ? (cause.type ?? 'failed') : 'failed';
  return ApplicationFailure.nonRetryable(cause?.message ?? message, type);
}
