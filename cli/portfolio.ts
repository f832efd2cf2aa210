import { Option } from 'commander';
import type { Command } from 'commander';
import type { EntryView, PortfolioView, PositionsView, ProfitView } from '../api/contract/portfolio-views';
import type { Page } from '../api/contract/views';
import { ENTRY_KINDS } from '../domain/portfolio/entry';
import { ApiClient } from './api-client';
import { whole } from './arguments';
import type { CliContext } from './context';
import { leaf } from './leaf';
import type { ListOptions } from './leaf';
import { show } from './output';
import type { OutputOptions } from './output';
import { ledgerText, portfolioText, positionsText, profitText } from './portfolio-views';

interface AccountOptions extends OutputOptions {
  readonly account: string;
}

interface ProfitOptions extends AccountOptions {
  readonly from?: string;
  readonly to?: string;
}

interface LedgerOptions extends ListOptions {
  readonly account: string;
  readonly kind?: string;
  readonly instrument?: string;
}

/** Adds `portfolio` with its verbs. */
export function addPortfolio(program: Command, context: CliContext): void {
  const portfolio = program.command('portfolio').description('Look at what an account holds and made, by its ledger.');
  const verb = (usage: string, description: string): Command =>
    leaf(portfolio, usage, description).option('--account <name>', 'account to look at', 'paper');
  const path = (account: string, part: string): string => `/v1/accounts/${encodeURIComponent(account)}/${part}`;
  verb('show', 'Show equity, cash, profit and positions.').action(async (options: AccountOptions) => {
    const found = await new ApiClient(context).get<PortfolioView>(path(options.account, 'portfolio'));
    show(context, options, found, portfolioText);
  });
  verb('positions', 'Show positions with their lots.')
    .option('--all', 'also what is flat again')
    .action(async (options: AccountOptions & { readonly all?: boolean }) => {
      const query = options.all === true ? { all: 'true' } : {};
      const found = await new ApiClient(context).get<PositionsView>(path(options.account, 'positions'), query);
      show(context, options, found, positionsText);
    });
  verb('pnl', 'Show what each day made, and the equity curve.')
    .option('--from <date>', 'first day, YYYY-MM-DD; 30 days before the last one unless told')
    .option('--to <date>', 'last day; the market day that goes on unless told')
    .action(async ({ account, from, to, ...options }: ProfitOptions) => {
      const found = await new ApiClient(context).get<ProfitView>(path(account, 'pnl'), { from, to });
      show(context, options, found, profitText);
    });
  verb('ledger', 'List entries, those booked last first.')
    .addOption(new Option('--kind <kind>', 'only of this kind').choices(ENTRY_KINDS))
    .option('--instrument <id>', 'only of this instrument')
    .option('--limit <rows>', 'rows a page, 1 to 200', whole)
    .option('--cursor <cursor>', 'where the page before ended')
    .action(async ({ account, kind, instrument, limit, cursor, ...options }: LedgerOptions) => {
      const query = { kind, instrument, limit: limit?.toString(), cursor };
      const page = await new ApiClient(context).get<Page<EntryView>>(path(account, 'ledger'), query);
      show(context, options, page, ledgerText);
    });
}
