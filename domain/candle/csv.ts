import { parseDate, utcMidnight } from '../calendar/dates';
import type { EpochMillis } from '../clock/instant';
import type { Candle } from './candle';
import { findCandleFault } from './candle-checks';
import type { UncheckedCandle } from './candle-checks';

/** The columns of a file of candles, in their order. */
const CSV_COLUMNS = ['time', 'open', 'high', 'low', 'close', 'volume'] as const;
export const CSV_HEADER = CSV_COLUMNS.join(',');

/** A file of candles that is not as it must be; the message names line and column. */
export class CsvError extends Error {
  override readonly name = 'CsvError';

  constructor(
    readonly line: number,
    readonly column: string | null,
    rule: string,
  ) {
    super(`line ${line}${column === null ? '' : `, column ${column}`}: ${rule}`);
  }
}

const MOMENT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?Z$/;
const DATE = /^\d{4}-\d{2}-\d{2}$/;

/** A trading day, a moment in RFC 3339 and UTC, or milliseconds since 1970. */
function timeOf(text: string, line: number): EpochMillis {
  if (/^\d{12,15}$/.test(text)) return Number(text);
  try {
    if (DATE.test(text)) return utcMidnight(parseDate(text));
  } catch {
    throw new CsvError(line, 'time', 'is no day that exists');
  }
  const moment = MOMENT.test(text) ? Date.parse(text) : Number.NaN;
  if (!Number.isNaN(moment)) return moment;
  throw new CsvError(
    line,
    'time',
    'must be YYYY-MM-DD, a moment such as 2024-07-03T17:00:00Z, or milliseconds since 1970',
  );
}

/** Looks at the first line of a file. @throws CsvError unless it names the columns as they must be */
export function checkCsvHeader(first: string): void {
  const names = first
    .replace(/^\uFEFF/, '')
    .split(',')
    .map((name) => name.trim().toLowerCase());
  const wrong = CSV_COLUMNS.find((column, index) => names[index] !== column);
  if (wrong !== undefined) throw new CsvError(1, wrong, `the first line must be ${CSV_HEADER}`);
  if (names.length > CSV_COLUMNS.length)
    throw new CsvError(1, null, `the first line must be ${CSV_HEADER}, and no more`);
}

/** Reads one line of a file; its numbers as they are written. @throws CsvError naming the column */
export function readCsvLine(text: string, line: number): Candle {
  const fields = text.split(',');
  if (fields.length !== CSV_COLUMNS.length)
    throw new CsvError(line, null, `must have ${CSV_COLUMNS.length} columns, and has ${fields.length}`);
  const [time = '', open = '', high = '', low = '', close = '', volume = ''] = fields.map((field) => field.trim());
  const candle: UncheckedCandle = { openAt: timeOf(time, line), open, high, low, close, volume };
  const fault = findCandleFault(candle);
  if (fault !== undefined) throw new CsvError(line, fault.field === 'openAt' ? 'time' : fault.field, fault.reason);
  return candle as Candle;
}

/** A candle as a line of such a file. */
export function csvLine({ openAt, open, high, low, close, volume }: Candle): string {
  return [new Date(openAt).toISOString(), open, high, low, close, volume].join(',');
}
