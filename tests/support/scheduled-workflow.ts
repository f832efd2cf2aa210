import { proxyActivities } from '@temporalio/workflow';

const { work } = proxyActivities<{ work(): Promise<void> }>({ startToCloseTimeout: '10s' });

/** Ends as its one activity does. */
export async function scheduled(): Promise<void> {
  await work();
}
