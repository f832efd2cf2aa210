import type { NewsFetchView, NewsSourceView, NewsView } from '../api/contract/news-routes';
import { table } from './output';
import { moment } from './trade-views';

/** Longest title in a table, in characters; `--json` has all of it. */
const TITLE = 80;

const NO_SOURCES = 'There are no news sources: NEWS_SOURCES_FILE names none, see docs/news.md.';

/** News, one a line. */
export function newsTable(items: readonly NewsView[]): string {
  return table(
    ['published', 'source', 'id', 'instruments', 'title'],
    items.map(({ id, instruments, publishedAt, source, title }) => [
      moment(publishedAt),
      source,
      id,
      instruments.join(', '),
      shortened(title),
    ]),
    'There is no such news: `tradewind news fetch` asks the sources.',
  );
}

function shortened(title: string): string {
  const letters = Array.from(title);
  return letters.length <= TITLE ? title : `${letters.slice(0, TITLE - 1).join('')}…`;
}

/** Sources and how they are doing. */
export function sourceTable(items: readonly NewsSourceView[]): string {
  return table(
    ['source', 'where', 'every', 'instruments', 'items', 'newest', 'answered', 'state'],
    items.map((source) => [
      source.name,
      source.place,
      `${source.everyMinutes} min`,
      source.instruments.join(', '),
      String(source.items),
      moment(source.newest),
      moment(source.answeredAt),
      stateOf(source),
    ]),
    NO_SOURCES,
  );
}

function stateOf({ askedAt, failures, problem, retryAt, stale }: NewsSourceView): string {
  const silent = stale ? 'silent; ' : '';
  if (problem === null) return stale ? 'silent' : askedAt === null ? 'not asked yet' : 'well';
  const again = retryAt === null ? '' : `, again at ${moment(retryAt) ?? ''}`;
  return `${silent}${problem.message} (${failures} in a row${again})`;
}

/** What came of asking. */
export function fetchText({ sources, stale }: NewsFetchView): string {
  const rows = table(
    ['source', 'result', 'found', 'stored', 'repeats', 'note'],
    sources.map(({ duplicates, found, problem, result, retryAt, source, stored }) => [
      ...[source, result, String(found), String(stored), String(duplicates)],
      [problem, retryAt === null ? null : `again at ${moment(retryAt) ?? ''}`].filter((one) => one !== null).join('; '),
    ]),
    'No source was asked. `tradewind news sources` lists what there is.',
  );
  return stale.length === 0 ? rows : `${rows}\n\nSilent for too long: ${stale.join(', ')}.`;
}
