import { instant } from '../clock/instant';
import { checkPrices } from '../instrument/rules';
import { dec, text } from '../money/decimal';
import type { DecimalString } from '../money/decimal';
import type { Quote } from '../signal/market-data';
import type { RiskAudit, RiskCheck, RiskFailure } from './audit';
import { entryPrices } from './proposal';
import type { EntryPrices, RiskInput } from './proposal';

/** A proposal that is complete: it has a stop, and prices to judge it by. */
export interface EntryPlan {
  readonly stopPrice: DecimalString;
  readonly prices: EntryPrices;
}

/** What waiting cannot repair comes first, so that a trade that waits for the open does not wait in vain. */
function proposalChecks({ entry, market }: RiskInput): readonly RiskCheck[] {
  const { instrument, terms, stopPrice, validUntil } = entry;
  const stopTerms = stopPrice === undefined ? [] : checkPrices(instrument, { type: 'stop', stopPrice });
  const [offTick] = [...checkPrices(instrument, terms), ...stopTerms];
  return [
    {
      code: 'expired',
      ok: validUntil === undefined || market.at <= validUntil,
      values: { at: instant(market.at), ...(validUntil === undefined ? {} : { validUntil: instant(validUntil) }) },
    },
    { code: 'no_stop', ok: stopPrice !== undefined, values: stopPrice === undefined ? {} : { stopPrice } },
    {
      code: 'tick',
      ok: offTick === undefined,
      values: {
        tick: instrument.tick,
        ...(offTick === undefined ? {} : { field: offTick.field, value: offTick.value }),
      },
    },
  ];
}

function marketChecks({ market }: RiskInput): readonly RiskCheck[] {
  const { at, open, covered, nextOpen, quote, maxQuoteAge } = market;
  // A price from the future is no price: the feed and the clock disagree.
  const known = quote !== undefined && quote.at <= at;
  const age = quote === undefined ? 0 : at - quote.at;
  return [
    { code: 'calendar_ended', ok: covered !== false, values: { at: instant(at) } },
    {
      code: 'market_closed',
      ok: open,
      values: { at: instant(at), ...(nextOpen === undefined ? {} : { nextOpen: instant(nextOpen) }) },
    },
    {
      code: 'price_missing',
      ok: known,
      values: quote === undefined ? {} : { price: quote.price, priceAt: instant(quote.at) },
    },
    {
      code: 'price_stale',
      ok: age <= maxQuoteAge,
      values: { ageMillis: String(age), maxAgeMillis: String(maxQuoteAge) },
    },
  ];
}

function planChecks({ entry, policy }: RiskInput, { stopPrice, prices }: EntryPlan): readonly RiskCheck[] {
  const long = entry.side === 'buy';
  const { worst, best } = prices;
  const minimum = policy.minRewardToRisk;
  const reward =
    entry.takeProfit === undefined
      ? undefined
      : dec(entry.takeProfit)
          .minus(worst)
          .mul(long ? 1 : -1);
  const ratio = reward?.div(worst.minus(stopPrice).abs());
  return [
    {
      code: 'stop_wrong_side',
      ok: long ? best.gt(stopPrice) : best.lt(stopPrice),
      values: { side: entry.side, stopPrice, bestEntry: text(best), worstEntry: text(worst) },
    },
    {
      code: 'reward_to_risk',
      ok: minimum === null || ratio?.gte(minimum) === true,
      values: { minimum: minimum ?? 'none', ...(ratio === undefined ? {} : { ratio: text(ratio) }) },
    },
  ];
}

function limitChecks({ entry, portfolio, policy }: RiskInput): readonly RiskCheck[] {
  const { id } = entry.instrument;
  const others = portfolio.openTrades.filter(({ tradeId }) => tradeId !== entry.tradeId);
  const direction = entry.side === 'buy' ? 'long' : 'short';
  const opposite = others.find((trade) => trade.instrument === id && trade.direction !== direction);
  const loss = dec(portfolio.realisedToday).plus(portfolio.unrealisedToday).neg();
  return [
    { code: 'unknown_order', ok: !portfolio.unknownOrders.includes(id), values: { instrument: id } },
    { code: 'daily_loss', ok: loss.lt(policy.maxDailyLoss), values: { loss: text(loss), limit: policy.maxDailyLoss } },
    {
      code: 'open_trades',
      ok: others.length < policy.maxOpenTrades,
      values: { open: String(others.length), limit: String(policy.maxOpenTrades) },
    },
    {
      code: 'opposite_trade',
      ok: opposite === undefined,
      values: { direction, ...(opposite === undefined ? {} : { tradeId: opposite.tradeId }) },
    },
  ];
}

/** All checks but the size's: the plan to be sized, or the first check that failed. */
export function checkEntry(input: RiskInput, audit: RiskAudit): EntryPlan | RiskFailure {
  const failed = audit.run([...proposalChecks(input), ...marketChecks(input)]);
  if (failed !== undefined) return failed;
  const plan = planOf(input.entry.stopPrice, input.market.quote, input);
  return audit.run([...planChecks(input, plan), ...limitChecks(input)]) ?? plan;
}

/** The checks before have seen both; were one missing here, the program itself would be wrong. */
function planOf(stopPrice: DecimalString | undefined, quote: Quote | undefined, { entry }: RiskInput): EntryPlan {
  if (stopPrice === undefined || quote === undefined) throw new TypeError('a plan needs a stop and a price');
  return { stopPrice, prices: entryPrices(entry.side, entry.terms, quote) };
}
