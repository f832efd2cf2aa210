import { pruneHaltSignal } from '../temporal/messages/prune-history';
import type { PruneHistoryResult } from '../temporal/messages/prune-history';
import { saving } from './saving';
import { throughHalts } from './upkeep';

/** Makes the next partitions and deletes what the policy does not keep. */
export async function pruneHistory(): Promise<PruneHistoryResult> {
  return throughHalts(pruneHaltSignal, () => saving.prune());
}
