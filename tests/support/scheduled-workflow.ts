import { proxyActivities } from '@temporalio/workflow';

const { work } = proxyActivities<{ work(job?: { readonly name: string }): Promise<void> }>({
  startToCloseTimeout: '3m',
});

/** Ends as its one activity does. */
export async function scheduled(job?: { readonly name: string }): Promise<void> {
  await work(job);
}
