import { createReadStream, createWriteStream, existsSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import type * as Parquet from 'hyparquet-writer';
import type { CandleView } from '../api/contract/data-routes';
import type { Page } from '../api/contract/views';
import { recordAudit } from '../database/audit';
import { ensureSeries } from '../database/candle-series';
import { storeCandles } from '../database/candles';
import { openDatabase, transaction } from '../database/pool';
import type { Queryable } from '../database/pool';
import { calendarOf } from '../domain/calendar/calendars';
import type { Candle } from '../domain/candle/candle';
import { sortCandles } from '../domain/candle/candle-checks';
import { checkCsvHeader, CSV_HEADER, csvLine, CsvError, readCsvLine } from '../domain/candle/csv';
import { parseSeriesId } from '../domain/candle/series';
import type { Series } from '../domain/candle/series';
import { decimalString } from '../domain/money/decimal';
import { ApiClient } from './api-client';
import { CliError, EXIT } from './context';
import type { CliContext } from './context';
import { momentOf } from './data-moment';
import { databaseUrl } from './local-key';
import { fields, show } from './output';
import type { OutputOptions } from './output';

export interface ExportOptions extends OutputOptions {
  readonly format: string;
  readonly out: string;
  readonly from?: string;
  readonly to?: string;
}

export interface ImportOptions extends OutputOptions {
  readonly series: string;
  readonly calendar: string;
}

/** Candles in one statement. */
const CHUNK = 10_000;
const PAGE = '5000';

/** Writes a series into a file, beside it first: whoever finds it under its name finds it whole. */
export async function exportSeries(context: CliContext, series: string, options: ExportOptions): Promise<void> {
  const out = resolve(options.out);
  const part = `${out}.part`;
  try {
    const candles = candlesOf(context, series, options);
    const rows = options.format === 'csv' ? await writeCsv(part, candles) : await writeParquet(part, candles);
    renameSync(part, out);
    show(context, options, { series, file: out, format: options.format, rows }, () => `${rows} candles in ${out}`);
  } catch (error) {
    rmSync(part, { force: true });
    if (error instanceof CliError || !isFileError(error)) throw error;
    throw new CliError(EXIT.failed, `--out ${options.out} cannot be written (${error.code}).`);
  }
}

function isFileError(error: unknown): error is Error & { readonly code: string } {
  return error instanceof Error && 'code' in error && 'syscall' in error;
}

async function* candlesOf(context: CliContext, series: string, options: ExportOptions): AsyncGenerator<Candle> {
  const api = new ApiClient(context);
  const path = `/v1/data/series/${encodeURIComponent(series)}/candles`;
  const bound = (name: 'from' | 'to'): string | undefined => {
    const text = options[name];
    return text === undefined ? undefined : momentOf(`--${name}`, text);
  };
  const query = { limit: PAGE, from: bound('from'), to: bound('to') };
  for (let cursor: string | null | undefined; cursor !== null;) {
    const page: Page<CandleView> = await api.get(path, { ...query, cursor });
    for (const { openAt, open, high, low, close, volume } of page.items) {
      const values = { open, high, low, close, volume };
      const exact = Object.entries(values).map(([name, value]) => [name, decimalString(value)]);
      yield { openAt: Date.parse(openAt), ...(Object.fromEntries(exact) as Omit<Candle, 'openAt'>) };
    }
    cursor = page.nextCursor;
  }
}

async function writeCsv(file: string, candles: AsyncIterable<Candle>): Promise<number> {
  const stream = createWriteStream(file);
  const failed = new Promise<never>((_, reject) => stream.once('error', reject));
  const write = async (line: string): Promise<void> => {
    if (!stream.write(`${line}\n`))
      await Promise.race([new Promise<void>((done) => stream.once('drain', () => done())), failed]);
  };
  let rows = 0;
  const all = async (): Promise<void> => {
    await write(CSV_HEADER);
    for await (const candle of candles) {
      await write(csvLine(candle));
      rows += 1;
    }
    await new Promise<void>((done) => stream.end(done));
  };
  await Promise.race([all(), failed]);
  return rows;
}

/** Times in milliseconds and prices as 64-bit floats, as research reads them. */
async function writeParquet(file: string, candles: AsyncIterable<Candle>): Promise<number> {
  const { parquetWriteBuffer } = createRequire(__filename)('hyparquet-writer') as typeof Parquet;
  const times: Date[] = [];
  const columns: Record<'open' | 'high' | 'low' | 'close' | 'volume', number[]> = {
    ...{ open: [], high: [], low: [], close: [], volume: [] },
  };
  for await (const candle of candles) {
    times.push(new Date(candle.openAt));
    for (const name of ['open', 'high', 'low', 'close', 'volume'] as const) columns[name].push(Number(candle[name]));
  }
  const numbers = Object.entries(columns).map(([name, data]) => ({ name, data, type: 'DOUBLE' as const }));
  const columnData = [{ name: 'open_at', data: times, type: 'TIMESTAMP' as const }, ...numbers];
  writeFileSync(file, Buffer.from(parquetWriteBuffer({ columnData })));
  return times.length;
}

/** Stores a file's candles, all or none of them, in the database itself. @throws CliError naming line and column */
export async function importFile(context: CliContext, file: string, options: ImportOptions): Promise<void> {
  const series = parseSeriesId(options.series);
  if (series === undefined)
    throw new CliError(EXIT.usage, '--series must be FEED:SYMBOL:TIMEFRAME, such as csv:BTC/USDT:1h.');
  if (!existsSync(file)) throw new CliError(EXIT.usage, `There is no file ${file}.`);
  const url = databaseUrl(context);
  if (url === undefined)
    throw new CliError(EXIT.failed, 'There is no database: run `npm start` once, or set DATABASE_URL.');
  const calendar = calendarNamed(options.calendar);
  const database = openDatabase(url, { max: 1 });
  const started = context.now();
  try {
    const counts = await transaction(database, async (client) => {
      const done = await storeFile(client, file, { ...series, calendar });
      await recordAudit(client, {
        actor: `local:${context.user}`,
        method: 'CLI',
        path: 'data import',
        status: EXIT.done,
        durationMs: context.now() - started,
        metadata: { series: options.series, ...done },
      });
      return done;
    });
    show(context, options, { series: options.series, ...counts }, ({ corrected, rows, stored }) =>
      fields([
        ['Series', options.series],
        ['Rows', String(rows)],
        ['Stored', String(stored)],
        ['Corrected', String(corrected)],
      ]),
    );
  } catch (error) {
    if (error instanceof CsvError) throw new CliError(EXIT.usage, `${file}: ${error.message}`);
    throw error;
  } finally {
    await database.end();
  }
}

function calendarNamed(id: string): string {
  try {
    return calendarOf(id).id;
  } catch (error) {
    throw new CliError(EXIT.usage, `--calendar: ${error instanceof Error ? error.message : String(error)}`);
  }
}

async function storeFile(client: Queryable, file: string, series: Series & { readonly calendar: string }) {
  const { number } = await ensureSeries(client, series);
  const counts = { rows: 0, stored: 0, corrected: 0 };
  let chunk: Candle[] = [];
  const flush = async (): Promise<void> => {
    const { stored, corrected } = await storeCandles(client, number, 'csv', sortCandles(chunk).sound);
    counts.stored += stored;
    counts.corrected += corrected;
    chunk = [];
  };
  let line = 0;
  for await (const text of createInterface({ input: createReadStream(file), crlfDelay: Infinity })) {
    line += 1;
    if (line === 1) checkCsvHeader(text);
    else if (text.trim() !== '') {
      chunk.push(readCsvLine(text, line));
      counts.rows += 1;
      if (chunk.length >= CHUNK) await flush();
    }
  }
  if (line === 0) throw new CsvError(1, null, `the first line must be ${CSV_HEADER}`);
  await flush();
  return counts;
}
