import { proxyActivities } from '@temporalio/workflow';
import type { BlindActivities } from './worker';

const { placeBlindly } = proxyActivities<BlindActivities>({
  startToCloseTimeout: '3s',
  retry: { initialInterval: '50ms', backoffCoefficient: 1 },
});

/** A trade as it is often written: one activity that sends the order, repeated by the platform until it succeeds. */
export async function blindTrade(run: string): Promise<void> {
  await placeBlindly(run);
}
