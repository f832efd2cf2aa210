import { dec } from '../money/decimal';
import type { ListedOrder } from '../order/broker';
import type { OurBooks, OurOrder, VenueBooks } from './books';
import type { Difference } from './difference';
import { isOnItsWay } from './on-its-way';

/** What a comparison of one kind of thing found, and what it could say nothing about. */
export interface Compared {
  readonly differences: readonly Difference[];
  /** Subjects; a difference that is known of one of them is neither confirmed nor gone. */
  readonly undetermined: readonly string[];
}

/** Compares the working orders of both sides. */
export function compareOrders(ours: OurBooks, venue: VenueBooks): Compared {
  const byClientId = new Map(ours.orders.map((order) => [order.clientOrderId, order]));
  const byVenueId = new Map(
    ours.orders.flatMap((order) => (order.venueOrderId === null ? [] : [[venueKey(order), order] as const])),
  );
  const differences: Difference[] = [];
  const undetermined: string[] = [];
  const shown = new Set<string>();
  for (const listed of venue.orders) {
    const order = byVenueId.get(venueKey(listed)) ?? byClientId.get(listed.clientOrderId ?? '');
    if (order !== undefined) {
      shown.add(order.clientOrderId);
      if (isOnItsWay(order)) undetermined.push(subjectOf(order));
      else differences.push(...compareOrder(order, listed));
    } else if (listed.state === 'open') {
      // It may be the order whose answer we wait for, where the venue does not echo our id.
      const waiting =
        listed.clientOrderId === null && ours.orders.some((o) => isOnItsWay(o) && o.instrument === listed.instrument);
      if (waiting) undetermined.push(listedSubject(listed));
      else differences.push(unknownToUs(listed));
    }
  }
  for (const order of ours.orders) {
    if (shown.has(order.clientOrderId)) continue;
    const works = isWorking(order);
    if (works && venue.absent.includes(order.clientOrderId)) differences.push(missingAtVenue(order));
    else if (works || isOnItsWay(order)) undetermined.push(subjectOf(order));
  }
  return { differences, undetermined };
}

/** An order that both have. */
function compareOrder(order: OurOrder, listed: ListedOrder): readonly Difference[] {
  const about = { subject: subjectOf(order), instrument: order.instrument, asset: null, correction: null } as const;
  const evidence = { order, listed };
  const found: Difference[] = [];
  // As what it ended is the venue's word alone.
  if (isWorking(order) !== (listed.state === 'open')) {
    found.push({ ...about, kind: 'state', ours: order.state, venue: listed.state, evidence });
  }
  if (!dec(order.booked).eq(listed.filledQuantity)) {
    found.push({ ...about, kind: 'filled-quantity', ours: order.booked, venue: listed.filledQuantity, evidence });
  }
  return found;
}

/** True when the venue has shown the order and not that it ended. */
function isWorking({ state }: OurOrder): boolean {
  return state === 'open' || state === 'partial';
}

function missingAtVenue(order: OurOrder): Difference {
  return {
    kind: 'order-missing-at-venue',
    subject: subjectOf(order),
    instrument: order.instrument,
    asset: null,
    ours: order.quantity,
    venue: null,
    evidence: { order },
    correction: null,
  };
}

function unknownToUs(listed: ListedOrder): Difference {
  return {
    kind: 'order-unknown-to-us',
    subject: listedSubject(listed),
    instrument: listed.instrument,
    asset: null,
    ours: null,
    venue: listed.quantity,
    evidence: { listed },
    correction: null,
  };
}

function venueKey({
  instrument,
  venueOrderId,
}: {
  readonly instrument: string;
  readonly venueOrderId: string | null;
}): string {
  return `${instrument} ${venueOrderId ?? ''}`;
}

function subjectOf({ instrument, clientOrderId }: OurOrder): string {
  return `order/${instrument}/${clientOrderId}`;
}

function listedSubject({ instrument, venueOrderId }: ListedOrder): string {
  return `foreign-order/${instrument}/${venueOrderId}`;
}
