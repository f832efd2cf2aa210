import type { NewsDeps } from '../activities/market/ingest-news';
import { VERSION } from '../config/project';
import type { Settings } from '../config/settings';
import { openNewsReader } from '../feeds/news/reader';
import { loadNews } from '../temporal/news';

/**
 * The news sources of the settings, and how they are read.
 * @throws SettingsFileError naming the field and the rule
 */
export function newsOf({
  feeds,
  newsSourcesFile,
}: Pick<Settings, 'feeds' | 'newsSourcesFile'>): Pick<NewsDeps, 'sources' | 'names' | 'reader'> {
  const { finnhub } = feeds;
  const reader = openNewsReader({
    userAgent: `tradewind/${VERSION}`,
    now: () => Date.now(),
    ...(finnhub === undefined ? {} : { finnhub }),
  });
  return { ...loadNews(newsSourcesFile), reader };
}
