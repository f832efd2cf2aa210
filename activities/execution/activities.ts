import { Context } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import type { ContractKind } from '../../domain/order/broker';
import type { TradeFacts } from '../../domain/trade/facts';
import { checkBroker } from './check-broker';
import { cancelOrder, closeIntent, resolveOrder } from './settle-order';
import { reconcileAndEnd } from './reconcile';
import { submitOrder } from './submit-order';
import { watchAccount } from './watch-account';
import type { WatchDeps } from './watch-account';

/** One watch runs this long before its workflow starts the next: histories stay short, and a worker drains quickly. */
const WATCH_MS = 10 * 60_000;

/** A worker that is at work says so this often; a third of the heartbeat time-out that the workflows ask for. */
const HEARTBEAT_MS = 1_000;

/**
 * The activities of one account's order worker: the only ones that touch its venue. Each may run any number of times;
 * what it did before is in the journal.
 */
export function createExecutionActivities(deps: WatchDeps) {
  const onlyOurs = (facts: { account: string }): void => {
    // A task on the wrong queue must not reach this account's venue.
    if (facts.account !== deps.account)
      throw ApplicationFailure.nonRetryable(
        `order worker of ${deps.account} got a task of ${facts.account}`,
        'WrongAccount',
      );
  };
  const guarded =
    <Input extends { tradeId: string }, Output>(work: (input: Input) => Promise<Output>) =>
    async (input: Input): Promise<Output> => {
      onlyOurs({ account: input.tradeId.slice(0, input.tradeId.indexOf(':')) });
      // So that a dead worker is found in seconds, and not when the longest exchange would have ended.
      const context = Context.current();
      const beats = setInterval(() => context.heartbeat(), HEARTBEAT_MS);
      try {
        return await work(input);
      } finally {
        clearInterval(beats);
      }
    };
  return {
    submitOrder: guarded((input: Parameters<typeof submitOrder>[1]) => submitOrder(deps, input)),
    resolveOrder: guarded((input: Parameters<typeof resolveOrder>[1]) => resolveOrder(deps, input)),
    cancelOrder: guarded((input: Parameters<typeof cancelOrder>[1]): Promise<TradeFacts> => cancelOrder(deps, input)),
    closeIntent: guarded((input: Parameters<typeof closeIntent>[1]): Promise<TradeFacts> => closeIntent(deps, input)),
    reconcileAndEnd: guarded((input: Parameters<typeof reconcileAndEnd>[1]) => reconcileAndEnd(deps, input)),

    /** Asks the account's venue what harms nobody. */
    checkBroker: () => checkBroker(deps),

    /** Asks the account's venue what a symbol may mean; null where symbols are never ambiguous. */
    findContracts: async (text: string, kind?: ContractKind) => (await deps.broker.findContracts?.(text, kind)) ?? null,

    /** Watches the account; ends by itself after some minutes, and at once when the worker stops. */
    async watch(): Promise<void> {
      const context = Context.current();
      const started = deps.monotonic();
      const stop = whenAborted(deps.stopping);
      try {
        await watchAccount(deps, {
          heartbeat: () => context.heartbeat(),
          pause: async (ms) => {
            await Promise.race([context.sleep(ms), stop.aborted]);
          },
          done: () => deps.stopping.aborted || deps.monotonic() - started > WATCH_MS,
        });
      } finally {
        stop.forget();
      }
    },
  };
}

/** A promise of a signal that outlives it: `forget` lets go of the promise and of all that ever waited for it. */
function whenAborted(signal: AbortSignal): { readonly aborted: Promise<void>; forget(): void } {
  let given: () => void = () => undefined;
  const aborted = new Promise<void>((resolve) => {
    given = resolve;
  });
  if (signal.aborted) given();
  signal.addEventListener('abort', given, { once: true });
  return { aborted, forget: () => signal.removeEventListener('abort', given) };
}

export type ExecutionActivities = ReturnType<typeof createExecutionActivities>;
