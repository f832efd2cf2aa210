import type { Command } from 'commander';
import type { NewsFetchView, NewsSourceView, NewsView } from '../api/contract/news-routes';
import type { Page } from '../api/contract/views';
import { ApiClient } from './api-client';
import { CliError, EXIT } from './context';
import type { CliContext, ExitCode } from './context';
import { momentOf } from './data-moment';
import { leaf, more } from './leaf';
import type { ListOptions } from './leaf';
import { fetchText, newsTable, sourceTable } from './news-views';
import { show } from './output';
import type { OutputOptions } from './output';

interface FetchOptions extends OutputOptions {
  readonly source?: string;
}

interface NewsListOptions extends ListOptions {
  readonly instrument?: string;
  readonly source?: string;
  readonly since?: string;
}

const POLL_MS = 500;

/** Adds `news` with its verbs. */
export function addNews(program: Command, context: CliContext, exit: (code: ExitCode) => void): void {
  const news = program.command('news').description('News: what is stored, and the sources that it comes from.');
  leaf(news, 'fetch', 'Ask the news sources now; one that failed is left alone for as long as it is to be.')
    .option('--source <name>', 'only this one')
    .action(async (options: FetchOptions) => exit(await fetchNews(context, options)));
  leaf(news, 'list', 'List news, newest first, each title once.')
    .option('--instrument <id>', 'only about this instrument')
    .option('--source <name>', 'only of this source')
    .option('--since <day>', 'published then or later, YYYY-MM-DD or RFC 3339')
    .option('--limit <n>', 'rows a page')
    .option('--cursor <cursor>', 'of the page before')
    .action(async (options: NewsListOptions) => {
      const { cursor, instrument, limit, since, source } = options;
      const from = since === undefined ? undefined : momentOf('--since', since);
      const query = { instrument, source, since: from, limit: limit?.toString(), cursor };
      const page = await new ApiClient(context).get<Page<NewsView>>('/v1/news', query);
      show(context, options, page, ({ items, nextCursor }) => `${newsTable(items)}${more(nextCursor)}`);
    });
  leaf(news, 'sources', 'List the news sources and how they are doing; exit code 4 when one is silent.').action(
    async (options: OutputOptions) => {
      const page = await new ApiClient(context).get<Page<NewsSourceView>>('/v1/news/sources');
      show(context, options, page, ({ items }) => sourceTable(items));
      exit(page.items.some(({ stale }) => stale) ? EXIT.attention : EXIT.done);
    },
  );
}

/** Has sources asked and waits for the end; Ctrl-C ends the waiting only. */
async function fetchNews(context: CliContext, options: FetchOptions): Promise<ExitCode> {
  const api = new ApiClient(context);
  const body = options.source === undefined ? {} : { source: options.source };
  const started = await api.post<NewsFetchView>('/v1/news/fetches', { body });
  let view = started.body;
  if (view.state === 'running') context.stderr('asking the news sources\n');
  while (view.state === 'running') {
    await context.sleep(POLL_MS);
    view = await api.get<NewsFetchView>(`/v1/news/fetches/${encodeURIComponent(view.id)}`);
  }
  const { code, message, state } = view;
  if (state === 'failed') throw new CliError(EXIT.failed, message ?? 'The sources could not be asked.', { code });
  if (state === 'stopped') throw new CliError(EXIT.refused, `The news was not fetched: ${message ?? 'a halt'}.`);
  show(context, options, view, fetchText);
  return view.sources.some(({ result }) => result === 'failed' || result === 'waiting') ? EXIT.attention : EXIT.done;
}
