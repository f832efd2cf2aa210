import type { Instrument } from '../instrument/instrument';
import { worthOf } from '../instrument/worth';
import { dec, Decimal, floorTo, text, ZERO } from '../money/decimal';
import type { DecimalString } from '../money/decimal';

/** What can limit a size: the money at risk, what the caller asked for, or room that is left under a cap. */
export const SIZING_BOUNDS = [
  'risk',
  'volatility',
  'fixed_notional',
  'kelly',
  'position_size',
  'concentration',
  'leverage',
  'net_leverage',
  'sector_exposure',
  'group_exposure',
  'strategy_exposure',
  'var_limit',
  'buying_power',
  'requested_quantity',
  'requested_notional',
] as const;
export type SizingBound = (typeof SIZING_BOUNDS)[number];

/** The bounds that are given in units. */
export type UnitBound = 'risk' | 'volatility' | 'fixed_notional' | 'kelly' | 'var_limit';

/** Room for notional in quote currency; below 0 counts as none. */
export interface NotionalCap {
  readonly bound: Exclude<SizingBound, UnitBound | 'requested_quantity'>;
  readonly notional: DecimalString;
}

/** All prices as the market quotes them; no amount may be negative, except equity and room that is already used up. */
export interface FixedFractionInput extends Pick<Instrument, 'future'> {
  /** What the account is worth, in quote currency; at or below 0 the size is 0. */
  readonly equity: DecimalString;
  /** Share of the equity that may be lost if the stop is hit, from 0 to 1. */
  readonly riskFraction: DecimalString;
  /** The worst price at which the entry is expected to fill. */
  readonly entryPrice: DecimalString;
  readonly stopPrice: DecimalString;
  /** How far beyond the stop the exit is assumed to fill, as a fraction of the stop price; `0` trusts the stop. */
  readonly gapAllowance: DecimalString;
  /** The price that values the position for the caps, above 0. */
  readonly referencePrice: DecimalString;
  readonly lot: DecimalString;
  readonly caps: readonly NotionalCap[];
  /** What another way of sizing wishes for, or a limit in units allows. */
  readonly wishes?: readonly { readonly bound: UnitBound; readonly quantity: Decimal }[];
  /** Highest quantity that was asked for or approved, in units. */
  readonly maxQuantity?: DecimalString;
}

/** A size and its reason. */
export interface FixedFractionSize {
  /** Units, a multiple of the lot; 0 when no lot fits. */
  readonly quantity: DecimalString;
  /** The bound that gave the quantity; of several equal ones the first in the order of `bounds`. */
  readonly binding: SizingBound;
  /** What one unit loses when the stop is hit, in quote currency, gap allowance included; 0 when the stop equals the entry. */
  readonly riskPerUnit: DecimalString;
  /** The quantity that each bound alone would allow, before rounding to the lot. */
  readonly bounds: readonly { readonly bound: SizingBound; readonly quantity: DecimalString }[];
}

/** Quantities here may have endless digits; what is reported is cut, never rounded up. */
function cut(value: Decimal): DecimalString {
  return text(value.toDecimalPlaces(18, Decimal.ROUND_DOWN));
}

/** What one unit loses when it is stopped out, in quote currency, gap allowance included; 0 when the stop equals the entry. */
export function riskPerUnit(
  instrument: Pick<Instrument, 'future'>,
  entry: DecimalString,
  stop: DecimalString,
  gapAllowance: DecimalString,
): Decimal {
  const distance = dec(entry).minus(stop).abs();
  if (distance.isZero()) return ZERO;
  return worthOf(instrument, dec(1), distance.plus(dec(gapAllowance).mul(stop)));
}

/**
 * Fixed fractional position sizing: `quantity = equity × fraction / ((|entry − stop| + gapAllowance × stop) × multiplier)`,
 * so that a trade stopped out loses the same share of the equity whatever its instrument (R. Vince, "Portfolio Management
 * Formulas", 1990; Van Tharp calls it the percent risk model). Caps on notional and quantity may make it smaller, and
 * the result is floored to the lot, so no bound is ever exceeded. A stop that equals the entry says nothing about the
 * risk: the size is 0, not unlimited.
 */
export function fixedFraction(input: FixedFractionInput): FixedFractionSize {
  const perUnit = riskPerUnit(input, input.entryPrice, input.stopPrice, input.gapAllowance);
  const budget = Decimal.max(ZERO, dec(input.equity).mul(input.riskFraction));
  const byRisk = { bound: 'risk' as SizingBound, quantity: perUnit.isZero() ? ZERO : budget.div(perUnit) };
  const byCaps = input.caps.map(({ bound, notional }) => ({
    bound,
    quantity: Decimal.max(ZERO, dec(notional)).div(worthOf(input, dec(1), input.referencePrice)),
  }));
  const byRequest =
    input.maxQuantity === undefined
      ? []
      : [{ bound: 'requested_quantity' as SizingBound, quantity: dec(input.maxQuantity) }];
  const bounds: { bound: SizingBound; quantity: Decimal }[] = [
    byRisk,
    ...(input.wishes ?? []),
    ...byCaps,
    ...byRequest,
  ];
  const tightest = bounds.reduce((least, next) => (next.quantity.lt(least.quantity) ? next : least), byRisk);
  return {
    quantity: text(floorTo(tightest.quantity, dec(input.lot))),
    binding: tightest.bound,
    riskPerUnit: cut(perUnit),
    bounds: bounds.map(({ bound, quantity }) => ({ bound, quantity: cut(quantity) })),
  };
}
