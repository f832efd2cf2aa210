import { ActivityFailure, isCancellation, proxyActivities, setCurrentDetails } from '@temporalio/workflow';
import type { NewsActivities } from '../activities/market/ingest-news';
import { newsHaltSignal } from '../temporal/messages/ingest-news';
import type { IngestedNews, IngestNewsInput, IngestNewsResult } from '../temporal/messages/ingest-news';
import { MARKET_QUEUE } from '../temporal/messages/task-queues';
import { throughHalts } from './upkeep';

/**
 * A source that fails is no failure of the activity: how long it is left alone stands in the database. What is tried again
 * here is a database that is away, or a worker that died.
 */
const { fetchNews, judgeNews, planNews } = proxyActivities<NewsActivities>({
  taskQueue: MARKET_QUEUE,
  startToCloseTimeout: '1m',
  cancellationType: 'TRY_CANCEL',
  retry: { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '30s', maximumAttempts: 8 },
});

/** Asks news sources that are due, each by itself, stores what is new, and judges which have been silent for too long. */
export async function ingestNews(input: IngestNewsInput = {}): Promise<IngestNewsResult> {
  return throughHalts(newsHaltSignal, async () => {
    const { due, waiting } = await planNews.executeWithOptions({ summary: 'See which sources are due' }, [input]);
    const asked = await Promise.all(due.map((source) => ask(source)));
    const stale = await judgeNews.executeWithOptions({ summary: 'Judge which sources are silent' }, []);
    const failed = asked.filter(({ result }) => result === 'failed').length;
    const stored = asked.reduce((sum, one) => sum + one.stored, 0);
    setCurrentDetails(
      `${asked.length} sources asked, ${failed} failed, ${stored} items stored, ${stale.length} stale.`,
    );
    return { sources: [...asked, ...waiting], stale };
  });
}

/** One source: what goes wrong with it holds up no other. */
async function ask(source: string): Promise<IngestedNews> {
  try {
    return await fetchNews.executeWithOptions({ summary: `Ask ${source}` }, [source]);
  } catch (error) {
    if (isCancellation(error) || !(error instanceof ActivityFailure)) throw error;
    const problem = 'no worker came to its end with it; the Web UI shows why';
    const nothing = { found: 0, stored: 0, duplicates: 0, retryAt: null };
    return { source, result: 'failed', ...nothing, code: 'worker', problem };
  }
}
