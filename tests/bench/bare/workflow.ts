import { condition, proxyActivities, proxyLocalActivities, setHandler } from '@temporalio/workflow';
import { goUpdate } from './messages';
import type { BareInput } from './messages';

interface Nothing {
  nothing(key: string): Promise<void>;
  ready(key: string): Promise<void>;
}

/**
 * The skeleton of a manual trade without its substance: the same number of local activities, activities, queues and
 * messages in the same order, each of which does nothing.
 */
export async function bareTrade({ key, account }: BareInput): Promise<void> {
  const local = proxyLocalActivities<Nothing>({ startToCloseTimeout: '5s' });
  const options = { startToCloseTimeout: '20s', heartbeatTimeout: undefined } as const;
  const orders = proxyActivities<Nothing>({ ...options, taskQueue: `bare-orders-${account}` });
  const safety = proxyActivities<Nothing>({ ...options, taskQueue: `bare-safety-${account}` });
  let gone = false;
  setHandler(goUpdate, async () => {
    await local.nothing(key);
    gone = true;
  });
  await local.nothing(key); // read the trade
  await local.nothing(key); // check risk
  await orders.nothing(key); // submit the entry
  await safety.ready(key); // submit the stop; the driver asks for the exit now
  await condition(() => gone, '1m');
  await safety.nothing(key); // cancel the stop
  await safety.nothing(key); // submit the exit
  await safety.nothing(key); // reconcile and end
}
