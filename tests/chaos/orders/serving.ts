import { closeIntent, resolveOrder } from '../../../activities/execution/settle-order';
import { submitOrder } from '../../../activities/execution/submit-order';
import type { WatchDeps } from '../../../activities/execution/watch-account';
import { instant } from '../../../domain/clock/instant';
import type { SendPermit } from '../../../domain/order/broker';
import { watchOnce } from '../../support/execution-desk';
import type { ChaosAccount, Command, WorkerSetup } from './messages';

/** Answers the suite's commands in this process, which ends with its parent. */
export function serve<Account extends ChaosAccount>(
  open: (setup: WorkerSetup<Account>, startedAt: number) => (command: Command) => Promise<object>,
): void {
  let desk: ((command: Command) => Promise<object>) | undefined;
  process.on('message', (message: Request<Account>) => {
    const { id, setup, command } = message;
    if (setup !== undefined) desk = open(setup, Date.now());
    const work = command === undefined || desk === undefined ? Promise.resolve({}) : desk(command);
    void work.then(
      (answer) => process.send?.({ id, answer }),
      (error: unknown) => process.send?.({ id, error: error instanceof Error ? error.message : String(error) }),
    );
  });
  process.on('disconnect', () => process.exit(0));
}

interface Request<Account extends ChaosAccount> {
  readonly id: number;
  readonly setup?: WorkerSetup<Account>;
  readonly command?: Command;
}

/** Does what a command says, by the product's own activities and the account's own broker. */
export async function perform(deps: WatchDeps, command: Command): Promise<object> {
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
    case 'line':
      return { why: await whyNotIn(deps) };
    case 'leave':
      deps.broker.close?.();
      return {};
  }
}

/** What keeps this process out of the venue, by its broker's own word; null when it is in. */
async function whyNotIn({ broker }: WatchDeps): Promise<string | null> {
  try {
    await broker.serverTime();
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** A control asks nobody whether it may send. */
function blindPermit({ broker }: WatchDeps): SendPermit {
  return { validUntil: instant(Date.now() + broker.timings.validityWindow), stillValid: () => Promise.resolve(true) };
}
