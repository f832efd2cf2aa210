import { countHalts } from '../database/halts';
import type { Queryable } from '../database/pool';
import type { Metrics } from '../telemetry/metrics';

/** Reads the kill switch for the metrics; one that cannot be read is a fact of its own, and the other gauges then stay. */
export async function setHaltGauges(database: Queryable, metrics: Metrics): Promise<void> {
  try {
    const { engaged, epoch, acknowledged, unacknowledged } = await countHalts(database);
    metrics.killSwitchEngaged.reset();
    for (const { scope, mode, count } of engaged) metrics.killSwitchEngaged.set({ scope, mode }, count);
    metrics.killEpoch.set(epoch);
    metrics.haltedTrades.set({ acknowledged: 'yes' }, acknowledged);
    metrics.haltedTrades.set({ acknowledged: 'no' }, unacknowledged);
    metrics.killSwitchReadable.set(1);
  } catch {
    metrics.killSwitchReadable.set(0);
  }
}
