// A worker process of the suite: the product's own activities over its own SQL and its own adapter. It may be killed,
// stopped and continued at any instant; all that it knows stands in the journal. Ends with its parent.
import type { WatchDeps } from '../../../activities/execution/watch-account';
import { closeIntent, resolveOrder } from '../../../activities/execution/settle-order';
import { submitOrder } from '../../../activities/execution/submit-order';
import { openCcxtBroker } from '../../../brokers/ccxt/open-broker';
import { openDatabase } from '../../../database/pool';
import { instant } from '../../../domain/clock/instant';
import type { SendPermit } from '../../../domain/order/broker';
import type { RateGate } from '../../../domain/order/rate-gate';
import { executionDeps, watchOnce } from '../../support/execution-desk';
import type { Command, WorkerSetup } from './messages';

/** A budget without a limit; the harness of tests has one, and loads the simulators with it. */
const NO_GATE: RateGate = { take: () => Promise.resolve(), block: () => Promise.resolve() };

type Deps = ReadonlyMap<string, WatchDeps>;

function open(setup: WorkerSetup, startedAt: number): Deps {
  const database = openDatabase(setup.databaseUrl, { max: 10 });
  const historyFrom = instant(startedAt - 3_600_000);
  return new Map(
    setup.accounts.map((account) => {
      const broker = openCcxtBroker({
        ...account,
        ...{ mode: 'live', instruments: [account.instrument], gate: NO_GATE, historyFrom },
      });
      return [account.account, executionDeps(database, account.account, broker, setup.installation)];
    }),
  );
}

async function perform(all: Deps, command: Command): Promise<object> {
  const deps = all.get(command.account);
  if (deps === undefined) throw new Error(`no account ${command.account}`);
  switch (command.kind) {
    case 'submit':
      return submitOrder(deps, command.input);
    case 'resolve':
      return resolveOrder(deps, command.input);
    case 'close':
      return closeIntent(deps, command.input);
    case 'watch':
      await watchOnce(deps);
      return {};
    case 'send':
      return deps.broker.submit(command.request, blindPermit(deps));
    case 'find':
      return deps.broker.find(command.ref);
  }
}

/** A control asks nobody whether it may send. */
function blindPermit({ broker }: WatchDeps): SendPermit {
  return { validUntil: instant(Date.now() + broker.timings.validityWindow), stillValid: () => Promise.resolve(true) };
}

let deps: Deps | undefined;
process.on('message', (message: { readonly id: number; readonly setup?: WorkerSetup; readonly command?: Command }) => {
  const { id, setup, command } = message;
  if (setup !== undefined) deps = open(setup, Date.now());
  const work = command === undefined || deps === undefined ? Promise.resolve({}) : perform(deps, command);
  void work.then(
    (answer) => process.send?.({ id, answer }),
    (error: unknown) => process.send?.({ id, error: error instanceof Error ? error.message : String(error) }),
  );
});
process.on('disconnect', () => process.exit(0));
