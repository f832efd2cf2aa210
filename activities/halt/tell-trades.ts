import type { HaltRequest } from '../../temporal/messages/trade';
import type { OpenTradeRow } from '../../database/trades';
import type { HaltDeps } from './ports';

/** Told trades that do not answer are told again when nobody has answered for this long. */
const AGAIN_AFTER_MS = 5_000;
/** Rows that are marked as told in one statement. */
const BATCH = 50;
/**
 * Trades that are told and have not answered, at most: a worker with a longer queue is given up by the server, and the
 * next one has to replay each trade first, which takes many times as long.
 */
const WINDOW = 200;
const LOOK_MS = 100;
/** Trades that do not answer at all keep the others waiting no longer than this. */
const PATIENCE_MS = 2_000;
/** Real time after an attempt's validity from which nobody answers for it any more. */
export const DRAIN_GRACE_MS = 2_000;

/**
 * Tells every open trade of a halt that has not acknowledged, 50 at a time and no faster than they answer; answers how
 * many were told. One that cannot be told now stays untold, and is met again by the next call. Meanwhile what was being sent
 * at the moment is drained: how long that takes has nothing to do with how many there are to tell.
 */
export async function tellTrades(deps: HaltDeps, request: HaltRequest, heartbeat: () => void): Promise<number> {
  const waiting = [...(await deps.halts.toTell(request.epoch, AGAIN_AFTER_MS))];
  const drain = untilDrained(deps, request.epoch);
  let count = 0;
  while (waiting.length > 0) {
    const batch = waiting.splice(0, BATCH);
    const told = await tellAll(deps, batch, request);
    count += told.length;
    if (told.length > 0) await deps.halts.told(request.epoch, told);
    heartbeat();
    await drain();
    if (waiting.length > 0) await answered(deps, request.epoch, drain);
  }
  return count;
}

/** Signals a batch; answers those that took the signal. */
async function tellAll(deps: HaltDeps, batch: readonly OpenTradeRow[], request: HaltRequest): Promise<string[]> {
  const results = await Promise.allSettled(
    batch.map(async (trade) => {
      await deps.tellTrade(trade, request);
      return trade.tradeId;
    }),
  );
  // Temporal is away or slow: the others are tried, and those again later.
  return results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
}

/** Waits until there is room for one more batch, or until nobody has answered for a while. */
async function answered({ halts, pause }: HaltDeps, epoch: number, drain: () => Promise<void>): Promise<void> {
  let least = Infinity;
  for (let waited = 0; waited < PATIENCE_MS; waited += LOOK_MS) {
    const unanswered = await halts.unanswered(epoch);
    if (unanswered <= WINDOW - BATCH) return;
    if (unanswered < least) waited = 0;
    least = Math.min(least, unanswered);
    await drain();
    await pause(LOOK_MS);
  }
}

/** Drains at each call, until nothing of the moment is being sent any more. */
function untilDrained({ halts }: HaltDeps, epoch: number): () => Promise<void> {
  let drained = false;
  return async () => {
    if (!drained) drained = (await halts.drain(epoch, DRAIN_GRACE_MS)) === 0;
  };
}
