import { dec } from '../money/decimal';
import type { Decimal } from '../money/decimal';
import type { WorkingOrder } from './book';
import type { Print } from './print';

/** Prices at which nothing happens: strictly above `floor` and strictly below `ceiling`, each unbounded if undefined. */
export interface QuietRange {
  readonly floor: Decimal | undefined;
  readonly ceiling: Decimal | undefined;
}

interface Level {
  readonly price: Decimal;
  readonly reachedBy: 'fall' | 'rise';
}

/** The one level that an idle order waits for; undefined for an order that every print concerns. */
function awaitedLevel({ side, terms, triggered, stance }: WorkingOrder): Level | undefined {
  // Each better price moves a trailing stop, so none is quiet for it; nor for the limit that it becomes.
  if ((terms.type === 'stop' || terms.type === 'stop-limit') && !triggered) {
    return { price: dec(terms.stopPrice), reachedBy: side === 'sell' ? 'fall' : 'rise' };
  }
  if ((terms.type === 'limit' || terms.type === 'stop-limit') && stance === 'resting') {
    return { price: dec(terms.price), reachedBy: side === 'buy' ? 'fall' : 'rise' };
  }
  return undefined;
}

/** The prices that concern none of the orders; undefined when every print concerns one. */
export function quietRange(orders: readonly WorkingOrder[]): QuietRange | undefined {
  let floor: Decimal | undefined;
  let ceiling: Decimal | undefined;
  for (const order of orders) {
    const level = awaitedLevel(order);
    if (level === undefined) return undefined;
    if (level.reachedBy === 'fall' && (floor === undefined || level.price.gt(floor))) floor = level.price;
    if (level.reachedBy === 'rise' && (ceiling === undefined || level.price.lt(ceiling))) ceiling = level.price;
  }
  return { floor, ceiling };
}

/** True when the print can be passed over: its price is quiet and it does not close a session. */
export function isQuiet(range: QuietRange | undefined, print: Print): boolean {
  if (range === undefined || print.sessionClose === true) return false;
  const { floor, ceiling } = range;
  return (floor === undefined || print.price.gt(floor)) && (ceiling === undefined || print.price.lt(ceiling));
}
