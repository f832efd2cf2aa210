import type { Command } from 'commander';
import type { BrokerCheckView } from '../api/contract/venue-views';
import { ApiClient } from './api-client';
import { EXIT } from './context';
import type { CliContext, ExitCode } from './context';
import { leaf } from './leaf';
import { show, table } from './output';
import type { OutputOptions } from './output';

/** Adds `broker` with its verb. */
export function addBroker(program: Command, context: CliContext, exit: (code: ExitCode) => void): void {
  const broker = program.command('broker').description("Examine an account's venue.");
  leaf(
    broker,
    'check <account>',
    'Ask the venue what harms nobody: clock, listings, balances, rights, a look-up.',
  ).action(async (account: string, options: OutputOptions) => {
    const path = `/v1/accounts/${encodeURIComponent(account)}/check`;
    const { body } = await new ApiClient(context).post<BrokerCheckView>(path);
    show(context, options, body, checkTable);
    exit(verdict(body));
  });
}

function checkTable({ findings }: BrokerCheckView): string {
  return table(
    ['CHECK', 'RESULT', 'MS', 'DETAIL'],
    findings.map(({ check, detail, milliseconds, result }) => [check, result, String(milliseconds), detail]),
    'Nothing was asked.',
  );
}

function verdict({ findings }: BrokerCheckView): ExitCode {
  if (findings.some(({ result }) => result === 'failed')) return EXIT.failed;
  return findings.some(({ result }) => result === 'warning') ? EXIT.attention : EXIT.done;
}
