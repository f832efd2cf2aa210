import type { HaltRequest } from '../../temporal/messages/trade';
import type { HaltDeps } from './ports';

/** Signals under way at once. */
const LANES = 64;
/** Told trades that do not answer are told again after this. */
const AGAIN_AFTER_MS = 5_000;
/** Rows that are marked as told in one statement. */
const BATCH = 50;

/**
 * Tells every open trade of a halt that has not acknowledged, 64 at a time; answers how many were told. One that cannot
 * be told now stays untold, and is met again by the next call.
 */
export async function tellTrades(deps: HaltDeps, request: HaltRequest, heartbeat: () => void): Promise<number> {
  const waiting = [...(await deps.halts.toTell(request.epoch, AGAIN_AFTER_MS))];
  let told: string[] = [];
  let count = 0;
  const keep = async (): Promise<void> => {
    const batch = told;
    told = [];
    count += batch.length;
    if (batch.length > 0) await deps.halts.told(request.epoch, batch);
    heartbeat();
  };
  const lane = async (): Promise<void> => {
    for (let trade = waiting.shift(); trade !== undefined; trade = waiting.shift()) {
      try {
        await deps.tellTrade(trade, request);
        told.push(trade.tradeId);
      } catch {
        // Temporal is away or slow: the others are tried, and this one again later.
        continue;
      }
      if (told.length >= BATCH) await keep();
    }
  };
  await Promise.all(Array.from({ length: Math.min(LANES, waiting.length) }, lane));
  await keep();
  return count;
}
