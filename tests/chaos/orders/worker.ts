// A worker process of the suite: the product's own activities over its own SQL and its own adapters of exchanges. It may be
// killed, stopped and continued at any instant; all that it knows stands in the journal. Ends with its parent.
import { openCcxtBroker } from '../../../brokers/ccxt/open-broker';
import { openDatabase } from '../../../database/pool';
import { instant } from '../../../domain/clock/instant';
import type { RateGate } from '../../../domain/order/rate-gate';
import { executionDeps } from '../../support/execution-desk';
import type { Command, ExchangeAccount, WorkerSetup } from './messages';
import { perform, serve } from './serving';

/** A budget without a limit; the harness of tests has one, and loads the simulators with it. */
const NO_GATE: RateGate = { take: () => Promise.resolve(), block: () => Promise.resolve() };

function open(setup: WorkerSetup<ExchangeAccount>, startedAt: number): (command: Command) => Promise<object> {
  const database = openDatabase(setup.databaseUrl, { max: 10 });
  const historyFrom = instant(startedAt - 3_600_000);
  const all = new Map(
    setup.accounts.map((account) => {
      const broker = openCcxtBroker({
        ...account,
        ...{ mode: 'live', instruments: [account.instrument], gate: NO_GATE, historyFrom },
      });
      return [account.account, executionDeps(database, account.account, broker, setup.installation)];
    }),
  );
  return async (command) => {
    const deps = all.get(command.account);
    if (deps === undefined) throw new Error(`no account ${command.account}`);
    return perform(deps, command);
  };
}

serve(open);
