import { CancellationScope, proxyActivities, setCurrentDetails, setHandler } from '@temporalio/workflow';
import type { SignalDefinition } from '@temporalio/workflow';
import type { OperationsActivities } from '../activities/operations/activities';
import type { HaltRequest } from '../temporal/messages/trade';

/** Long enough for a large database; what hangs is noticed by its heartbeat. */
const activities = proxyActivities<OperationsActivities>({
  startToCloseTimeout: '2h',
  heartbeatTimeout: '1m',
  retry: { initialInterval: '30s', backoffCoefficient: 2, maximumInterval: '10m', maximumAttempts: 4 },
});

/** Runs one piece of upkeep: a halt lets it go on, since it trades nothing; one of everything stops it. */
export async function runUnlessAll<T>(
  halt: SignalDefinition<[HaltRequest]>,
  work: (activities: OperationsActivities) => Promise<T>,
): Promise<T> {
  const scope = new CancellationScope();
  setHandler(
    halt,
    ({ epoch, reason, everything }) => {
      const what = everything ? 'Stopped by' : 'Goes on, since it trades nothing: told of';
      setCurrentDetails(`${what} halt ${epoch} (${reason}).`);
      if (everything) scope.cancel();
    },
    { description: 'Recorded, since it trades nothing; a halt of everything stops it' },
  );
  return scope.run(() => work(activities));
}
