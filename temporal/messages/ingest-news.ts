import { defineSignal } from '@temporalio/workflow';
import type { Instant } from '../../domain/clock/instant';
import type { NewsErrorCode } from '../../domain/news/reader';
import type { HaltRequest } from './trade';

export const INGEST_NEWS_WORKFLOW = 'ingestNews';

/** Every source, or the one that is named. */
export interface IngestNewsInput {
  readonly source?: string;
  /** A person asks: the pace of the schedule does not count, the wait after a failure does. */
  readonly byHand?: boolean;
}

/** Which sources are due, and which are waiting after a failure. */
export interface PlannedNews {
  readonly due: readonly string[];
  readonly waiting: readonly IngestedNews[];
}

/** What became of one source. No text of it: those are in the database alone. */
export interface IngestedNews {
  readonly source: string;
  /** `waiting`: it failed before and is not asked yet. */
  readonly result: 'stored' | 'unchanged' | 'failed' | 'waiting';
  /** Items that its answer had. */
  readonly found: number;
  /** Those that are new, and how many of them repeat a title that was there. */
  readonly stored: number;
  readonly duplicates: number;
  readonly code: NewsErrorCode | 'worker' | null;
  /** One sentence of ours. */
  readonly problem: string | null;
  /** It is not asked again before this. */
  readonly retryAt: Instant | null;
}

export interface IngestNewsResult {
  readonly sources: readonly IngestedNews[];
  /** Sources that have not answered for longer than they may. */
  readonly stale: readonly string[];
}

/** Ingestion goes on through a halt, and stops with a halt of everything. */
export const newsHaltSignal = defineSignal<[HaltRequest]>('halt');

const PREFIX = 'news:';
const ALL = 'all';

/** `news:{source}`, or `news:all`; its schedule appends the time: `news:all-2026-11-25T02:00:00Z`. */
export function newsWorkflowId({ source = ALL }: Pick<IngestNewsInput, 'source'>): string {
  return `${PREFIX}${source}`;
}

/** The source that an id names, or `all`; undefined when the workflow is none of these. */
export function newsOf(workflowId: string): string | undefined {
  return /^news:([a-z0-9-]+?)(-\d{4}-\d{2}-\d{2}T[\d:.]+Z)?$/.exec(workflowId)?.[1];
}
