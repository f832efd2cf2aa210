import type { EpochMillis } from '../../domain/clock/instant';
import { marketMoment } from '../../domain/matching/engine';
import type { MarketMoment } from '../../domain/matching/engine';
import type { MatchingRules } from '../../domain/matching/matching-rules';
import { text, ZERO } from '../../domain/money/decimal';
import type { SimMarket } from './market';
import type { IbOrder } from './order';
import { hoursOf } from './order-rules';

/** The market that an order meets when it enters, and by which rules. */
export interface MetMarket {
  readonly moment: MarketMoment;
  readonly rules: MatchingRules;
}

/** Continuous trading at a moment, in the hours that the order may trade in. */
export function metMarket(market: SimMarket, order: IbOrder, at: EpochMillis): MetMarket {
  return { moment: marketMoment(market.tape(hoursOf(order)), at), rules: market.rules };
}

/**
 * The auction of the regular session that began at `opened`: the session's first print is the one price at which all of it
 * trades, and nobody pays a spread. Undefined while nothing was printed until `now`.
 */
export function openingAuction(market: SimMarket, opened: EpochMillis, now: EpochMillis): MetMarket | undefined {
  const [first] = market.tape('regular').printsBetween(opened - 1, now);
  if (first === undefined) return undefined;
  return {
    moment: { at: first.at, open: true, lastPrint: first },
    rules: { ...market.rules, halfSpreadBps: text(ZERO), slippageBps: text(ZERO) },
  };
}
