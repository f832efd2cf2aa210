import type { OperationsActivities } from '../activities/operations/activities';
import { pruneHaltSignal } from '../temporal/messages/prune-history';
import type { PruneHistoryResult } from '../temporal/messages/prune-history';
import { runUnlessAll } from './upkeep';

/** Makes the next partitions and deletes what the policy does not keep. */
export async function pruneHistory(): Promise<PruneHistoryResult> {
  return runUnlessAll(pruneHaltSignal, (activities: OperationsActivities) => activities.prune());
}
