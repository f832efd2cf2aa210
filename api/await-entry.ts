import { setTimeout as sleep } from 'node:timers/promises';
import { isRiskCode, RISK_CODES } from '../domain/risk/codes';
import type { ProblemCode } from './contract/problems';
import type { TradeDetailView } from './contract/views';
import { ApiProblem } from './problem';

const LOOK_EVERY_MS = 200;

/** What a venue's refusal is called towards a client that waits for it. */
const REFUSALS: Readonly<Record<string, ProblemCode>> = {
  insufficient_funds: 'insufficient_funds',
  invalid_order: 'invalid_order',
};

/**
 * Waits until a trade has entered, or ended, for so many seconds at most; answers where it stands then.
 * @throws ApiProblem when it was rejected: the client's request could not be carried out
 */
export async function awaitEntry<
  T extends Pick<TradeDetailView, 'id' | 'phase' | 'outcome' | 'outcomeCode' | 'outcomeDetail'>,
>(look: () => Promise<T>, seconds: number): Promise<T> {
  const deadline = performance.now() + seconds * 1_000;
  for (;;) {
    const trade = await look();
    if (trade.outcome === 'rejected') throw rejection(trade.id, trade.outcomeCode, trade.outcomeDetail);
    const entered = ['managing', 'exiting', 'reconciling', 'ended'].includes(trade.phase);
    if (entered || performance.now() >= deadline) return trade;
    await sleep(LOOK_EVERY_MS);
  }
}

function rejection(tradeId: string, code: string | null, detail: string | null): ApiProblem {
  const outcomeCode = code ?? 'rejected';
  const why = detail ?? (isRiskCode(outcomeCode) ? RISK_CODES[outcomeCode].description : 'it says no more');
  const words = `The trade ${tradeId} was rejected (${outcomeCode}): ${why}`;
  return new ApiProblem(REFUSALS[outcomeCode] ?? 'trade_rejected', words, { tradeId, outcomeCode });
}
