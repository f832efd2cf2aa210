import {
  ActivityFailure,
  continueAsNew,
  isCancellation,
  proxyActivities,
  setCurrentDetails,
  setHandler,
  sleep,
} from '@temporalio/workflow';
import type { ExecutionActivities } from '../activities/execution/activities';
import { safetyQueue } from '../temporal/messages/task-queues';
import { watcherHaltSignal } from '../temporal/messages/watch-account';
import type { WatchAccountInput } from '../temporal/messages/watch-account';

/** Watches of some minutes each before the history starts afresh. */
const WATCHES_PER_RUN = 100;

/** Keeps one account watched for ever: its fills booked, its triggers checked, its replay clock running. */
export async function watchAccount(input: WatchAccountInput): Promise<void> {
  setHandler(
    watcherHaltSignal,
    ({ epoch, reason }) =>
      setCurrentDetails(
        `Told of halt ${epoch} (${reason}). Goes on: it guards the open positions of ${input.account}.`,
      ),
    { description: 'Recorded only: a watcher guards open positions and goes on through a halt' },
  );
  const { watch } = proxyActivities<ExecutionActivities>({
    taskQueue: safetyQueue(input.account),
    startToCloseTimeout: '15m',
    heartbeatTimeout: '3s',
    retry: { initialInterval: '100ms', backoffCoefficient: 2, maximumInterval: '2s' },
    cancellationType: 'TRY_CANCEL',
    summary: `Watch account ${input.account}: book fills, check triggers, run its clock`,
  });
  for (let n = 0; n < WATCHES_PER_RUN; n++) {
    try {
      await watch();
    } catch (error) {
      if (isCancellation(error) || !(error instanceof ActivityFailure)) throw error;
      await sleep('1s', { summary: 'the watch failed; starting the next' });
    }
  }
  await continueAsNew<typeof watchAccount>(input);
}
