import { Context } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import type { HaltStore } from '../../database/halt-progress';
import { cancelEntries } from './cancel-entries';
import { guardForHalt, GuardMemory } from './guard-for-halt';
import { cancelOrder, report } from './settle-order';
import type { ExecutionDeps } from './ports';

/** What securing an account for a halt needs beyond its orders. */
export interface SecureDeps extends ExecutionDeps {
  readonly halts: HaltStore;
  /** Real time in milliseconds since 1970. */
  readonly now: () => number;
}

export interface SecureInput {
  readonly account: string;
  readonly epoch: number;
}

export interface SecureResult {
  /** Two looks at the venue in a row were clean. */
  readonly proven: boolean;
}

const HEARTBEAT_MS = 1_000;

/**
 * The part of a halt that touches an account's venue: looks at it, cancels the entries of the halt that work there, goes
 * on with the trades that the halt has taken over, and looks again. Cancels and look-ups pass without the fence.
 */
export function createSecureActivities(deps: SecureDeps) {
  const memories = new Map<string, GuardMemory>();
  return {
    async secureAccount({ account, epoch }: SecureInput): Promise<SecureResult> {
      if (account !== deps.account)
        throw ApplicationFailure.nonRetryable(
          `order worker of ${deps.account} got a task of ${account}`,
          'WrongAccount',
        );
      const context = Context.current();
      const beats = setInterval(() => context.heartbeat(), HEARTBEAT_MS);
      try {
        // The first look of a halt shows what was there before this did anything; the trades do not wait for it.
        await look(deps, epoch);
        await cancelEntries(
          () => deps.halts.workingEntries(epoch, account),
          (entry) => cancelOrder(deps, { ...entry, phase: null }),
        );
        for (const tradeId of await deps.halts.takenOver(epoch, account)) {
          const memory = memories.get(tradeId) ?? new GuardMemory();
          memories.set(tradeId, memory);
          await guardForHalt(deps, tradeId, memory, deps.now);
        }
        return await look(deps, epoch);
      } finally {
        clearInterval(beats);
      }
    },
  };
}

export type SecureActivities = ReturnType<typeof createSecureActivities>;

/** One look: books what the venue shows, then stores what works there. */
async function look(deps: SecureDeps, epoch: number): Promise<SecureResult> {
  const askedAt = await deps.journal.now();
  const cursor = await deps.trades.pollCursor(deps.account);
  const snapshot = await deps.broker.poll(cursor, () => deps.journal.liveOrders(deps.account));
  if (snapshot.orders.length > 0 || snapshot.fills.length > 0) {
    await deps.journal.applyReport({ ...report(deps), orders: snapshot.orders, fills: snapshot.fills });
  }
  const { readLag: lagMs, clockSkew: skewMs } = deps.broker.timings;
  // A poll shows what is ours; somebody else's orders are part of the proof, too.
  const working = await deps.broker.openOrders();
  const { proven } = await deps.halts.recordPass({ epoch, account: deps.account, askedAt, lagMs, skewMs, working });
  return { proven };
}
