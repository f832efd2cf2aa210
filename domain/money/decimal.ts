import { Decimal } from 'decimal.js';

/** Forty significant digits: more than any price times any quantity needs, and never an exponent in the output. */
Decimal.set({ precision: 40, toExpNeg: -1e9, toExpPos: 1e9, rounding: Decimal.ROUND_HALF_EVEN });

/**
 * An exact decimal amount in plain notation, such as `-12.5`: the only form in which prices, quantities, fees and
 * cash cross a module's border. What it counts (currency, units of an instrument) is said by the field's name.
 */
export type DecimalString = string & { readonly __brand: 'DecimalString' };

const PLAIN = /^-?\d{1,20}(\.\d{1,18})?$/;

/** True for plain decimal notation: no exponent, no leading `+`, at most 20 digits before and 18 after the point. */
export function isDecimalString(text: string): text is DecimalString {
  return PLAIN.test(text);
}

/** A decimal amount read from text. @throws RangeError when the text is not plain decimal notation. */
export function decimalString(text: string): DecimalString {
  if (!isDecimalString(text)) throw new RangeError(`not a plain decimal: ${text.slice(0, 40)}`);
  return text;
}

/** The amount as a number type that can be computed with, without loss. */
export function dec(value: DecimalString | string | number | Decimal): Decimal {
  return new Decimal(value);
}

/** The amount as text, without trailing zeros and without an exponent; at most 18 digits after the point. */
export function text(value: Decimal): DecimalString {
  return value.toDecimalPlaces(18).toFixed() as DecimalString;
}

/** The largest multiple of `step` that is not above `value`. Both are at least 0, `step` above 0. */
export function floorTo(value: Decimal, step: Decimal): Decimal {
  return value.div(step).floor().mul(step);
}

/** The smallest multiple of `step` that is not below `value`. Both are at least 0, `step` above 0. */
export function ceilTo(value: Decimal, step: Decimal): Decimal {
  return value.div(step).ceil().mul(step);
}

/** True when `value` is an exact multiple of `step`. */
export function isMultipleOf(value: Decimal, step: Decimal): boolean {
  return value.mod(step).isZero();
}

export const ZERO = new Decimal(0);
export { Decimal };
