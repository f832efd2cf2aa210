import { dec, ZERO } from './decimal';
import type { Decimal, DecimalString } from './decimal';

/** Integers up to here, and their sums while below it, are exact as numbers. */
const EXACT = Number.MAX_SAFE_INTEGER;

const [MINUS, POINT, ZERO_DIGIT] = [45, 46, 48];

/** Digits after the point of the text that was read last; a second result without an object for it. */
let places = 0;

/** A decimal as a whole number of its smallest digits, with their count in `places`; NaN when a number cannot hold it exactly. */
function readUnits(text: string): number {
  let units = 0;
  let point = -1;
  const negative = text.charCodeAt(0) === MINUS;
  for (let index = negative ? 1 : 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (code === POINT) point = index;
    else units = units * 10 + (code - ZERO_DIGIT);
  }
  places = point < 0 ? 0 : text.length - point - 1;
  if (units > EXACT) return NaN;
  return negative ? -units : units;
}

/**
 * Adds up products of decimals without losing a digit, about ten times as fast as by `Decimal`: whole numbers of smallest
 * digits are added as numbers for as long as those are exact, and the rest by `Decimal`.
 */
export class ExactSum {
  private readonly units: number[] = [];
  private rest: Decimal = ZERO;

  /** Adds `a × b`, or its absolute value. */
  addProduct(a: DecimalString, b: DecimalString, absolute = false): void {
    const left = readUnits(a);
    const leftPlaces = places;
    const product = left * readUnits(b);
    const scale = leftPlaces + places;
    const sum = (this.units[scale] ?? 0) + (absolute ? Math.abs(product) : product);
    // The product itself must be exact too; its sum with others of one sign alone would not show that it was not.
    if (Math.abs(product) <= EXACT && Math.abs(sum) <= EXACT) this.units[scale] = sum;
    else this.rest = this.rest.plus(absolute ? dec(a).mul(b).abs() : dec(a).mul(b));
  }

  value(): Decimal {
    let total = this.rest;
    this.units.forEach((units, scale) => {
      total = total.plus(dec(units).div(dec(10).pow(scale)));
    });
    return total;
  }
}
