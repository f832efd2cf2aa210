import type { Command } from 'commander';
import type { QuoteView } from '../api/contract/venue-views';
import { ApiClient } from './api-client';
import { whole } from './arguments';
import { CliError, EXIT } from './context';
import type { CliContext } from './context';
import { leaf } from './leaf';
import { cell } from './output';
import type { OutputOptions } from './output';
import { quoteLine } from './venue-views';

/** Time between two looks, and before the next try while the API is away: well within five seconds. */
const LOOK_EVERY_MS = 1_000;
const RETRY_MS = 2_000;

interface WatchOptions extends OutputOptions {
  readonly account: string;
  readonly count?: number;
}

/** Adds `quote` with its verb. */
export function addQuote(program: Command, context: CliContext): void {
  const quote = program.command('quote').description("Look at prices of an account's venue.");
  leaf(quote, 'watch <symbol>', 'Print each new price until Ctrl-C, one a line; --json prints one document a line.')
    .requiredOption('--account <name>', 'whose venue')
    .option('--count <lines>', 'end after so many lines', whole)
    .action((symbol: string, options: WatchOptions) => watch(context, symbol, options));
}

async function watch(context: CliContext, symbol: string, { account, count, json }: WatchOptions): Promise<void> {
  const path = `/v1/accounts/${encodeURIComponent(account)}/quote`;
  let last = '';
  for (let lines = 0; count === undefined || lines < count;) {
    const quote = await ask(context, path, symbol);
    // A price that only grew older is no news; a state without a price is told once.
    const news = quote === undefined ? last : `${quote.at ?? ''} ${quote.price ?? quoteLine(quote)}`;
    if (quote !== undefined && news !== last) {
      context.stdout(`${json === true ? JSON.stringify(quote) : cell(quoteLine(quote))}\n`);
      last = news;
      lines += 1;
    }
    if (lines !== count) await context.sleep(quote === undefined ? RETRY_MS : LOOK_EVERY_MS);
  }
}

/** The price; undefined while the API is away. */
async function ask(context: CliContext, path: string, instrument: string): Promise<QuoteView | undefined> {
  try {
    return await new ApiClient(context).get<QuoteView>(path, { instrument });
  } catch (error) {
    if (!(error instanceof CliError) || error.exitCode !== EXIT.failed || !isAway(error)) throw error;
    context.stderr(`${error.message} Trying again.\n`);
    return undefined;
  }
}

function isAway({ facts }: CliError): boolean {
  const problem = facts['problem'];
  const status = typeof problem === 'object' && problem !== null && 'status' in problem ? problem.status : 0;
  return facts['unreachable'] === true || (typeof status === 'number' && status >= 500);
}
