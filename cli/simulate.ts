import type { Command } from 'commander';
import { EXCHANGES } from '../config/exchanges';
import { CliError, EXIT } from './context';
import type { CliContext } from './context';
import { leaf } from './leaf';
import { show } from './output';
import type { OutputOptions } from './output';
import { exchangeSimulator } from './simulate-exchange';
import { ibSimulator } from './simulate-ib';
import { llmSimulator } from './simulate-llm';

/** A simulator that listens. */
export interface RunningSimulator {
  /** Where it is, and the settings that point Tradewind at it. */
  readonly address: string;
  readonly settings: Readonly<Record<string, string>>;
  /** What to type once the settings are in place. */
  readonly next?: readonly string[];
  stop(): Promise<void>;
}

/** A part of the outside world that can be simulated; one entry in `SIMULATORS` makes it a command. */
export interface Simulator<Options> {
  /** The command: `simulate NAME`. */
  readonly name: string;
  readonly description: string;
  /** Adds options of its own; `--port` and `--json` are there already. */
  readonly options: (command: Command) => Command;
  /** Starts it on this machine only. `report` gets one line for each thing that happens. */
  readonly start: (
    options: Options & { readonly port: number },
    report: (line: string) => void,
    context: CliContext,
  ) => Promise<RunningSimulator>;
}

/** Adds one simulator under `simulate`. */
type Adder = (noun: Command, context: CliContext) => void;

/** Every simulator; a new one is one line. */
const SIMULATORS: readonly Adder[] = [
  adder(llmSimulator),
  adder(ibSimulator),
  ...EXCHANGES.map((venue) => adder(exchangeSimulator(venue))),
];

/** Adds `simulate` with one verb for each simulator. */
export function addSimulate(program: Command, context: CliContext): void {
  const noun = program.command('simulate').description('Stand in for a part of the outside world, until Ctrl-C.');
  for (const add of SIMULATORS) add(noun, context);
}

function adder<Options>(simulator: Simulator<Options>): Adder {
  return (noun, context) => {
    const command = leaf(noun, simulator.name, simulator.description).requiredOption(
      '--port <port>',
      'port on this machine; 0 takes a free one',
      port,
    );
    simulator.options(command).action(async (options: Options & OutputOptions & { readonly port: number }) => {
      const running = await begin(simulator, options, context);
      const { address, next = [], settings } = running;
      show(context, options, { address, settings, next }, () =>
        [
          `Listening at ${address}. To use it, set in .env or the environment and start again:`,
          ...Object.entries(settings).map(([name, value]) => `  ${name}=${quoted(value)}`),
          ...(next.length === 0 ? [] : ['Then:', ...next.map((line) => `  ${line}`)]),
          'Ctrl-C ends it.',
        ].join('\n'),
      );
      await context.interrupted();
      await running.stop();
    });
  };
}

async function begin<Options>(
  simulator: Simulator<Options>,
  options: Options & { readonly port: number },
  context: CliContext,
): Promise<RunningSimulator> {
  try {
    return await simulator.start(options, (line) => context.stderr(`${line}\n`), context);
  } catch (error) {
    if (typeof error === 'object' && error !== null && 'code' in error && error.code === 'EADDRINUSE')
      throw new CliError(EXIT.failed, `Port ${options.port} is in use: name another with --port, or 0 for a free one.`);
    throw error;
  }
}

/** A value as both a shell and an `.env` file take it. */
function quoted(value: string): string {
  return value.includes(' ') ? `"${value}"` : value;
}

function port(text: string): number {
  if (/^\d{1,5}$/.test(text) && Number(text) <= 65_535) return Number(text);
  throw new CliError(EXIT.usage, '--port must be a whole number from 0 to 65535.');
}
