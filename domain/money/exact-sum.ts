import { dec, ZERO } from './decimal';
import type { Decimal, DecimalString } from './decimal';

/** Integers up to here, and their sums while below it, are exact as numbers. */
const EXACT = Number.MAX_SAFE_INTEGER;

/** A decimal as a whole number of its smallest digits; undefined when a number cannot hold it exactly. */
function scaled(text: string): { readonly units: number; readonly places: number } | undefined {
  const point = text.indexOf('.');
  const units = point < 0 ? Number(text) : Number(text.slice(0, point) + text.slice(point + 1));
  return Math.abs(units) <= EXACT ? { units, places: point < 0 ? 0 : text.length - point - 1 } : undefined;
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
    const [left, right] = [scaled(a), scaled(b)];
    const product = left === undefined || right === undefined ? NaN : left.units * right.units;
    const places = (left?.places ?? 0) + (right?.places ?? 0);
    const sum = (this.units[places] ?? 0) + (absolute ? Math.abs(product) : product);
    // The product itself must be exact too; its sum with others of one sign alone would not show that it was not.
    if (Math.abs(product) <= EXACT && Math.abs(sum) <= EXACT) this.units[places] = sum;
    else this.rest = this.rest.plus(absolute ? dec(a).mul(b).abs() : dec(a).mul(b));
  }

  value(): Decimal {
    let total = this.rest;
    this.units.forEach((units, places) => {
      total = total.plus(dec(units).div(dec(10).pow(places)));
    });
    return total;
  }
}
