import { execFileSync } from 'node:child_process';
import { cpus, loadavg, totalmem } from 'node:os';
import { VERSION } from '../../config/project';

/** A target, what was measured for it, and whether that meets it. */
export interface Goal {
  readonly name: string;
  readonly goal: number;
  /** Whether the goal is the most or the least that is wanted. */
  readonly direction: 'at most' | 'at least';
  readonly measured: number;
  readonly met: boolean;
}

/** One line of a suite's table; null where nothing was measured. */
export type ReportRow = Readonly<Record<string, string | number | null>>;

/** The machine of a run, with its load over 1, 5 and 15 minutes when the run ended. */
export interface Machine {
  readonly cores: number;
  readonly model: string;
  readonly memoryGiB: number;
  readonly load: readonly number[];
}

/** What a suite found: the one document that `--json` prints. */
export interface SuiteReport {
  readonly suite: string;
  readonly seed: number;
  readonly machine: Machine;
  readonly versions: Readonly<Record<string, string>>;
  readonly rows: readonly ReportRow[];
  readonly goals: readonly Goal[];
}

/** A goal that is met up to a number. */
export function atMost(name: string, goal: number, measured: number): Goal {
  return { name, goal, direction: 'at most', measured, met: measured <= goal };
}

/** A goal that is met from a number on. */
export function atLeast(name: string, goal: number, measured: number): Goal {
  return { name, goal, direction: 'at least', measured, met: measured >= goal };
}

/** This machine, now. */
export function thisMachine(): Machine {
  return {
    cores: cpus().length,
    model: cpus()[0]?.model ?? 'unknown',
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    load: loadavg().map((load) => Number(load.toFixed(1))),
  };
}

/** What ran: the product with its commit, Node, and what else the suite names. */
export function versionsWith(more: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return { tradewind: VERSION, commit: commit(), node: process.versions.node, ...more };
}

function commit(): string {
  try {
    const line = ['rev-parse', '--short', 'HEAD'];
    return execFileSync('git', line, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch {
    return 'unknown';
  }
}

/** A table as text: numbers to the right, a dash where nothing was measured. Columns come from the first row. */
function table(rows: readonly ReportRow[]): string {
  const columns = Object.keys(rows[0] ?? {});
  const cells = rows.map((row) => columns.map((column) => cell(row[column])));
  const widths = columns.map((column, index) =>
    Math.max(column.length, ...cells.map((line) => line[index]?.length ?? 0)),
  );
  const numeric = columns.map((column) => rows.every((row) => typeof row[column] !== 'string'));
  const line = (texts: readonly string[]): string =>
    texts
      .map((text, index) => {
        const width = widths[index] ?? 0;
        return numeric[index] === true ? text.padStart(width) : text.padEnd(width);
      })
      .join('  ')
      .trimEnd();
  return [line(columns), line(widths.map((width) => '-'.repeat(width))), ...cells.map((texts) => line(texts))].join(
    '\n',
  );
}

function cell(value: string | number | null | undefined): string {
  if (value === null || value === undefined) return '–';
  return typeof value === 'number' ? String(Number(value.toFixed(3))) : value;
}

/** A report for people: what ran where, the table, and the goals. */
export function readable(report: SuiteReport): string {
  const { cores, model, memoryGiB, load } = report.machine;
  const versions = Object.entries(report.versions).map(([name, version]) => `${name} ${version}`);
  const goals = report.goals.map(({ name, goal, direction, measured, met }) => ({
    goal: name,
    wanted: direction,
    number: goal,
    measured,
    met: met ? 'yes' : 'NO',
  }));
  return [
    `${report.suite}, seed ${report.seed}`,
    `${cores} cores (${model}), ${memoryGiB} GiB, load ${load.join(' ')}; ${versions.join(', ')}`,
    '',
    table(report.rows),
    '',
    table(goals),
  ].join('\n');
}
