import type { InFlight, OurBooks, VenueBooks } from './books';
import { compareFills } from './compare-fills';
import { compareHoldings } from './compare-holdings';
import type { Uncompared } from './compare-holdings';
import { compareOrders } from './compare-orders';
import type { Compared } from './compare-orders';
import { keyOf } from './difference';

/** A whole comparison. */
export interface ComparedBooks extends Compared {
  /** True when fills differ or are on their way: the next comparison must begin no later than this one. */
  readonly pending: boolean;
  /** What was left out, and why; a difference that is known of it stays as it is. */
  readonly uncompared: readonly Uncompared[];
}

/**
 * Everything in which our books and the venue's differ, to the last digit. No difference is: what is on its way (an order
 * whose answer we wait for, with all that it may have filled; a fill younger than `settledBefore`), what the fills that
 * only one side has explain of balances and positions, and what a person has accepted.
 */
export function compareBooks(ours: OurBooks, venue: VenueBooks, inFlight: InFlight): ComparedBooks {
  const orders = compareOrders(ours, venue);
  const fills = compareFills(ours, venue, inFlight);
  const holdings = compareHoldings(ours, venue, fills.unbooked, inFlight);
  const accepted = new Set(ours.accepted);
  // A fill that is missing here says the same as the count of its order, and says it better.
  const explained = new Set(fills.orders);
  const counts = orders.differences.filter(
    ({ kind, subject }) => !explained.has(subject) || (kind !== 'filled-quantity' && kind !== 'state'),
  );
  const found = [...counts, ...fills.differences, ...holdings.differences];
  return {
    differences: found.filter((difference) => !accepted.has(keyOf(difference))),
    undetermined: [...orders.undetermined, ...fills.undetermined, ...holdings.undetermined, ...explained],
    uncompared: holdings.uncompared,
    pending: fills.pending || fills.differences.some((difference) => !accepted.has(keyOf(difference))),
  };
}
