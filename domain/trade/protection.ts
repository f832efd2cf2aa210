import { dec, text } from '../money/decimal';
import type { Decimal, DecimalString } from '../money/decimal';
import { isLive } from '../order/state';
import { isTrailing } from '../order/order';
import type { OrderTerms } from '../order/order';
import type { OrderFacts, Protection, TradeFacts } from './facts';
import { protectiveTerms, reachedStop } from './native-trailing';
import { canCancel, isSellable, isStop, reducingSide, uncovered, wholeLots } from './trade-orders';

/** Stop orders that a position may have at once; a further fill replaces the last of them. */
const MAX_STOP_PIECES = 3;

/** Stops in a row that the venue refused, after which the watcher stands in without a further attempt. */
export const MAX_REFUSED_STOPS = 5;

/** What the stops of a position lack. */
export type MissingProtection =
  | { readonly kind: 'none' }
  /** Send one more stop. At market when the price is already beyond the trigger. */
  | { readonly kind: 'add'; readonly leg: string; readonly quantity: DecimalString; readonly terms: OrderTerms }
  /** This order must go first: its quantity is wrong, or it makes room for a larger stop. */
  | { readonly kind: 'replace'; readonly order: OrderFacts }
  /** The venue does not take the stop: the watcher stands in for it. */
  | {
      readonly kind: 'emulate';
      readonly why: string;
      /** The level that a trailing stop at the venue had reached, where it is to stand in for one. */
      readonly stopPrice?: DecimalString;
    }
  /** The venue rests stops for all of the position: nobody needs to stand in any more. */
  | { readonly kind: 'native' };

const NONE: MissingProtection = { kind: 'none' };

/** True when the price is at the stop or past it, for a position of this sign. */
export function isBeyondStop(held: Decimal, stopPrice: DecimalString, price: DecimalString): boolean {
  return held.gt(0) ? dec(price).lte(stopPrice) : dec(price).gte(stopPrice);
}

/**
 * Compares a position with the orders that may still reduce it, a running exit included. Together they never cover more
 * than the position. An order in doubt counts as working: whether it is there is being found out.
 */
export function missingProtection(facts: TradeFacts, held: Decimal): MissingProtection {
  const { protection } = facts;
  if (!protection) return NONE;
  const gap = uncovered(facts, held);
  const excess = excessOrder(facts, held, gap);
  if (excess) return { kind: 'replace', order: excess };
  const quantity = wholeLots(facts.instrument, gap);
  if (quantity.isZero()) return gap.lt(0) ? NONE : wholeProtection(facts, protection);
  return fillGap(facts, held, protection, quantity);
}

/** An order to take back: it would enlarge the position, or there is more than the position bears; stops go first. */
function excessOrder(facts: TradeFacts, held: Decimal, gap: Decimal): OrderFacts | undefined {
  const working = facts.orders.filter((o) => o.leg !== 'entry' && canCancel(o));
  const wrongWay = working.find((o) => o.side !== reducingSide(held));
  if (wrongWay || gap.gte(0)) return wrongWay;
  return working.findLast(isStop) ?? working.at(-1);
}

/** Nothing is missing; a watcher that stood in is told when the venue shows a resting stop for every unit. */
function wholeProtection(facts: TradeFacts, protection: Protection): MissingProtection {
  if (!protection.emulated || protection.fired !== undefined) return NONE;
  const live = facts.orders.filter((o) => o.leg !== 'entry' && isLive(o.state));
  // A fixed stop in the place of a trailing one, which the venue did not take, is not all that it should be.
  const wanted = protectiveTerms(protection.stopPrice, protection.trailing).type;
  const resting = live.every((o) => isStop(o) && o.type === wanted && canCancel(o));
  return live.length > 0 && resting ? { kind: 'native' } : NONE;
}

/** What to do about units that no order covers. */
function fillGap(facts: TradeFacts, held: Decimal, protection: Protection, gap: Decimal): MissingProtection {
  const { instrument, market } = facts;
  const verdict = venueVerdict(facts);
  const stopPrice = reachedStop(facts, held, protection);
  const beyond = mustLeaveAtMarket(facts, held, verdict, stopPrice);
  const waitsForOpen = verdict === 'instrument_closed' && !market.open;
  const trails = protection.trailing?.native === true;
  let fixed = false;
  if (verdict !== undefined && (!beyond || waitsForOpen)) {
    if (verdict !== 'would_trigger_immediately' && !protection.emulated)
      return { kind: 'emulate', why: verdict, ...(trails ? { stopPrice } : {}) };
    // A trailing stop that the venue does not take: it may take a fixed one, where the stop has got to.
    fixed = trails && !mayPassLater(facts, verdict) && isTrailing(lastStop(facts)?.type ?? 'stop');
    if (waitsForOpen || !(fixed || mayPassLater(facts, verdict))) return NONE;
  }
  const stops = facts.orders.filter((o) => isStop(o) && isLive(o.state));
  const tooSmall = !isSellable(instrument, gap, beyond ? market.price : stopPrice);
  if (tooSmall && stops.length === 0) {
    // The watcher can sell it at today's price though the venue would not rest it at the stop's.
    const standIn = !beyond && !protection.emulated && isSellable(instrument, gap, market.price);
    return standIn ? { kind: 'emulate', why: 'below_minimum', ...(trails ? { stopPrice } : {}) } : NONE;
  }
  if (tooSmall || stops.length >= MAX_STOP_PIECES) {
    const last = stops.findLast((o) => canCancel(o) && o.type !== 'market');
    return last ? { kind: 'replace', order: last } : NONE;
  }
  const resting = protectiveTerms(stopPrice, fixed ? undefined : protection.trailing);
  const terms: OrderTerms = beyond ? { type: 'market' } : resting;
  return { kind: 'add', leg: freeLeg(stops), quantity: text(gap), terms };
}

/** The venue's word on the last stop that it has seen: why it refused it, or undefined. */
function venueVerdict(facts: TradeFacts): string | undefined {
  return lastStop(facts)?.rejectCode ?? undefined;
}

function lastStop(facts: TradeFacts): OrderFacts | undefined {
  return seenStops(facts).at(-1);
}

/** Stops that the venue answered, oldest first. One that never reached it says nothing about what it takes. */
function seenStops(facts: TradeFacts): readonly OrderFacts[] {
  return facts.orders.filter((o) => isStop(o) && o.state !== 'created' && o.state !== 'unsent');
}

/** The stop's trigger is reached already, by our price or by the venue's own word. */
function mustLeaveAtMarket(
  facts: TradeFacts,
  held: Decimal,
  verdict: string | undefined,
  stopPrice: DecimalString,
): boolean {
  if (facts.protection?.fired === 'stop' || verdict === 'would_trigger_immediately') return true;
  if (!facts.market.open || facts.market.price === null) return false;
  return isBeyondStop(held, stopPrice, facts.market.price);
}

/** True when the refusal names a state that passes, and was not heard too often: the stop is tried again, ever slower. */
function mayPassLater(facts: TradeFacts, verdict: string): boolean {
  const passes = ['instrument_closed', 'request_expired', 'insufficient_funds'].includes(verdict);
  const recent = seenStops(facts).slice(-MAX_REFUSED_STOPS);
  return passes && (recent.length < MAX_REFUSED_STOPS || recent.some((o) => o.rejectCode === null));
}

function freeLeg(live: readonly OrderFacts[]): string {
  const used = new Set(live.map((o) => o.leg));
  return ['stop', 'stop-2', 'stop-3'].find((leg) => !used.has(leg)) ?? 'stop';
}
