import { millisOf } from '../clock/instant';
import { dec, text, ZERO } from '../money/decimal';
import type { Decimal } from '../money/decimal';
import type { Fill } from '../order/order';
import type { InFlight, OurBooks, OurFill, TradedPair, VenueBooks } from './books';
import type { Compared } from './compare-orders';
import { keyOf } from './difference';
import type { Correction, Difference } from './difference';
import { effectOf, lessEffect } from './effect';
import type { Effect } from './effect';
import { isOnItsWay } from './on-its-way';

/** Fills that only the venue has count at its side of the holdings, those that only we have at ours. */
export interface ComparedFills extends Compared {
  /** What our holdings would be moved by, were the fills of both sides the same; those on their way are in it. */
  readonly unbooked: readonly Effect[];
  /** Orders of ours, as subjects, whose counts such a fill explains. */
  readonly orders: readonly string[];
  /** True when fills are on their way: the next comparison must begin no later than this one. */
  readonly pending: boolean;
}

/** Compares the fills of both sides, one by one. */
export function compareFills(ours: OurBooks, venue: VenueBooks, inFlight: InFlight): ComparedFills {
  const settled = millisOf(inFlight.settledBefore);
  const booked = new Map(ours.fills.map((fill) => [identityOf(fill), fill]));
  const shown = new Map(venue.fills.map((fill) => [identityOf(fill), fill]));
  const ownerOf = owners(ours, venue);
  const accepted = new Set(ours.accepted);
  const differences: Difference[] = [];
  const undetermined: string[] = [];
  const unbooked: Effect[] = [];
  const orders: string[] = [];
  let pending = false;
  for (const fill of shown.values()) {
    const pair = ours.instruments[fill.instrument];
    // Nothing is traded in it here: its assets are compared as balances, if they concern us.
    if (pair === undefined) continue;
    const own = booked.get(identityOf(fill));
    const owner = own === undefined ? ownerOf(fill) : own.clientOrderId;
    if (own !== undefined && !isSame(own, fill)) {
      const difference = differs(own, fill, pair);
      // Once accepted, its correction is in our holdings.
      if (accepted.has(keyOf(difference))) continue;
      differences.push(difference);
      unbooked.push(effectOf(fill, pair), lessEffect(effectOf(own, pair)));
    } else if (owner === null) {
      if (own === undefined) unbooked.push(effectOf(fill, pair));
      const waiting = ours.orders.some((o) => isOnItsWay(o) && o.instrument === fill.instrument);
      const early = own === undefined && (waiting || millisOf(fill.marketAt) > settled);
      pending ||= early;
      if (early) undetermined.push(subjectOf(fill));
      else differences.push(onlyAtVenue('fill-unknown', fill, own, null));
    } else if (own === undefined) {
      unbooked.push(effectOf(fill, pair));
      orders.push(`order/${fill.instrument}/${owner}`);
      const order = ours.orders.find(({ clientOrderId }) => clientOrderId === owner);
      const early = millisOf(fill.marketAt) > settled || (order !== undefined && isOnItsWay(order));
      pending ||= early;
      if (early) undetermined.push(subjectOf(fill));
      else differences.push(onlyAtVenue('fill-missing', fill, undefined, owner));
    }
  }
  for (const own of booked.values()) {
    const pair = ours.instruments[own.instrument];
    if (shown.has(identityOf(own)) || pair === undefined) continue;
    const early = millisOf(own.bookedAt) > settled;
    const certain = own.clientOrderId !== null && venue.whole.includes(own.clientOrderId);
    if (certain || early) orders.push(`order/${own.instrument}/${own.clientOrderId ?? ''}`);
    pending ||= early;
    if (!certain || early) {
      undetermined.push(subjectOf(own));
      continue;
    }
    const difference = onlyHere(own, pair);
    if (accepted.has(keyOf(difference))) continue;
    differences.push(difference);
    unbooked.push(lessEffect(effectOf(own, pair)));
  }
  return { differences, undetermined, unbooked, orders, pending };
}

/** Whose a fill is: by our id on it, or by its venue order, which the journal or the venue's list of orders ties to one of ours. */
function owners(ours: OurBooks, venue: VenueBooks): (fill: Fill) => string | null {
  const known = new Set(ours.orders.map(({ clientOrderId }) => clientOrderId));
  const byVenueOrder = new Map<string, string>();
  for (const { clientOrderId, instrument, venueOrderId } of [...venue.orders, ...ours.orders]) {
    if (venueOrderId !== null && clientOrderId !== null && known.has(clientOrderId))
      byVenueOrder.set(`${instrument} ${venueOrderId}`, clientOrderId);
  }
  return ({ clientOrderId, instrument, venueOrderId }) =>
    clientOrderId !== undefined && known.has(clientOrderId)
      ? clientOrderId
      : (byVenueOrder.get(`${instrument} ${venueOrderId}`) ?? null);
}

/** A venue's fee of zero says no more than that it is not told yet; what it took is in the balance. */
function isSame(own: OurFill, fill: Fill): boolean {
  const sameFee = dec(own.fee).eq(fill.fee) && own.feeAsset === fill.feeAsset;
  return (
    own.side === fill.side &&
    dec(own.quantity).eq(fill.quantity) &&
    dec(own.price).eq(fill.price) &&
    (sameFee || dec(fill.fee).isZero())
  );
}

function onlyAtVenue(
  kind: 'fill-missing' | 'fill-unknown',
  fill: Fill,
  own: OurFill | undefined,
  owner: string | null,
): Difference {
  return {
    kind,
    subject: subjectOf(fill),
    instrument: fill.instrument,
    asset: null,
    ours: own === undefined ? null : signed(own),
    venue: signed(fill),
    evidence: { fill, owner },
    correction: null,
  };
}

function onlyHere(own: OurFill, pair: TradedPair): Difference {
  return {
    kind: 'fill-missing-at-venue',
    subject: subjectOf(own),
    instrument: own.instrument,
    asset: null,
    ours: signed(own),
    venue: null,
    evidence: { own, owner: own.clientOrderId },
    correction: correctionOf([lessEffect(effectOf(own, pair))]),
  };
}

function differs(own: OurFill, fill: Fill, pair: TradedPair): Difference {
  return {
    kind: 'fill-differs',
    subject: subjectOf(fill),
    instrument: fill.instrument,
    asset: null,
    ours: told(own),
    venue: told(fill),
    evidence: { own, fill },
    correction: correctionOf([effectOf(fill, pair), lessEffect(effectOf(own, pair))]),
  };
}

/** The sum of effects of one instrument. */
function correctionOf(effects: readonly Effect[]): Correction {
  const amounts = new Map<string, Decimal>();
  let units = ZERO;
  for (const effect of effects) {
    units = units.plus(effect.units);
    amounts.set(effect.quoteAsset, (amounts.get(effect.quoteAsset) ?? ZERO).plus(effect.money));
    if (effect.thirdAsset === null) continue;
    amounts.set(effect.thirdAsset, (amounts.get(effect.thirdAsset) ?? ZERO).plus(effect.third));
  }
  const moved = [...amounts].filter(([, amount]) => !amount.isZero());
  return { units: text(units), amounts: moved.map(([asset, amount]) => ({ asset, amount: text(amount) })) };
}

function signed({ side, quantity }: Pick<Fill, 'side' | 'quantity'>): string {
  return text(dec(quantity).mul(side === 'buy' ? 1 : -1));
}

function told(fill: Pick<Fill, 'side' | 'quantity' | 'price' | 'fee' | 'feeAsset'>): string {
  return `${signed(fill)} at ${text(dec(fill.price))}, fee ${text(dec(fill.fee))} ${fill.feeAsset}`;
}

function identityOf({
  instrument,
  venueOrderId,
  venueFillId,
}: Pick<Fill, 'instrument' | 'venueOrderId' | 'venueFillId'>): string {
  return `${instrument} ${venueOrderId} ${venueFillId}`;
}

function subjectOf({
  instrument,
  venueOrderId,
  venueFillId,
}: Pick<Fill, 'instrument' | 'venueOrderId' | 'venueFillId'>): string {
  return `fill/${instrument}/${venueOrderId}/${venueFillId}`;
}
