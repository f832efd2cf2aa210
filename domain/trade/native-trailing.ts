import { dec, Decimal, text } from '../money/decimal';
import type { DecimalString } from '../money/decimal';
import { quantiseStop } from '../instrument/rules';
import type { Instrument } from '../instrument/instrument';
import type { OrderTerms, Side, TrailDistance } from '../order/order';
import { distanceFrom } from '../order/trailing';
import type { Protection, TradeFacts } from './facts';
import type { TrailingDistance } from './spec';
import { isStop, reducingSide } from './trade-orders';

/**
 * What a protective stop is sent as when it stands at a level: a plain stop, or a trailing one where the trade wants that
 * at the venue.
 */
export function protectiveTerms(stopPrice: DecimalString, trailing: TrailingDistance | undefined): OrderTerms {
  if (trailing?.native !== true) return { type: 'stop', stopPrice };
  const { limitOffset } = trailing;
  const distance = distanceOf(trailing);
  return limitOffset === undefined
    ? { type: 'trailing-stop', ...distance, stopPrice }
    : { type: 'trailing-stop-limit', ...distance, stopPrice, limitOffset };
}

function distanceOf(trailing: TrailingDistance): TrailDistance {
  return 'bps' in trailing ? { trailBps: trailing.bps } : { trailAmount: trailing.amount };
}

/** The level that trails the best price by a distance, on the losing side. */
export function trailingLevel(held: Decimal, best: DecimalString, trailing: TrailingDistance): DecimalString {
  const distance = distanceFrom(dec(best), distanceOf(trailing));
  return text(held.gt(0) ? dec(best).sub(distance) : dec(best).add(distance));
}

/**
 * The level that a trade's stop has reached, on the tick: its own price; once a trailing stop rests at the venue, the
 * tightest of that, of where the venue has shown any of its stops, and of what the watcher's best price makes of its
 * distance. A stop that takes another's place begins here, so that none ever loosens.
 */
export function reachedStop(facts: TradeFacts, held: Decimal, protection: Protection): DecimalString {
  const { best, stopPrice, trailing } = protection;
  if (trailing?.native !== true) return stopPrice;
  const side = reducingSide(held);
  const shown = facts.orders
    .filter((order) => isStop(order) && order.side === side)
    .flatMap(({ stopPrice: first, venueStopPrice }) => [first, venueStopPrice ?? null])
    .filter((level) => level !== null);
  const followed = best === undefined ? [] : [trailingLevel(held, best, trailing)];
  return tightest(facts.instrument, side, [stopPrice, ...shown, ...followed]);
}

function tightest(instrument: Instrument, side: Side, levels: readonly DecimalString[]): DecimalString {
  const all = levels.map((level) => dec(level));
  const stopPrice = text(side === 'sell' ? Decimal.max(...all) : Decimal.min(...all));
  return quantiseStop(instrument, side, stopPrice);
}
