import { Option } from 'commander';
import type { Command } from 'commander';
import type { ContractsView } from '../api/contract/venue-views';
import { CONTRACT_KINDS } from '../domain/order/broker';
import type { ContractKind } from '../domain/order/broker';
import { ApiClient } from './api-client';
import { EXIT } from './context';
import type { CliContext, ExitCode } from './context';
import { leaf } from './leaf';
import { show, table } from './output';
import type { OutputOptions } from './output';

interface SearchOptions extends OutputOptions {
  readonly account: string;
  readonly kind?: ContractKind;
}

/** Adds `instrument` with its verb. */
export function addInstrument(program: Command, context: CliContext, exit: (code: ExitCode) => void): void {
  const instrument = program.command('instrument').description('Find instruments at venues.');
  leaf(instrument, 'search <symbol>', 'Ask the venue of an account what a symbol may mean there.')
    .requiredOption('--account <name>', 'account whose venue is asked')
    .addOption(new Option('--kind <kind>', 'only contracts of this kind').choices(CONTRACT_KINDS))
    .action(async (text: string, options: SearchOptions) => {
      const { account, kind } = options;
      const path = `/v1/accounts/${encodeURIComponent(account)}/contracts`;
      const { body } = await new ApiClient(context).post<ContractsView>(path, { body: { text, kind } });
      show(context, options, body, contractTable);
      exit(body.contracts?.length === 0 ? EXIT.failed : EXIT.done);
    });
}

function contractTable({ contracts }: ContractsView): string {
  if (contracts === null) return 'Symbols are never ambiguous at this venue: see its listings.';
  return table(
    ['CONID', 'SYMBOL', 'KIND', 'TRADES AT', 'CLASS', 'CURRENCY', 'UNTIL', 'TIMES', 'DESCRIPTION'],
    contracts.map((one) => [
      ...[String(one.conId), one.localSymbol === '' ? one.symbol : one.localSymbol, one.kind],
      ...[one.primaryExchange === '' ? one.exchange : one.primaryExchange, one.tradingClass, one.currency],
      ...[one.lastTradingDay, one.multiplier, one.description],
    ]),
    'The venue knows no such contract.',
  );
}
