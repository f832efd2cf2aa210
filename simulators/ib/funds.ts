import { dec, Decimal, text, ZERO } from '../../domain/money/decimal';
import type { SimContract } from './contracts';
import type { IbLedger } from './ledger';
import type { NewIbOrder } from './order';
import { multiplierOf } from './portfolio';
import { settledFutures } from './variation';
import type { IbRefusal } from './validate';

/** What an account is worth and may still use, in US dollars; other currencies are taken one to one. */
export interface IbFunds {
  readonly cash: Decimal;
  /** Value of stocks, short ones below 0. */
  readonly stocks: Decimal;
  readonly grossPositions: Decimal;
  readonly unrealized: Decimal;
  /** After commissions. */
  readonly realized: Decimal;
  readonly netLiquidation: Decimal;
  /** Margin of all positions. */
  readonly margin: Decimal;
  readonly available: Decimal;
}

/** What opening so much of a contract takes. */
function marginOf({ margin, ...contract }: SimContract, quantity: Decimal, price: Decimal): Decimal {
  if ('each' in margin) return quantity.abs().mul(margin.each);
  return quantity.abs().mul(price).mul(multiplierOf(contract)).mul(margin.share);
}

export function fundsOf(ledger: IbLedger, account: string): IbFunds {
  const positions = [...ledger.positions(account).values()];
  const fills = ledger.fills.filter((fill) => fill.account === account && !fill.corrected);
  const futures = settledFutures(ledger, fills);
  let cash = dec(ledger.options.accounts.find(({ code }) => code === account)?.cash ?? 0).plus(futures.cash);
  for (const { commission, contract, price, quantity, side } of fills) {
    cash = cash.minus(commission);
    if (contract.secType === 'STK')
      cash = cash.plus(
        dec(price)
          .mul(quantity)
          .mul(side === 'buy' ? -1 : 1),
      );
  }
  const sums = { stocks: ZERO, gross: ZERO, unrealized: ZERO, realized: ZERO, margin: ZERO };
  for (const { averageCost, contract, quantity, realized } of positions) {
    const price = ledger.lastPrice(contract.conId) ?? averageCost.div(multiplierOf(contract));
    const value = quantity.mul(price).mul(multiplierOf(contract));
    const unrealized = value.minus(quantity.mul(averageCost));
    sums.gross = sums.gross.plus(value.abs());
    sums.unrealized = sums.unrealized.plus(unrealized);
    sums.realized = sums.realized.plus(realized);
    sums.margin = sums.margin.plus(marginOf(contract, quantity, price));
    if (contract.secType === 'STK') sums.stocks = sums.stocks.plus(value);
  }
  const netLiquidation = cash.plus(sums.stocks).plus(futures.open);
  const commissions = fills.reduce((sum, { commission }) => sum.plus(commission), ZERO);
  return {
    ...{ cash, netLiquidation, stocks: sums.stocks, grossPositions: sums.gross, unrealized: sums.unrealized },
    ...{ realized: sums.realized.minus(commissions), margin: sums.margin },
    available: netLiquidation.minus(sums.margin),
  };
}

/** Why the account cannot pay for an order, if it cannot. What only closes a position takes nothing. */
export function afford(ledger: IbLedger, order: NewIbOrder): IbRefusal | undefined {
  const held = ledger.positions(order.account).get(order.contract.conId)?.quantity ?? ZERO;
  const quantity = dec(order.quantity).mul(order.side === 'buy' ? 1 : -1);
  const opened = Decimal.max(ZERO, held.plus(quantity).abs().minus(held.abs()));
  if (opened.isZero()) return undefined;
  const price = dec(order.limitPrice ?? ledger.lastPrice(order.contract.conId) ?? 0);
  const needed = marginOf(order.contract, opened, price);
  const { available } = fundsOf(ledger, order.account);
  if (needed.lte(available)) return undefined;
  const words = `Available: ${text(available.toDecimalPlaces(2))}, needed: ${text(needed.toDecimalPlaces(2))}`;
  return { code: 201, message: `Order rejected - reason:YOUR ORDER IS NOT ACCEPTED. INSUFFICIENT FUNDS. ${words}` };
}
