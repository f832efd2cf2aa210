import {
  CancellationScope,
  isCancellation,
  proxyActivities,
  setCurrentDetails,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import type { SignalDefinition } from '@temporalio/workflow';
import { ApplicationFailure, defineSearchAttributeKey } from '@temporalio/common';
import type { OperationsActivities } from '../activities/operations/activities';
import type { HaltRequest } from '../temporal/messages/trade';

/** Upkeep is patient for a while: a database that is away comes back, and the next run of the schedule is a day later. */
export const operations = proxyActivities<OperationsActivities>({
  startToCloseTimeout: '2m',
  scheduleToCloseTimeout: '1h',
  retry: { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '1m' },
});

/**
 * Does work that sends no order. A halt is recorded and the work goes on, unless everything is to stop: then it is
 * cancelled.
 * @throws ApplicationFailure `StoppedByHalt` in that case
 */
export async function throughHalts<T>(signal: SignalDefinition<[HaltRequest]>, work: () => Promise<T>): Promise<T> {
  const scope = new CancellationScope();
  let stoppedBy: number | undefined;
  setHandler(
    signal,
    ({ epoch, reason, everything }) => {
      setCurrentDetails(
        `Told of halt ${epoch} (${reason}). ${everything === true ? 'Stops.' : 'Goes on: it sends no order.'}`,
      );
      if (everything !== true) return;
      stoppedBy = epoch;
      scope.cancel();
    },
    { description: 'Recorded; stops the work only when everything is to stop' },
  );
  try {
    return await scope.run(work);
  } catch (error) {
    if (stoppedBy === undefined || !isCancellation(error)) throw error;
    throw ApplicationFailure.nonRetryable(`stopped by halt ${stoppedBy}`, 'StoppedByHalt');
  }
}

const scheduledAttribute = defineSearchAttributeKey('TemporalScheduledStartTime', 'DATETIME');

/** When a schedule wanted this run, in milliseconds since 1970: one that an outage held up begins later. Undefined for a run by hand. */
export function scheduledAt(): number | undefined {
  return workflowInfo().typedSearchAttributes.get(scheduledAttribute)?.getTime();
}
