import { Option } from 'commander';
import type { Command } from 'commander';
import type { IngestView, SeriesDetailView, SeriesView } from '../api/contract/data-routes';
import type { Page } from '../api/contract/views';
import { accountFeed, ADJUSTMENTS } from '../domain/candle/series';
import { TIMEFRAMES } from '../domain/candle/timeframe';
import { ApiClient } from './api-client';
import { CliError, EXIT } from './context';
import type { CliContext, ExitCode } from './context';
import { momentOf } from './data-moment';
import { exportSeries, importFile } from './data-files';
import type { ExportOptions, ImportOptions } from './data-files';
import { ingestText, progressLine, seriesTable, seriesText } from './data-views';
import { leaf, more } from './leaf';
import type { ListOptions } from './leaf';
import { show } from './output';
import type { OutputOptions } from './output';

interface FetchOptions extends OutputOptions {
  readonly exchange?: string;
  readonly account?: string;
  readonly timeframe: string;
  readonly since: string;
  readonly adjustment?: string;
  readonly calendar?: string;
  readonly follow?: boolean;
}

const POLL_MS = 500;
/** Codes of a feed that say that the question was wrong. */
const WRONG = new Set([
  'unknown_feed',
  'unknown_symbol',
  'unknown_timeframe',
  'unknown_adjustment',
  'unknown_calendar',
]);

/** Adds `data` with its verbs. */
export function addData(program: Command, context: CliContext, exit: (code: ExitCode) => void): void {
  const data = program.command('data').description('Fetch, check and export candles.');
  leaf(data, 'fetch <symbol>', 'Fetch candles of a symbol, and go on where an earlier fetch stopped.')
    .option('--exchange <feed>', 'an exchange as ccxt calls it, yahoo, finnhub, or a feed of CANDLE_FEEDS')
    .option('--account <name>', 'instead: an account at Interactive Brokers, whose instruments it has')
    .addOption(new Option('--timeframe <length>', 'length of a candle').choices(TIMEFRAMES).makeOptionMandatory())
    .requiredOption('--since <day>', 'the earliest candle wanted, YYYY-MM-DD or RFC 3339')
    .addOption(
      new Option('--adjustment <kind>', 'of stock prices; raw unless told, of an account splits').choices(ADJUSTMENTS),
    )
    .option('--calendar <id>', "which candles should exist; the feed's own calendar unless told")
    .option('--follow', 'keep the series up to date from now on')
    .addHelpText(
      'after',
      '\nExample: tradewind data fetch BTC/USDT --exchange binance --timeframe 1h --since 2020-01-01',
    )
    .action(async (symbol: string, options: FetchOptions) => exit(await fetchCandles(context, symbol, options)));
  leaf(data, 'list', 'List the series that are stored.')
    .option('--limit <n>', 'rows a page')
    .option('--cursor <cursor>', 'of the page before')
    .action(async (options: ListOptions) => {
      const query = { limit: options.limit?.toString(), cursor: options.cursor };
      const page = await new ApiClient(context).get<Page<SeriesView>>('/v1/data/series', query);
      show(context, options, page, ({ items, nextCursor }) => `${seriesTable(items)}${more(nextCursor)}`);
    });
  leaf(data, 'check [series]', 'Look for gaps, corrections and old age; exit code 4 when something is wrong.').action(
    async (series: string | undefined, options: OutputOptions) => exit(await check(context, series, options)),
  );
  leaf(data, 'export <series>', 'Write the candles of a series into a file.')
    .addOption(
      new Option('--format <format>', 'csv is exact; parquet has 64-bit floats')
        .choices(['csv', 'parquet'])
        .default('csv'),
    )
    .requiredOption('--out <file>', 'where to; it appears when it is whole')
    .option('--from <day>', 'first opening, YYYY-MM-DD or RFC 3339')
    .option('--to <day>', 'first opening that is left out')
    .action((series: string, options: ExportOptions) => exportSeries(context, series, options));
  leaf(data, 'import <file>', 'Store candles from a CSV file on this machine, in the database itself.')
    .requiredOption('--series <id>', 'such as csv:BTC/USDT:1h')
    .option('--calendar <id>', 'which candles should exist', 'ALWAYS')
    .addHelpText('after', '\nIt is local: files of millions of rows do not travel through the API.')
    .action((file: string, options: ImportOptions) => importFile(context, file, options));
}

/** Starts an ingestion and follows it to its end; Ctrl-C ends the telling only. */
async function fetchCandles(context: CliContext, symbol: string, options: FetchOptions): Promise<ExitCode> {
  const { account, calendar, exchange, follow = false, timeframe } = options;
  if ((exchange === undefined) === (account === undefined))
    throw new CliError(EXIT.usage, 'Say where from: either --exchange or --account.');
  const adjustment = options.adjustment ?? (account === undefined ? 'raw' : 'splits');
  const feed = account === undefined ? exchange : accountFeed(account);
  const api = new ApiClient(context);
  const body = { feed, symbol, timeframe, adjustment, follow, since: momentOf('--since', options.since) };
  const started = await api.post<IngestView>('/v1/data/ingests', {
    body: { ...body, ...(calendar === undefined ? {} : { calendar }) },
  });
  const path = `/v1/data/ingests/${encodeURIComponent(started.body.id)}`;
  let view = started.body;
  let told = '';
  while (view.state === 'running') {
    const line = progressLine(view);
    if (line !== told) context.stderr(`${line}\n`);
    told = line;
    await context.sleep(POLL_MS);
    view = await api.get<IngestView>(path);
  }
  if (view.state === 'failed')
    throw new CliError(WRONG.has(view.code ?? '') ? EXIT.usage : EXIT.failed, view.message ?? 'The feed failed.', {
      code: view.code,
    });
  show(context, options, view, ingestText);
  if (view.state === 'stopped')
    throw new CliError(EXIT.refused, 'The ingestion was stopped by a halt or a cancellation.');
  return view.missing > 0 || view.message !== null ? EXIT.attention : EXIT.done;
}

async function check(context: CliContext, series: string | undefined, options: OutputOptions): Promise<ExitCode> {
  const api = new ApiClient(context);
  const wrong = (row: SeriesView): boolean => row.missing > 0 || row.problem !== null || (row.stale && row.followed);
  if (series !== undefined) {
    const row = await api.get<SeriesDetailView>(`/v1/data/series/${encodeURIComponent(series)}`);
    show(context, options, row, seriesText);
    return wrong(row) ? EXIT.attention : EXIT.done;
  }
  const rows: SeriesView[] = [];
  for (let cursor: string | null | undefined; cursor !== null;) {
    const page: Page<SeriesView> = await api.get('/v1/data/series', { limit: '200', cursor });
    rows.push(...page.items);
    cursor = page.nextCursor;
  }
  show(context, options, { items: rows, wrong: rows.filter(wrong).map(({ id }) => id) }, () => seriesTable(rows));
  return rows.some(wrong) ? EXIT.attention : EXIT.done;
}
