import { sleep } from '@temporalio/workflow';

/** A `trade` that begins otherwise than every recorded one: replaying a history with it must fail. */
export async function trade(): Promise<void> {
  await sleep('1 hour');
}
