// A worker process of the suite at Interactive Brokers: the product's own activities over its own SQL and its own adapter,
// and, for the control, the library's convenience class. It may be killed, stopped and continued at any instant; all that it
// knows stands in the journal. Ends with its parent.
import type { WatchDeps } from '../../../../activities/execution/watch-account';
import { openIbBroker } from '../../../../brokers/ib/open-broker';
import { LAST_ORDER_NUMBER } from '../../../../brokers/ib/numbers';
import { PostgresOrderNumbers } from '../../../../database/order-numbers';
import { openDatabase } from '../../../../database/pool';
import type { Database } from '../../../../database/pool';
import { instant } from '../../../../domain/clock/instant';
import { executionDeps } from '../../../support/execution-desk';
import type { Command, WorkerSetup } from '../messages';
import { perform, serve } from '../serving';
import { Convenience } from './convenience';
import type { GatewayAccount } from './messages';

/** What one process has of one account; its line opens when it is first needed. */
class Desk {
  private deps: WatchDeps | undefined;
  private convenience: Convenience | undefined;

  constructor(
    private readonly account: GatewayAccount,
    private readonly open: () => WatchDeps,
  ) {}

  async perform(command: Command): Promise<object> {
    if (command.kind === 'send') {
      this.convenience ??= new Convenience(this.account);
      return this.convenience.send(command.request);
    }
    this.deps ??= this.open();
    const { deps } = this;
    // One that was left is closed for good: the next call opens another.
    if (command.kind === 'leave') this.deps = undefined;
    return perform(deps, command);
  }
}

function depsOf(database: Database, account: GatewayAccount, installation: string, startedAt: number): WatchDeps {
  const { accountCode, clientId, instrument, port, timings } = account;
  const broker = openIbBroker({
    ...{
      account: account.account,
      host: '127.0.0.1',
      port,
      clientId,
      dataClientId: clientId + 1,
      accountCode,
      timings,
    },
    ...{ outsideRth: false, absences: { timeZone: 'America/New_York' }, beatEvery: 500, retryAfter: 100 },
    instruments: [{ id: instrument, symbol: instrument, exchange: 'SMART', currency: 'USD', calendar: 'ALWAYS' }],
    numbers: new PostgresOrderNumbers(database, account.account, clientId, LAST_ORDER_NUMBER),
    historyFrom: instant(startedAt - 3_600_000),
  });
  return executionDeps(database, account.account, broker, installation);
}

serve<GatewayAccount>((setup: WorkerSetup<GatewayAccount>, startedAt) => {
  const database = openDatabase(setup.databaseUrl, { max: 4 });
  const desks = new Map(
    setup.accounts.map((account) => [
      account.account,
      new Desk(account, () => depsOf(database, account, setup.installation, startedAt)),
    ]),
  );
  return (command) => {
    const desk = desks.get(command.account);
    return desk === undefined ? Promise.reject(new Error(`no account ${command.account}`)) : desk.perform(command);
  };
});
