import { condition, proxyActivities, setHandler } from '@temporalio/workflow';
import { stopSignal } from './waiter-messages';
import type { WaiterActivities } from './waiter-messages';

/** A workflow that waits for one signal, and then writes one row. */
export async function bareWaiter(key: string): Promise<void> {
  let stopped = false;
  setHandler(stopSignal, () => {
    stopped = true;
  });
  await condition(() => stopped);
  await proxyActivities<WaiterActivities>({ startToCloseTimeout: '20s' }).writeRow(key);
}
