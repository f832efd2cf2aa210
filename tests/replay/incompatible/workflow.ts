import { sleep } from '@temporalio/workflow';
import type { TradeInput, TradeResult } from '../../../temporal/messages/trade';
import { trade as sound } from '../../../workflows/trade';

/** A change that no running trade survives: a new first step without `patched`. The replay of any history must fail. */
export async function trade(input: TradeInput): Promise<TradeResult> {
  await sleep('1 second');
  return sound(input);
}
