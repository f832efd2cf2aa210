import { dec, Decimal, text } from '../money/decimal';
import type { DecimalString } from '../money/decimal';
import { quantiseTerms } from '../instrument/rules';
import type { Instrument } from '../instrument/instrument';
import type { OrderTerms, Side } from '../order/order';
import type { Protection, TradeFacts } from './facts';
import type { TrailingDistance } from './spec';
import { isStop, reducingSide } from './trade-orders';

/**
 * What a protective stop is sent as when it stands at a level: a plain stop, or a trailing one where the trade wants that
 * at the venue.
 */
export function protectiveTerms(stopPrice: DecimalString, trailing: TrailingDistance | undefined): OrderTerms {
  if (trailing?.native !== true) return { type: 'stop', stopPrice };
  const distance = 'bps' in trailing ? { trailBps: trailing.bps } : { trailAmount: trailing.amount };
  const { limitOffset } = trailing;
  return limitOffset === undefined
    ? { type: 'trailing-stop', ...distance, stopPrice }
    : { type: 'trailing-stop-limit', ...distance, stopPrice, limitOffset };
}

/** The level that trails the best price by a distance, on the losing side. */
export function trailingLevel(held: Decimal, best: DecimalString, trailing: TrailingDistance): DecimalString {
  const distance = 'bps' in trailing ? dec(best).mul(trailing.bps).div(10_000) : dec(trailing.amount);
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
  const terms = quantiseTerms(instrument, side, 'reduce', { type: 'stop', stopPrice });
  return terms.type === 'stop' ? terms.stopPrice : stopPrice;
}
