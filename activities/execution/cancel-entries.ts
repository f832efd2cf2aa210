import type { EntryRef } from '../../database/halt-progress';

/** Orders cancelled at once. */
const LANES = 10;

/**
 * Cancels each entry that works, some at once. Which ones work is asked anew before each round: the trades that were told
 * of the halt cancel their own meanwhile, and a venue is not to be asked twice. A cancel that fails is one of the next call.
 */
export async function cancelEntries(
  working: () => Promise<readonly EntryRef[]>,
  cancel: (entry: EntryRef) => Promise<unknown>,
): Promise<void> {
  const tried = new Set<string>();
  for (;;) {
    const left = (await working()).filter(({ order }) => !tried.has(order.clientOrderId));
    const round = left.slice(0, LANES);
    if (round.length === 0) return;
    for (const { order } of round) tried.add(order.clientOrderId);
    await Promise.all(round.map(cancel));
  }
}
