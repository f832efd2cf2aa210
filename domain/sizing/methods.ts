import { dec, Decimal, ZERO } from '../money/decimal';
import type { DecimalString } from '../money/decimal';

/** What a way of sizing wishes for, in units and before any limit; never negative. */
export interface SizingWish {
  readonly bound: 'volatility' | 'fixed_notional' | 'kelly';
  readonly quantity: Decimal;
}

/**
 * Volatility targeting: `quantity = equity × target / ATR`, so that a move of one average true range changes the equity by
 * `target` whatever the instrument. The "N" units of the Turtle traders (C. Faith, "Way of the Turtle", 2007). An
 * instrument that does not move at all says nothing about its risk: 0. `atr` is what the range is worth for one unit.
 */
export function volatilityTarget(equity: DecimalString, target: DecimalString, atr: DecimalString): SizingWish {
  const quantity = dec(atr).lte(0) ? ZERO : Decimal.max(ZERO, dec(equity)).mul(target).div(atr);
  return { bound: 'volatility', quantity };
}

/** Always the same notional: `quantity = notional / price`, the price what one unit is worth, above 0. */
export function fixedNotional(notional: DecimalString, price: DecimalString): SizingWish {
  return { bound: 'fixed_notional', quantity: dec(notional).div(price) };
}

/** What is known of a strategy's trades. */
export interface Edge {
  /** Share of its trades that win, from 0 to 1. */
  readonly winProbability: DecimalString;
  /** Average gain of a winner over average loss of a loser, above 0. */
  readonly payoff: DecimalString;
}

/**
 * The share of the equity that Kelly's criterion stakes: `p − (1 − p) / b`; 0 without an edge.
 * Source: J. L. Kelly, "A New Interpretation of Information Rate", Bell System Technical Journal 35 (1956).
 */
export function kellyShare({ winProbability, payoff }: Edge): Decimal {
  return Decimal.max(ZERO, dec(winProbability).minus(dec(1).minus(winProbability).div(payoff)));
}

/**
 * Fractional Kelly with a cap: `quantity = equity × min(cap, fraction × f*) / riskPerUnit`. The full share assumes that the
 * edge is known exactly and is ruinous when it is not (E. O. Thorp, "The Kelly Criterion in Blackjack, Sports Betting and
 * the Stock Market", 2006), hence both. A stop that equals the entry says nothing about the risk: 0.
 */
export function fractionalKelly(
  equity: DecimalString,
  edge: Edge,
  { fraction, cap }: { readonly fraction: DecimalString; readonly cap: DecimalString },
  riskPerUnit: Decimal,
): SizingWish {
  const share = Decimal.min(cap, kellyShare(edge).mul(fraction));
  const stake = Decimal.max(ZERO, dec(equity)).mul(share);
  return { bound: 'kelly', quantity: riskPerUnit.lte(0) ? ZERO : stake.div(riskPerUnit) };
}
