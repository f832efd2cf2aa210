import type { Command } from 'commander';
import type { ContractsView } from '../api/contract/venue-views';
import { ApiClient } from './api-client';
import { EXIT } from './context';
import type { CliContext, ExitCode } from './context';
import { leaf } from './leaf';
import { show, table } from './output';
import type { OutputOptions } from './output';

/** Adds `instrument` with its verb. */
export function addInstrument(program: Command, context: CliContext, exit: (code: ExitCode) => void): void {
  const instrument = program.command('instrument').description('Find instruments at venues.');
  leaf(instrument, 'search <symbol>', 'Ask the venue of an account what a symbol may mean there.')
    .requiredOption('--account <name>', 'account whose venue is asked')
    .action(async (text: string, options: OutputOptions & { readonly account: string }) => {
      const path = `/v1/accounts/${encodeURIComponent(options.account)}/contracts`;
      const { body } = await new ApiClient(context).post<ContractsView>(path, { body: { text } });
      show(context, options, body, contractTable);
      exit(body.contracts?.length === 0 ? EXIT.failed : EXIT.done);
    });
}

function contractTable({ contracts }: ContractsView): string {
  if (contracts === null) return 'Symbols are never ambiguous at this venue: see its listings.';
  return table(
    ['CONID', 'SYMBOL', 'KIND', 'LISTED AT', 'CURRENCY', 'DESCRIPTION'],
    contracts.map(({ conId, currency, description, kind, primaryExchange, symbol }) => [
      ...[String(conId), symbol, kind, primaryExchange, currency, description],
    ]),
    'The venue knows no such contract.',
  );
}
