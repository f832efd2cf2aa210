import { parseArgs } from 'node:util';
import { exitOnSignals } from './end-with-us';
import { readable } from './report';
import type { SuiteReport } from './report';

/** What every suite can be told. */
export interface SuiteOptions {
  readonly json: boolean;
  /** How long the suite may take in all, about; undefined: its own measure. */
  readonly minutes: number | undefined;
  readonly seed: number;
  /** Options of this suite, by name. */
  readonly numbers: Readonly<Record<string, number>>;
  readonly texts: Readonly<Record<string, string>>;
}

/** One suite of `npm run chaos` or `npm run bench`. */
export interface Suite {
  /** One line for the list of suites. */
  readonly summary: string;
  /** Further options with a value each, and what they are unless given. */
  readonly numbers?: Readonly<Record<string, number>>;
  readonly texts?: Readonly<Record<string, string>>;
  /** @param say prints a line for people: the estimate first, then how it goes. */
  run(options: SuiteOptions, say: (line: string) => void): Promise<SuiteReport>;
}

/** The command line is wrong; the message says how. */
class UsageError extends Error {
  override readonly name = 'UsageError';
}

/**
 * Runs the suite that the command line names and prints its report; with `--json` as one document on stdout, all else
 * on stderr. Answers the exit code: 0, 1 when a goal was missed or the suite failed, 2 when the command line is wrong.
 */
export async function runSuite(
  command: string,
  suites: Readonly<Record<string, Suite>>,
  line: readonly string[],
): Promise<0 | 1 | 2> {
  const [name, ...args] = line;
  try {
    const suite = name === undefined ? undefined : suites[name];
    if (suite === undefined) throw new UsageError(name === undefined ? 'name a suite' : `there is no suite ${name}`);
    const options = readOptions(suite, args);
    // A suite ends its processes on `exit`.
    exitOnSignals();
    const say = (text: string): void => void (options.json ? process.stderr : process.stdout).write(`${text}\n`);
    const report = await suite.run(options, say);
    await written(`${options.json ? JSON.stringify(report, null, 2) : readable(report)}\n`);
    return report.goals.every(({ met }) => met) ? 0 : 1;
  } catch (error) {
    if (!(error instanceof UsageError)) {
      process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
      return 1;
    }
    process.stderr.write(`${error.message}\n${usage(command, suites)}\n`);
    return 2;
  }
}

/** Resolves when the text has left: whoever ends the process afterwards cuts nothing off. */
function written(text: string): Promise<void> {
  return new Promise((resolve) => process.stdout.write(text, () => resolve()));
}

function readOptions(suite: Suite, args: readonly string[]): SuiteOptions {
  const own = [...Object.keys(suite.numbers ?? {}), ...Object.keys(suite.texts ?? {})];
  const given = parsed(args, own);
  const numbers = Object.entries(suite.numbers ?? {}).map(([name, usual]) => [name, numberOf(given, name) ?? usual]);
  const texts = Object.entries(suite.texts ?? {}).map(([name, usual]) => [name, textOf(given, name) ?? usual]);
  return {
    json: given['json'] === true,
    minutes: numberOf(given, 'minutes'),
    seed: numberOf(given, 'seed') ?? 1,
    numbers: Object.fromEntries(numbers) as Record<string, number>,
    texts: Object.fromEntries(texts) as Record<string, string>,
  };
}

type Given = Readonly<Record<string, unknown>>;

function parsed(args: readonly string[], own: readonly string[]): Given {
  const valued = ['minutes', 'seed', ...own].map((name) => [name, { type: 'string' }] as const);
  try {
    return parseArgs({ args: [...args], options: { ...Object.fromEntries(valued), json: { type: 'boolean' } } }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function textOf(given: Given, name: string): string | undefined {
  const value = given[name];
  return typeof value === 'string' ? value : undefined;
}

function numberOf(given: Given, name: string): number | undefined {
  const value = textOf(given, name);
  if (value === undefined) return undefined;
  if (!/^\d+(\.\d+)?$/.test(value)) throw new UsageError(`--${name} must be a number, not ${value}`);
  return Number(value);
}

function usage(command: string, suites: Readonly<Record<string, Suite>>): string {
  const lines = Object.entries(suites).map(([name, { summary, numbers, texts }]) => {
    const own = Object.entries({ ...numbers, ...texts }).map(([option, usual]) => ` [--${option} ${usual}]`);
    return `  ${name}${own.join('')}\n      ${summary}`;
  });
  return [`usage: ${command} NAME [--seed N] [--minutes N] [--json]`, ...lines].join('\n');
}
