import type { CliContext } from './context';

/** How a command shows its result. */
export interface OutputOptions {
  /** One JSON document instead of text. */
  readonly json?: boolean;
}

/** Shows a result: the value itself as JSON, or the text made from it. */
export function show<T>(context: CliContext, options: OutputOptions, value: T, text: (value: T) => string): void {
  context.stdout(options.json === true ? `${JSON.stringify(value, undefined, 2)}\n` : `${text(value)}\n`);
}

/** Columns with their headings, as wide as they need to be; an empty table says so. */
export function table(
  headings: readonly string[],
  rows: readonly (readonly (string | null)[])[],
  none: string,
): string {
  if (rows.length === 0) return none;
  const cells = [headings, ...rows.map((row) => row.map(cell))];
  const widths = headings.map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)));
  return cells
    .map((row) =>
      row
        .map((text, column) => text.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** Names and values, one a line; what is null is left out. */
export function fields(pairs: readonly (readonly [string, string | null])[]): string {
  const given = pairs.filter(([, value]) => value !== null);
  const width = Math.max(0, ...given.map(([name]) => name.length)) + 2;
  return given.map(([name, value]) => `${`${name}:`.padEnd(width)}${cell(value)}`).join('\n');
}

/** Text for one cell: empty values as a dash, control characters (which a terminal would obey) as question marks. */
export function cell(value: string | null): string {
  if (value === null || value === '') return '-';
  return value.replace(/\p{Cc}/gu, '?');
}
