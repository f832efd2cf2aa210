import type { Instrument } from '../../domain/instrument/instrument';
import { futureOf } from '../../domain/instrument/worth';
import { DEFAULT_COSTS } from '../../domain/matching/matching-rules';
import type { MatchingRules } from '../../domain/matching/matching-rules';
import { dec, text } from '../../domain/money/decimal';

/** Costs of the simulated market, each a decimal text of at least 0 in basis points (1/10,000). */
export interface PaperCosts {
  /** Half the distance of bid and ask, of the price. */
  readonly halfSpreadBps: string;
  /** What market orders and triggered stops pay beyond the half spread, of the price. */
  readonly slippageBps: string;
  /** Fee of every execution, of its notional, in quote currency. */
  readonly feeBps: string;
}

const COST = /^\d{1,6}(\.\d{1,9})?$/;

/** The rules of the simulated market for one instrument. @throws RangeError when a cost is no number of at least 0. */
export function matchingRules(instrument: Instrument, costs: PaperCosts): MatchingRules {
  for (const [name, value] of Object.entries(costs)) {
    if (!COST.test(String(value))) throw new RangeError(`${name} must be a number of at least 0`);
  }
  const feeRate = text(dec(costs.feeBps).div(10_000));
  return {
    ...DEFAULT_COSTS,
    baseAsset: instrument.baseAsset,
    quoteAsset: instrument.quoteAsset,
    tick: instrument.tick,
    lot: instrument.lot,
    ...futureOf(instrument),
    halfSpreadBps: text(dec(costs.halfSpreadBps)),
    slippageBps: text(dec(costs.slippageBps)),
    takerFeeRate: feeRate,
    makerFeeRate: feeRate,
  };
}
