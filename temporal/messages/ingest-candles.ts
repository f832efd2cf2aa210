import { defineQuery, defineSignal } from '@temporalio/workflow';
import type { SeriesId } from '../../domain/candle/series';
import type { Timeframe } from '../../domain/candle/timeframe';
import type { EpochMillis } from '../../domain/clock/instant';
import type { HaltRequest } from './trade';

export const INGEST_CANDLES_WORKFLOW = 'ingestCandles';

/** One series, which is made when there is none; without one, all that are followed, of a feed and length if they are named. */
export interface IngestCandlesInput {
  readonly series?: string;
  /** Of a series: the earliest opening wanted; milliseconds since 1970. */
  readonly since?: EpochMillis;
  /** Of a series: keep it up to date from now on. */
  readonly follow?: boolean;
  /** Of a series: the calendar that says which candles should exist; the feed's own unless told. */
  readonly calendar?: string;
  readonly feed?: string;
  readonly timeframe?: Timeframe;
  /** What a run that continues as new has left. */
  readonly carried?: CarriedIngest;
}

/** A series and the stretch of openings to be asked for. */
export interface PlannedSeries {
  readonly id: SeriesId;
  readonly from: EpochMillis;
  readonly to: EpochMillis;
}

/** What became of one series. */
export interface IngestedSeries {
  readonly id: SeriesId;
  readonly stored: number;
  readonly corrected: number;
  /** Candles of the feed that were not sound. */
  readonly faulty: number;
  /** Candles that are missing after they were asked for again. */
  readonly missing: number;
  /** Why it is not up to date; null when it is. */
  readonly problem: string | null;
}

export interface CarriedIngest {
  readonly left: readonly PlannedSeries[];
  /** What the first of those left has come to so far. */
  readonly counts: IngestCounts;
  readonly done: readonly IngestedSeries[];
}

export type IngestCounts = Omit<IngestedSeries, 'id' | 'problem' | 'missing'>;

export interface IngestCandlesResult {
  /** `stopped`: by a halt of everything. */
  readonly state: 'completed' | 'stopped';
  readonly series: readonly IngestedSeries[];
}

/** How far a run has come. */
export interface IngestProgress {
  readonly phase: 'planning' | 'fetching' | 'mending' | 'done';
  readonly current: PlannedSeries | null;
  /** Everything before it was asked for and answered. */
  readonly cursor: EpochMillis | null;
  readonly counts: IngestCounts;
  readonly left: number;
  readonly done: readonly IngestedSeries[];
}

/** Part of a series: what one activity asks for. */
export interface FetchCandles {
  readonly id: SeriesId;
  readonly from: EpochMillis;
  readonly to: EpochMillis;
}

/** What one activity brought; `cursor` is where the next one goes on. */
export interface FetchedCandles extends IngestCounts {
  readonly cursor: EpochMillis;
  /** The first fault of a candle, if one was found. */
  readonly fault: string | null;
}

/** Ingestion goes on through a halt, and stops with a halt of everything. */
export const ingestHaltSignal = defineSignal<[HaltRequest]>('halt');
export const ingestProgressQuery = defineQuery<IngestProgress>('progress');

/** `ingest:{series}`, `ingest:{feed}:{timeframe}`, `ingest:{feed}` or `ingest:all`. */
export function ingestWorkflowId({ series, feed, timeframe }: IngestCandlesInput): string {
  return `ingest:${series ?? [feed ?? 'all', ...(timeframe === undefined ? [] : [timeframe])].join(':')}`;
}

/** What an ingestion's workflow id names after its `ingest:`; undefined when the workflow is none. */
export function ingestedBy(workflowId: string): string | undefined {
  return workflowId.startsWith('ingest:') ? workflowId.slice('ingest:'.length) : undefined;
}
