import { dec, floorTo, text } from '../money/decimal';
import type { Decimal, DecimalString } from '../money/decimal';
import { isTerminal } from '../order/state';
import type { OrderTerms, Side } from '../order/order';
import type { OrderFacts, TradeFacts } from './facts';

/** Stop orders that a position may have at once; a further fill replaces the last of them. */
export const MAX_STOP_PIECES = 3;

/** What the stops of a position lack. */
export type MissingProtection =
  | { readonly kind: 'none' }
  /** Send one more stop. At market when the price is already beyond the trigger. */
  | { readonly kind: 'add'; readonly leg: string; readonly quantity: DecimalString; readonly terms: OrderTerms }
  /** This stop must go first: its quantity is wrong, or it makes room for a larger one. */
  | { readonly kind: 'replace'; readonly order: OrderFacts }
  /** The venue does not take the stop: the watcher stands in for it. */
  | { readonly kind: 'emulate'; readonly why: string };

/** The side of an order that reduces a position of this sign. */
export function stopSide(held: Decimal): Side {
  return held.gt(0) ? 'sell' : 'buy';
}

/** True when the price is at the stop or past it, for a position of this sign. */
export function isBeyondStop(held: Decimal, stopPrice: DecimalString, price: DecimalString): boolean {
  return held.gt(0) ? dec(price).lte(stopPrice) : dec(price).gte(stopPrice);
}

/** Compares a position with the stops that work for it. The stops never cover more than the position. */
export function missingProtection(facts: TradeFacts, held: Decimal): MissingProtection {
  const protection = facts.protection;
  if (!protection) return { kind: 'none' };
  const stops = facts.orders.filter((o) => o.leg.startsWith('stop'));
  const working = stops.filter((o) => !isTerminal(o.state));
  // A stop in doubt counts as working: whether it is there is being found out.
  const covered = working.reduce((sum, o) => sum.add(dec(o.quantity).sub(o.booked)), dec(0));
  const gap = held.abs().sub(covered);
  const last = working.at(-1);
  if (gap.lt(0)) return last && canCancel(last) ? { kind: 'replace', order: last } : { kind: 'none' };
  const quantity = floorTo(gap, dec(facts.instrument.lot));
  const beyond = mustLeaveAtMarket(facts, held, stops);
  if (protection.emulated && !beyond) return { kind: 'none' };
  if (quantity.isZero()) return { kind: 'none' };
  const small =
    quantity.lt(facts.instrument.minQuantity) || quantity.mul(protection.stopPrice).lt(facts.instrument.minNotional);
  if (last && (small || working.length >= MAX_STOP_PIECES)) {
    return canCancel(last) ? { kind: 'replace', order: last } : { kind: 'none' };
  }
  if (small) return { kind: 'none' };
  const refused = latest(stops)?.rejectCode;
  if (refused && refused !== 'would_trigger_immediately' && !beyond) return { kind: 'emulate', why: refused };
  return {
    kind: 'add',
    leg: freeLeg(working),
    quantity: text(quantity),
    terms: beyond ? { type: 'market' } : { type: 'stop', stopPrice: protection.stopPrice },
  };
}

function canCancel(order: OrderFacts): boolean {
  return order.state === 'open' || order.state === 'partial';
}

/** The stop's trigger is reached already, by our price or by the venue's own word. */
function mustLeaveAtMarket(facts: TradeFacts, held: Decimal, stops: readonly OrderFacts[]): boolean {
  if (facts.protection?.fired === 'stop') return true;
  if (latest(stops)?.rejectCode === 'would_trigger_immediately') return true;
  if (!facts.market.open || !facts.protection || facts.market.price === null) return false;
  return isBeyondStop(held, facts.protection.stopPrice, facts.market.price);
}

function latest(stops: readonly OrderFacts[]): OrderFacts | undefined {
  return stops.at(-1);
}

function freeLeg(working: readonly OrderFacts[]): string {
  const used = new Set(working.map((o) => o.leg));
  return ['stop', 'stop-2', 'stop-3'].find((leg) => !used.has(leg)) ?? 'stop';
}
