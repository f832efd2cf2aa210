import {
  ActivityFailure,
  ApplicationFailure,
  ParentClosePolicy,
  isCancellation,
  proxyActivities,
  setCurrentDetails,
  setHandler,
  sleep,
  startChild,
} from '@temporalio/workflow';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import type { LookActivities, ReconciliationActivities } from '../activities/reconciliation/activities';
import type { Look } from '../activities/reconciliation/look-at-books';
import type { Fill } from '../domain/order/order';
import { keyOf, seenTwice } from '../domain/reconciliation/difference';
import type { Difference } from '../domain/reconciliation/difference';
import {
  reconcileAccountWorkflowId,
  reconcileHaltSignal,
  reconcileRequestedSignal,
} from '../temporal/messages/reconcile-account';
import type {
  ReconcileAccountInput,
  ReconcileAccountResult,
  ReconcileDueResult,
} from '../temporal/messages/reconcile-account';
import { safetyQueue } from '../temporal/messages/task-queues';

const { beginReconciliation, dueReconciliations, failReconciliation, finishReconciliation } =
  proxyActivities<ReconciliationActivities>({
    startToCloseTimeout: '15s',
    retry: { initialInterval: '100ms', backoffCoefficient: 2, maximumInterval: '10s' },
  });

/**
 * Compares an account with its venue. What one look finds is looked for once more, after everything that was on its way has
 * arrived: only what both looks see is a difference.
 */
export async function reconcileAccount(input: ReconcileAccountInput): Promise<ReconcileAccountResult> {
  goOnThroughHalts();
  const requests = { made: 0 };
  setHandler(reconcileRequestedSignal, () => void (requests.made += 1));
  for (;;) {
    const answered = requests.made;
    const result = await compareOnce(input);
    if (requests.made === answered) return result;
  }
}

/** Starts the comparison of every account whose turn it is; one that is still under way is left to it. */
export async function reconcileDue(): Promise<ReconcileDueResult> {
  goOnThroughHalts();
  const started: string[] = [];
  const busy: string[] = [];
  for (const { account, why } of await dueReconciliations()) {
    try {
      await startChild(reconcileAccount, {
        workflowId: reconcileAccountWorkflowId(account),
        args: [{ account, why, by: 'schedule' }],
        parentClosePolicy: ParentClosePolicy.ABANDON,
        workflowIdReusePolicy: 'ALLOW_DUPLICATE',
        staticSummary: `Compare account ${account} with its venue (${why})`,
      });
      started.push(account);
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
      busy.push(account);
    }
  }
  return { started, busy };
}

async function compareOnce(input: ReconcileAccountInput): Promise<ReconcileAccountResult> {
  const { account } = input;
  const reconciliation = await beginReconciliation(input);
  const { bookForeign, lookAtBooks } = proxyActivities<LookActivities>({
    taskQueue: safetyQueue(account),
    // An account that nobody serves is compared when it is served again.
    scheduleToCloseTimeout: '6m',
    startToCloseTimeout: '3m',
    heartbeatTimeout: '5s',
    retry: { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '30s', maximumAttempts: 5 },
    summary: `Compare the books of account ${account} with its venue`,
  });
  try {
    let look = await lookAtBooks();
    let found: readonly Difference[] = [];
    let looks = 1;
    if (look.differences.length > 0) {
      setCurrentDetails(`${look.differences.length} things differ; looking again when what is on its way has arrived.`);
      await sleep(look.settleMs, { summary: 'what is on its way arrives' });
      const second = await lookAtBooks();
      found = seenTwice(look.differences, second.differences);
      look = second;
      looks = 2;
      await bookForeign(foreignFills(found));
    }
    const end = await finishReconciliation(account, findings(reconciliation, look, looks, found));
    setCurrentDetails(`Comparison ${reconciliation}: ${end.state}; ${end.opened} new differences, ${end.gone} gone.`);
    return { reconciliation, ...end };
  } catch (error) {
    if (isCancellation(error) || !(error instanceof ActivityFailure)) throw error;
    await failReconciliation(account, reconciliation, messageOf(error));
    return { reconciliation, state: 'failed', opened: 0, gone: 0 };
  }
}

function findings(id: number, look: Look, looks: number, found: readonly Difference[]) {
  const { compared, cursor, fillsAfter, pending, seen, undetermined } = look;
  // What only one look saw may be there still at the next comparison.
  const unsure = look.differences.map(keyOf).filter((key) => !found.some((difference) => keyOf(difference) === key));
  return { id, looks, compared, found, seen, undetermined, cursor, fillsAfter, pending: pending || unsure.length > 0 };
}

/** Somebody else's fills that nobody has booked yet. */
function foreignFills(found: readonly Difference[]): readonly Fill[] {
  return found.flatMap(({ evidence, kind, ours }) =>
    kind === 'fill-unknown' && ours === null ? [evidence['fill'] as Fill] : [],
  );
}

function messageOf({ cause, message }: ActivityFailure): string {
  return cause instanceof ApplicationFailure || cause instanceof Error ? cause.message.slice(0, 500) : message;
}

function goOnThroughHalts(): void {
  setHandler(
    reconcileHaltSignal,
    ({ epoch, reason }) => setCurrentDetails(`Told of halt ${epoch} (${reason}). Goes on: it sends no order.`),
    { description: 'Recorded only: a comparison sends no order, and a halt wants to know what is at the venue' },
  );
}
