import { dec, Decimal, isDecimalString, text } from '../../domain/money/decimal';
import type { DecimalString } from '../../domain/money/decimal';

/** What TWS sends for a double, an integer or a long that it has no value for. */
const UNSET: ReadonlySet<number> = new Set([Number.MAX_VALUE, 2_147_483_647, Number.MAX_SAFE_INTEGER]);

/**
 * An amount of TWS as exact text; undefined for a value that TWS marks as not set, or that is none. The interface carries
 * doubles: the shortest text that reads back as the same double is what was meant.
 */
export function amountOf(value: number | undefined): DecimalString | undefined {
  if (value === undefined || !Number.isFinite(value) || UNSET.has(value) || Math.abs(value) >= 1e20) return undefined;
  return text(new Decimal(value));
}

/** An amount that TWS states as text; undefined for one that it marks as not set, or that is no plain number. */
export function statedAmount(value: string): DecimalString | undefined {
  return isDecimalString(value) ? text(dec(value)) : undefined;
}

/**
 * An exact amount as the double that the interface takes.
 * @throws RangeError for an amount that no double holds exactly in its shortest text: it would be sent as another one.
 */
export function doubleOf(amount: DecimalString): number {
  const value = Number(amount);
  if (!new Decimal(value).eq(amount)) throw new RangeError(`${amount} has too many digits for TWS`);
  return value;
}

/** The largest order id that TWS takes; the one above it means "not set". */
export const LAST_ORDER_NUMBER = 2_147_483_646;
