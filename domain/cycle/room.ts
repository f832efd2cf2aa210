import { dec, Decimal, ZERO } from '../money/decimal';
import type { InstrumentId } from '../instrument/instrument';
import { worthOf } from '../instrument/worth';
import { drawdownOf, lossToday } from '../risk/checks';
import type { EffectivePolicy } from '../risk/policy-document';
import type { PortfolioView } from '../risk/proposal';

/** Why an instrument gets no trade: codes of the risk check, and that the account trades in it already. */
export type NoRoom =
  | 'already_open'
  | 'open_trades'
  | 'strategy_open_trades'
  | 'unknown_order'
  | 'cooldown'
  | 'loss_streak'
  | 'daily_loss'
  | 'drawdown'
  | 'position_size'
  | 'concentration'
  | 'leverage'
  | 'buying_power';

/**
 * Whether an account has any room for one more trade in an instrument, whatever direction and stop its strategy brings.
 * It only saves a trade that risk would refuse: the trade's own check decides, with everything that is known then.
 * @param open trades of the account that have not ended, in any phase
 */
export function noRoom(
  instrument: InstrumentId,
  open: readonly { readonly instrument: InstrumentId }[],
  portfolio: PortfolioView,
  policy: EffectivePolicy,
): NoRoom | undefined {
  const equity = Decimal.max(ZERO, dec(portfolio.equity));
  const notional = (own: boolean): Decimal =>
    portfolio.exposures
      .filter((one) => !own || one.instrument === instrument)
      .reduce((sum, one) => sum.add(worthOf(one, one.quantity, one.mark).abs()), new Decimal(0));
  const { strategy, maxDrawdown } = policy;
  const checks: readonly (readonly [NoRoom, boolean])[] = [
    ['already_open', open.some((one) => one.instrument === instrument)],
    ['open_trades', open.length >= policy.maxOpenTrades],
    [
      'strategy_open_trades',
      strategy?.maxOpenTrades !== undefined && (portfolio.strategy?.openTrades ?? 0) >= strategy.maxOpenTrades,
    ],
    ['unknown_order', portfolio.unknownOrders.includes(instrument)],
    ['cooldown', portfolio.locks?.some(({ code }) => code === 'cooldown') === true],
    ['loss_streak', portfolio.locks?.some(({ code }) => code === 'loss_streak') === true],
    ['daily_loss', lossToday(portfolio).gte(policy.maxDailyLoss)],
    ['drawdown', maxDrawdown !== null && drawdownOf(portfolio).gte(maxDrawdown)],
    ['position_size', notional(true).gte(policy.maxPositionNotional)],
    ['concentration', notional(true).gte(equity.mul(policy.maxConcentration))],
    ['leverage', notional(false).gte(equity.mul(policy.maxLeverage))],
    ['buying_power', dec(portfolio.buyingPower).lte(0)],
  ];
  return checks.find(([, full]) => full)?.[0];
}
