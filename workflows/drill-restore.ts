import { drillHaltSignal } from '../temporal/messages/drill-restore';
import type { DrillRestoreResult } from '../temporal/messages/drill-restore';
import { saving } from './saving';
import { throughHalts } from './upkeep';

/** Restores the newest backup into a scratch database and holds it against its manifest and the rules of the books. */
export async function drillRestore(): Promise<DrillRestoreResult> {
  return throughHalts(drillHaltSignal, () => saving.drill());
}
