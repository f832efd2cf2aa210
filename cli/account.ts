import type { Command } from 'commander';
import type { BalancesView, VenueOrdersView } from '../api/contract/venue-views';
import type { AccountDetailView, AccountView, ClockView, Page } from '../api/contract/views';
import { ApiClient } from './api-client';
import type { CliContext } from './context';
import { leaf } from './leaf';
import { fields, show, table } from './output';
import type { OutputOptions } from './output';
import { moment } from './trade-views';
import { balancesText } from './venue-views';

/** Adds `account` with its verbs. */
export function addAccount(program: Command, context: CliContext): void {
  const account = program.command('account').description('Look at accounts.');
  leaf(account, 'list', 'List accounts.').action(async (options: OutputOptions) => {
    const page = await new ApiClient(context).get<Page<AccountView>>('/v1/accounts');
    show(context, options, page, ({ items }) => accountTable(items));
  });
  leaf(account, 'show <name>', 'Show an account with its cash, positions, clock and limits.').action(
    async (name: string, options: OutputOptions) => {
      const found = await new ApiClient(context).get<AccountDetailView>(`/v1/accounts/${encodeURIComponent(name)}`);
      show(context, options, found, accountText);
    },
  );
  leaf(account, 'balances <name>', "Show its balances and working orders by the venue's count.").action(
    async (name: string, options: OutputOptions) => {
      const path = `/v1/accounts/${encodeURIComponent(name)}`;
      const api = new ApiClient(context);
      const balances = await api.get<BalancesView>(`${path}/balances`);
      const orders = await api.get<VenueOrdersView>(`${path}/orders`);
      const { ours, foreign, foreignFills } = orders;
      show(context, options, { ...balances, orders: { ours, foreign, foreignFills } }, () =>
        balancesText(balances, orders),
      );
    },
  );
}

function accountTable(accounts: readonly AccountView[]): string {
  return table(
    ['NAME', 'VENUE', 'MODE', 'CASH', 'EQUITY', 'CURRENCY', 'OPEN TRADES', 'MARKET TIME', 'CLOCK', 'QUARANTINE'],
    accounts.map((account) => [
      account.name,
      account.venue,
      account.mode,
      account.cash,
      account.equity,
      account.currency,
      String(account.openTrades),
      moment(account.clock.marketTime),
      clockText(account.clock),
      account.quarantine,
    ]),
    'No accounts.',
  );
}

/** `replay, 28800 times as fast, stands`. */
export function clockText(clock: ClockView): string {
  if (clock.kind === 'live') return 'real time';
  return `replay, ${clock.speed} times as fast, ${clock.running ? 'runs' : 'stands'}`;
}

function accountText(account: AccountDetailView): string {
  const head = fields([
    ['account', account.name],
    ['venue', `${account.venue} (${account.mode})`],
    ['cash', `${account.cash} ${account.currency}`],
    ['equity', `${account.equity} ${account.currency}`],
    ['opening cash', `${account.openingCash} ${account.currency}`],
    ['open trades', String(account.openTrades)],
    ['market time', moment(account.clock.marketTime)],
    ['clock', clockText(account.clock)],
    ['quarantine', account.quarantine],
  ]);
  const futures = account.positions.some(({ notional }) => notional !== undefined);
  const positions = table(
    ['INSTRUMENT', 'QUANTITY', 'LAST PRICE', 'VALUE', ...(futures ? ['NOTIONAL'] : [])],
    account.positions.map(({ instrument, mark, notional, quantity, value }) => [
      ...[instrument, quantity, mark, value],
      ...(futures ? [notional ?? value] : []),
    ]),
    'No positions.',
  );
  const policy = fields(
    Object.entries(account.policy).map(([name, limit]) => [
      name,
      typeof limit === 'string' ? limit : JSON.stringify(limit),
    ]),
  );
  return [head, positions, `limits:\n${policy.replace(/^/gm, '  ')}`].join('\n\n');
}
