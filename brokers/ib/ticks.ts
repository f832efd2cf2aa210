import { namedDistances } from '../../domain/instrument/rules';
import { dec, Decimal, isMultipleOf } from '../../domain/money/decimal';
import type { DecimalString } from '../../domain/money/decimal';
import { stopPriceOf } from '../../domain/order/order';
import type { OrderTerms } from '../../domain/order/order';

/** From `from` on, prices are multiples of `tick`. */
export interface PriceBand {
  readonly from: DecimalString;
  readonly tick: DecimalString;
}

/** A price that is off its band's tick. */
export interface OffTick {
  readonly field: 'price' | 'stopPrice' | 'trailAmount' | 'limitOffset';
  readonly value: DecimalString;
  readonly tick: DecimalString;
}

/**
 * The tick that holds at a price: that of the last band that begins at or below it.
 * @throws RangeError without a band
 */
export function tickAt(bands: readonly PriceBand[], price: DecimalString): DecimalString {
  const [first] = bands;
  if (first === undefined) throw new RangeError('an instrument needs a price band');
  return bands.reduce((tick, band) => (dec(band.from).lte(price) ? band.tick : tick), first.tick);
}

/**
 * One tick that every price on it satisfies in all bands: what an instrument with one tick can be described by. The
 * largest tick does only if it is a multiple of all others, which market rules of exchanges keep.
 * @throws RangeError where the bands have no such tick
 */
export function coarsestTick(bands: readonly PriceBand[]): DecimalString {
  const [first, ...rest] = bands;
  if (first === undefined) throw new RangeError('an instrument needs a price band');
  const coarsest = rest.reduce((most, { tick }) => (dec(tick).gt(most) ? tick : most), first.tick);
  const odd = bands.find(({ tick }) => !isMultipleOf(dec(coarsest), dec(tick)));
  if (odd !== undefined) throw new RangeError(`tick ${coarsest} is no multiple of the tick ${odd.tick}`);
  return coarsest;
}

/** The prices and distances of an order that are not on the tick of their band; TWS answers such an order with error 110. */
export function offTick(bands: readonly PriceBand[], terms: OrderTerms): readonly OffTick[] {
  const named: Omit<OffTick, 'tick'>[] = [];
  if ('price' in terms) named.push({ field: 'price', value: terms.price });
  const stopPrice = stopPriceOf(terms);
  if (stopPrice !== undefined) named.push({ field: 'stopPrice', value: stopPrice });
  // Distances lead to prices in any band.
  return [
    ...named.map((price) => ({ ...price, tick: tickAt(bands, price.value) })),
    ...namedDistances(terms).map((distance) => ({ ...distance, tick: coarsestTick(bands) })),
  ].filter(({ value, tick }) => !new Decimal(value).gt(0) || !isMultipleOf(dec(value), dec(tick)));
}
