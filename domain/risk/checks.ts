import { instant } from '../clock/instant';
import type { Instrument } from '../instrument/instrument';
import { checkPrices, quantiseStop } from '../instrument/rules';
import { dec, Decimal, text } from '../money/decimal';
import type { DecimalString } from '../money/decimal';
import { protectiveTerms } from '../trade/native-trailing';
import type { Quote } from '../signal/market-data';
import type { RiskAudit, RiskCheck, RiskFailure } from './audit';
import { entryPrices } from './proposal';
import type { EntryPrices, MarketView, PortfolioView, ProposedEntry, RiskInput, RiskLock } from './proposal';
import type { RiskPolicy } from './policy';

/** A proposal that is complete: it has a stop, and prices to judge it by. */
export interface EntryPlan {
  readonly stopPrice: DecimalString;
  readonly prices: EntryPrices;
}

/** What waiting cannot repair comes first, so that a trade that waits for the open does not wait in vain. */
function proposalChecks({ entry, market, portfolio }: RiskInput): readonly RiskCheck[] {
  const { instrument, terms, stopPrice, trailing, validUntil } = entry;
  const stopTerms = stopPrice === undefined ? [] : checkPrices(instrument, protectiveTerms(stopPrice, trailing));
  const [offTick] = [...checkPrices(instrument, terms), ...stopTerms];
  return [
    {
      code: 'expired',
      ok: validUntil === undefined || market.at <= validUntil,
      values: { at: instant(market.at), ...(validUntil === undefined ? {} : { validUntil: instant(validUntil) }) },
    },
    ...contractChecks(instrument, market),
    {
      code: 'short_on_spot',
      // A contract that is sold is nobody's: nothing is borrowed for it.
      ok: entry.side === 'buy' || portfolio.mayShort !== false || instrument.future !== undefined,
      values: { side: entry.side },
    },
    {
      code: 'no_stop',
      ok: stopPrice !== undefined || entry.stopDistance !== undefined,
      values: stopPrice === undefined ? {} : { stopPrice },
    },
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

/** Only a future has an end. */
function contractChecks({ future }: Instrument, { at, leaveAt }: MarketView): readonly RiskCheck[] {
  if (future === undefined || leaveAt === undefined) return [];
  const { lastTradingDay } = future;
  return [{ code: 'contract_ending', ok: at < leaveAt, values: { lastTradingDay, leaveAt: instant(leaveAt) } }];
}

function marketChecks({ market, policy }: RiskInput): readonly RiskCheck[] {
  const { at, open, covered, nextOpen, quote } = market;
  const ownAge = policy.maxPriceAgeSeconds === null ? Infinity : policy.maxPriceAgeSeconds * 1_000;
  const maxQuoteAge = Math.min(market.maxQuoteAge, ownAge);
  // A price from the future is no price: the feed and the clock disagree.
  const known = quote !== undefined && quote.at <= at;
  const age = quote === undefined ? 0 : (market.quoteAge ?? at - quote.at);
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
    spreadCheck(quote, policy.maxSpread),
  ];
}

/** The spread of bid and ask as a fraction of their middle. */
function spreadCheck(quote: Quote | undefined, maximum: DecimalString | null): RiskCheck {
  if (quote === undefined || maximum === null) return { code: 'spread', ok: true, values: {} };
  const middle = dec(quote.ask).plus(quote.bid).div(2);
  const spread = dec(quote.ask).minus(quote.bid).div(middle).toDecimalPlaces(8);
  return { code: 'spread', ok: spread.lte(maximum), values: { spread: text(spread), limit: maximum } };
}

/** How much worse than the market the entry may fill by its own terms; a better price is never the collar's business. */
function collarCheck({ entry, market, policy }: RiskInput, worst: Decimal): RiskCheck {
  const collar = policy.priceCollar;
  if (market.quote === undefined || collar === null) return { code: 'price_collar', ok: true, values: {} };
  const far = entry.side === 'buy' ? dec(market.quote.ask) : dec(market.quote.bid);
  const worse = worst.minus(far).mul(entry.side === 'buy' ? 1 : -1);
  const values = { worstEntry: text(worst), market: text(far), limit: collar };
  return { code: 'price_collar', ok: worse.lte(far.mul(collar)), values };
}

function planChecks(input: RiskInput, { stopPrice, prices }: EntryPlan): readonly RiskCheck[] {
  const { entry, policy } = input;
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
      // A distance may be wider than the price itself.
      ok: dec(stopPrice).gt(0) && (long ? best.gt(stopPrice) : best.lt(stopPrice)),
      values: { side: entry.side, stopPrice, bestEntry: text(best), worstEntry: text(worst) },
    },
    collarCheck(input, worst),
    {
      code: 'reward_to_risk',
      ok: minimum === null || ratio?.gte(minimum) === true,
      values: { minimum: minimum ?? 'none', ...(ratio === undefined ? {} : { ratio: text(ratio) }) },
    },
  ];
}

/** What the account has lost since the trading day began, realised and open; negative for a gain. */
export function lossToday({ realisedToday, unrealisedToday }: PortfolioView): Decimal {
  return dec(realisedToday).plus(unrealisedToday).neg();
}

/** How far the equity is below its highest value, as a fraction of that; 0 at a new one. */
export function drawdownOf({ equity, equityPeak }: PortfolioView): Decimal {
  const peak = Decimal.max(equity, equityPeak ?? equity);
  return peak.lte(0) ? dec(0) : dec(1).minus(dec(equity).div(peak)).toDecimalPlaces(8);
}

/** Whether a day's loss is near enough to its limit to be warned of. */
export function isNearDailyLoss(
  loss: Decimal,
  { maxDailyLoss, dailyLossWarning }: Pick<RiskPolicy, 'maxDailyLoss' | 'dailyLossWarning'>,
): boolean {
  return loss.gte(dec(maxDailyLoss).mul(dailyLossWarning));
}

function lockCheck(code: RiskLock['code'], locks: readonly RiskLock[] = []): RiskCheck {
  const lock = locks.find((one) => one.code === code);
  return { code, ok: lock === undefined, values: lock === undefined ? {} : { scope: lock.scope, until: lock.until } };
}

function limitChecks({ entry, portfolio, policy }: RiskInput): readonly RiskCheck[] {
  const { id } = entry.instrument;
  const others = portfolio.openTrades.filter(({ tradeId }) => tradeId !== entry.tradeId);
  const direction = entry.side === 'buy' ? 'long' : 'short';
  const opposite = others.find((trade) => trade.instrument === id && trade.direction !== direction);
  const loss = lossToday(portfolio);
  const fall = drawdownOf(portfolio);
  const rate = portfolio.ordersLastMinute ?? 0;
  const ownTrades = portfolio.strategy?.openTrades ?? 0;
  const ownLimit = policy.strategy?.maxOpenTrades;
  return [
    { code: 'unknown_order', ok: !portfolio.unknownOrders.includes(id), values: { instrument: id } },
    { code: 'unreconciled', ok: portfolio.unreconciled?.includes(id) !== true, values: { instrument: id } },
    lockCheck('cooldown', portfolio.locks),
    lockCheck('loss_streak', portfolio.locks),
    {
      code: 'daily_loss',
      ok: loss.lt(policy.maxDailyLoss),
      values: {
        loss: text(loss),
        limit: policy.maxDailyLoss,
        ...(isNearDailyLoss(loss, policy) ? { warning: `at ${policy.dailyLossWarning} of the limit` } : {}),
      },
    },
    {
      code: 'drawdown',
      ok: policy.maxDrawdown === null || fall.lt(policy.maxDrawdown),
      values: { drawdown: text(fall), limit: policy.maxDrawdown ?? 'none' },
    },
    {
      code: 'order_rate',
      ok: rate < policy.maxOrdersPerMinute,
      values: { lastMinute: String(rate), limit: String(policy.maxOrdersPerMinute) },
    },
    {
      code: 'strategy_open_trades',
      ok: ownLimit === undefined || ownTrades < ownLimit,
      values: { open: String(ownTrades), limit: ownLimit === undefined ? 'none' : String(ownLimit) },
    },
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
  const plan = planOf(input.market.quote, input);
  return audit.run([...planChecks(input, plan), ...limitChecks(input)]) ?? plan;
}

/** The checks before have seen both; were one missing here, the program itself would be wrong. */
function planOf(quote: Quote | undefined, { entry }: RiskInput): EntryPlan {
  if (quote === undefined) throw new TypeError('a plan needs a price');
  const prices = entryPrices(entry.side, entry.terms, quote);
  return { stopPrice: entry.stopPrice ?? assumedStop(entry, prices.worst), prices };
}

/** Where the stop would stand if the entry filled at this price: the loss is the distance, wherever it really fills. */
function assumedStop({ instrument, side, stopDistance }: ProposedEntry, price: Decimal): DecimalString {
  if (stopDistance === undefined) throw new TypeError('a plan needs a stop');
  const stopPrice = text(side === 'buy' ? price.minus(stopDistance) : price.plus(stopDistance));
  return quantiseStop(instrument, side === 'buy' ? 'sell' : 'buy', stopPrice);
}
