import { assertNever } from '../assert-never';
import { ceilTo, dec, Decimal, floorTo, isMultipleOf, text } from '../money/decimal';
import type { DecimalString } from '../money/decimal';
import type { OrderTerms, Side, TrailDistance } from '../order/order';
import type { Instrument } from './instrument';
import { worthOf } from './worth';

/** What an order does to the trade's position: it opens or enlarges it, or it makes it smaller (stop, exit). */
export type OrderEffect = 'increase' | 'reduce';

/** The venue's filters that an order can break. */
export const ORDER_RULES = ['tick', 'lot', 'min_quantity', 'min_notional'] as const;
export type OrderRule = (typeof ORDER_RULES)[number];

/** One broken filter: which rule, which field of the order, its value and the bound that it misses. */
export interface RuleViolation {
  readonly rule: OrderRule;
  readonly field: 'quantity' | 'price' | 'stopPrice' | 'trailAmount' | 'limitOffset' | 'notional';
  readonly value: DecimalString;
  /** The tick, the lot or the minimum, as the instrument states it. */
  readonly bound: DecimalString;
}

/** What is checked against an instrument's filters. */
export interface CheckedOrder {
  /** In units of the base asset. */
  readonly quantity: DecimalString;
  readonly terms: OrderTerms;
  /** Price that values a market order, in quote currency; the others are valued at the lowest price they name. */
  readonly referencePrice: DecimalString;
}

/** The largest multiple of the lot that is not above `quantity` (at least 0): a quantity is never rounded up. */
export function quantiseQuantity(instrument: Pick<Instrument, 'lot'>, quantity: DecimalString): DecimalString {
  return text(floorTo(dec(quantity), dec(instrument.lot)));
}

function round(price: DecimalString, tick: DecimalString, towards: 'up' | 'down'): DecimalString {
  return text(towards === 'up' ? ceilTo(dec(price), dec(tick)) : floorTo(dec(price), dec(tick)));
}

/**
 * The terms with prices on the tick, each rounded to the side that never adds risk.
 *
 * - **Limit**: a buy rounds down, a sell up, so that it never trades at a worse price than was meant.
 * - **Stop that reduces** (a protective stop): a sell rounds up, a buy down. That is towards the market: the stop
 *   triggers no later than was meant, so the loss per unit is never larger than the one the trade was sized for.
 * - **Stop that increases** (an entry on a break-out): a buy rounds up, a sell down. That is away from the market: no
 *   position is opened at a price that did not reach the level that was meant.
 * - **Stop-limit**: its stop as above. Its limit as a limit when it increases; when it reduces, the other way round,
 *   because there the danger is not a tick of price but a protection that does not fill.
 * - **Trailing stop**: where it stands at first as a stop. Its amount rounds down, but not to 0: it never lags further
 *   behind the market than was meant. The offset of a trailing stop-limit as its limit: up when it reduces, else down.
 *
 * A price below one tick that rounds down becomes 0, which `checkOrder` then reports as a `tick` violation.
 */
export function quantiseTerms(
  instrument: Pick<Instrument, 'tick'>,
  side: Side,
  effect: OrderEffect,
  terms: OrderTerms,
): OrderTerms {
  const { tick } = instrument;
  const passive = side === 'buy' ? 'down' : 'up';
  const active = side === 'buy' ? 'up' : 'down';
  const stop = effect === 'increase' ? active : passive;
  switch (terms.type) {
    case 'market':
      return terms;
    case 'limit':
      return { ...terms, price: round(terms.price, tick, passive) };
    case 'stop':
      return { type: 'stop', stopPrice: round(terms.stopPrice, tick, stop) };
    case 'stop-limit': {
      const limit = effect === 'increase' ? passive : active;
      return {
        type: 'stop-limit',
        stopPrice: round(terms.stopPrice, tick, stop),
        price: round(terms.price, tick, limit),
      };
    }
    case 'trailing-stop':
      return {
        ...terms,
        ...trailOnTick(terms, tick),
        ...(terms.stopPrice === undefined ? {} : { stopPrice: round(terms.stopPrice, tick, stop) }),
      };
    case 'trailing-stop-limit':
      return {
        ...terms,
        ...trailOnTick(terms, tick),
        stopPrice: round(terms.stopPrice, tick, stop),
        limitOffset: round(terms.limitOffset, tick, effect === 'increase' ? 'down' : 'up'),
      };
    default:
      return assertNever(terms);
  }
}

/** The price of a protective stop on the tick, rounded as `quantiseTerms` does: towards the market. @param side of the stop */
export function quantiseStop(
  instrument: Pick<Instrument, 'tick'>,
  side: Side,
  stopPrice: DecimalString,
): DecimalString {
  return round(stopPrice, instrument.tick, side === 'buy' ? 'down' : 'up');
}

function trailOnTick(distance: TrailDistance, tick: DecimalString): TrailDistance {
  if (!('trailAmount' in distance)) return { trailBps: distance.trailBps };
  return { trailAmount: text(Decimal.max(tick, round(distance.trailAmount, tick, 'down'))) };
}

type NamedPrice = { readonly field: 'price' | 'stopPrice'; readonly value: DecimalString };

function namedPrices(terms: OrderTerms): readonly NamedPrice[] {
  switch (terms.type) {
    case 'market':
      return [];
    case 'trailing-stop':
    case 'trailing-stop-limit':
      return terms.stopPrice === undefined ? [] : [{ field: 'stopPrice', value: terms.stopPrice }];
    case 'limit':
      return [{ field: 'price', value: terms.price }];
    case 'stop':
      return [{ field: 'stopPrice', value: terms.stopPrice }];
    case 'stop-limit':
      return [
        { field: 'stopPrice', value: terms.stopPrice },
        { field: 'price', value: terms.price },
      ];
    default:
      return assertNever(terms);
  }
}

/** What terms name in quote currency and is no price. */
interface NamedDistance {
  readonly field: 'trailAmount' | 'limitOffset';
  readonly value: DecimalString;
}

/** The distances that the terms name: how far a stop trails, and how far a limit lies beyond it. */
export function namedDistances(terms: OrderTerms): readonly NamedDistance[] {
  const distances: NamedDistance[] = [];
  if ('trailAmount' in terms) distances.push({ field: 'trailAmount', value: terms.trailAmount });
  if ('limitOffset' in terms) distances.push({ field: 'limitOffset', value: terms.limitOffset });
  return distances;
}

/** The prices and distances of the terms that are not multiples of the tick above 0. */
export function checkPrices(instrument: Pick<Instrument, 'tick'>, terms: OrderTerms): readonly RuleViolation[] {
  return [...namedPrices(terms), ...namedDistances(terms)]
    .filter(({ value }) => !dec(value).gt(0) || !isMultipleOf(dec(value), dec(instrument.tick)))
    .map(({ field, value }) => ({ rule: 'tick', field, value, bound: instrument.tick }));
}

/**
 * All filters of the instrument that the order breaks, prices first; empty when the venue would take it. A price must
 * be a multiple of the tick above 0, a quantity a multiple of the lot and not below the minimum, and its worth at the
 * lowest price that the order names (market: the reference price) not below the minimum notional. Venues check a
 * stop's notional again when it triggers, so a caller with a choice stays well above the minimum.
 */
export function checkOrder(instrument: Instrument, order: CheckedOrder): readonly RuleViolation[] {
  const violations = [...checkPrices(instrument, order.terms)];
  const prices = namedPrices(order.terms);
  const quantity = dec(order.quantity);
  if (!isMultipleOf(quantity, dec(instrument.lot))) {
    violations.push({ rule: 'lot', field: 'quantity', value: order.quantity, bound: instrument.lot });
  }
  if (!quantity.gt(0) || quantity.lt(instrument.minQuantity)) {
    violations.push({ rule: 'min_quantity', field: 'quantity', value: order.quantity, bound: instrument.minQuantity });
  }
  const lowest = prices.length === 0 ? dec(order.referencePrice) : Decimal.min(...prices.map((price) => price.value));
  const notional = worthOf(instrument, quantity, lowest);
  if (notional.lt(instrument.minNotional)) {
    violations.push({ rule: 'min_notional', field: 'notional', value: text(notional), bound: instrument.minNotional });
  }
  return violations;
}
