import type { EpochMillis } from '../../domain/clock/instant';
import { dec, Decimal, text, ZERO } from '../../domain/money/decimal';
import type { DecimalString } from '../../domain/money/decimal';
import type { SimContract } from './contracts';
import type { IbFill } from './order';

/** What an account holds of one contract. */
export interface IbPosition {
  readonly contract: SimContract;
  /** Below 0 when sold short. */
  readonly quantity: Decimal;
  /** What one unit cost on average, the multiplier included, commissions not. */
  readonly averageCost: Decimal;
  /** Earned by closing, before commissions. */
  readonly realized: Decimal;
}

/** Currency of one point of price for one unit. */
export function multiplierOf({ multiplier }: Pick<SimContract, 'multiplier'>): Decimal {
  return dec(multiplier === '' ? 1 : multiplier);
}

/** A position after an execution. */
export function after(
  position: IbPosition | undefined,
  fill: Pick<IbFill, 'contract' | 'side' | 'quantity' | 'price'>,
): IbPosition {
  const held = position?.quantity ?? ZERO;
  const cost = position?.averageCost ?? ZERO;
  const realized = position?.realized ?? ZERO;
  const change = dec(fill.quantity).mul(fill.side === 'buy' ? 1 : -1);
  const value = dec(fill.price).mul(multiplierOf(fill.contract));
  const quantity = held.plus(change);
  if (held.isZero() || held.isPositive() === change.isPositive()) {
    const paid = held.abs().mul(cost).plus(change.abs().mul(value));
    return { contract: fill.contract, quantity, averageCost: paid.div(quantity.abs()), realized };
  }
  const closed = Decimal.min(held.abs(), change.abs());
  const earned = closed.mul(value.minus(cost)).mul(held.isPositive() ? 1 : -1);
  const turned = change.abs().gt(held.abs());
  const averageCost = quantity.isZero() ? ZERO : turned ? value : cost;
  return { contract: fill.contract, quantity, averageCost, realized: realized.plus(earned) };
}

/** What an execution earns by closing, before its commission; null when it only opens. */
export function earnedBy(
  position: IbPosition | undefined,
  fill: Pick<IbFill, 'contract' | 'side' | 'quantity' | 'price'>,
): DecimalString | null {
  const held = position?.quantity ?? ZERO;
  if (held.isZero() || held.isPositive() === (fill.side === 'buy')) return null;
  return text(after(position, fill).realized.minus(position?.realized ?? ZERO));
}

/** What closes a position when its contract expires. It belongs to no order, and no query shows it. */
export function settlementOf(position: IbPosition, account: string, at: Decimal, moment: EpochMillis): IbFill {
  const { contract, quantity } = position;
  const side = quantity.isPositive() ? 'sell' : 'buy';
  const own = { contract, side, quantity: text(quantity.abs()), price: text(at) } as const;
  return {
    ...{ ...own, id: `settlement.${contract.conId}.${account}`, permId: 0, orderId: '0', account, at: moment },
    ...{ cumulative: own.quantity, averagePrice: at, commission: text(ZERO), liquidity: 'taker', corrected: false },
    realized: earnedBy(position, own),
  };
}

/** The positions after executions, oldest first; those that a correction stands in for do not count. */
export function positionsAfter(fills: readonly IbFill[]): ReadonlyMap<number, IbPosition> {
  const positions = new Map<number, IbPosition>();
  for (const fill of fills)
    if (!fill.corrected) positions.set(fill.contract.conId, after(positions.get(fill.contract.conId), fill));
  return positions;
}
