import type { EpochMillis } from '../clock/instant';
import { dec, text, ZERO } from '../money/decimal';
import type { Decimal } from '../money/decimal';
import type { Book, BookChange, Execution, NewOrder, OrderEnd, OrderEndReason, WorkingOrder } from './book';
import { execute, matchPrint, reachesStop, waitsForTrigger } from './match-order';
import type { OrderStep } from './match-order';
import { takerPrice } from './matching-rules';
import type { MatchingRules } from './matching-rules';
import type { Print, PrintSource, TapeEnd } from './print';
import { isQuiet, quietRange } from './quiet-range';

/** The market at the moment when an order is placed. */
export interface MarketMoment {
  /** Market time. */
  readonly at: EpochMillis;
  readonly open: boolean;
  /** The last print at or before `at`. */
  readonly lastPrint: Print | undefined;
}

/** What a tape shows at a market time. */
export function marketMoment(source: PrintSource, at: EpochMillis): MarketMoment {
  return { at, open: source.isOpen(at), lastPrint: source.lastPrint(at) };
}

function working(order: NewOrder, at: EpochMillis): WorkingOrder {
  return { ...order, placedAt: at, filled: text(ZERO), executions: 0, triggered: false, stance: 'fresh' };
}

function applied(book: Book, before: WorkingOrder | undefined, step: OrderStep): BookChange {
  const others = book.orders.filter((order) => order !== before);
  return {
    book: { orders: step.end ? others : [...others, step.order] },
    executions: step.execution ? [step.execution] : [],
    ended: step.end ? [step.end] : [],
  };
}

/** True for a post-only limit that the market is at or through. */
function wouldTake({ side, terms }: WorkingOrder, price: Decimal): boolean {
  if (terms.type !== 'limit' || !terms.postOnly) return false;
  return side === 'buy' ? price.lte(terms.price) : price.gte(terms.price);
}

/** Why an order is refused at once, if it is: the only refusals that depend on the market. */
function refusal(order: WorkingOrder, moment: MarketMoment): OrderEndReason | undefined {
  const { open, lastPrint } = moment;
  const waits = waitsForTrigger(order.terms);
  if (!open || lastPrint === undefined) {
    const atOnce = order.timeInForce === 'IOC' || order.timeInForce === 'FOK';
    return atOnce && !waits ? 'instrument_closed' : undefined;
  }
  if (reachesStop(order, lastPrint.price)) return 'would_trigger_immediately';
  return wouldTake(order, lastPrint.price) ? 'would_take_liquidity' : undefined;
}

/**
 * Places an order at market time `moment.at`, to which the book must have been advanced before.
 *
 * In an open market it meets the last print at once, under the rules of `advanceBook`: a market order fills, up to the
 * volume share of that print; a limit fills if it is marketable. A stop whose level the last print has already reached
 * is refused (`would_trigger_immediately`). In a closed market the order waits for the first print of the next
 * session, except IOC and FOK orders without a stop, which are refused (`instrument_closed`). A post-only limit that the
 * last print has reached is refused (`would_take_liquidity`).
 * @throws RangeError when the quantity is not above 0, or an order of that id is at work.
 */
export function placeOrder(book: Book, order: NewOrder, moment: MarketMoment, rules: MatchingRules): BookChange {
  if (!dec(order.quantity).gt(0)) throw new RangeError(`order ${order.id}: quantity must be above 0`);
  if (book.orders.some(({ id }) => id === order.id)) throw new RangeError(`order ${order.id}: already at work`);
  const placed = working(order, moment.at);
  const reason = refusal(placed, moment);
  if (reason !== undefined) {
    return { book, executions: [], ended: [{ order: placed, state: 'rejected', reason, at: moment.at }] };
  }
  const { open, lastPrint } = moment;
  const step = open && lastPrint ? matchPrint(placed, lastPrint, moment.at, rules) : { order: placed };
  return applied(book, undefined, step);
}

/** Takes an order off the book at market time `at`; undefined when no such order is at work (too late, or never was). */
export function cancelOrder(book: Book, orderId: string, at: EpochMillis): BookChange | undefined {
  const order = book.orders.find(({ id }) => id === orderId);
  if (order === undefined) return undefined;
  return applied(book, order, { order, end: { order, state: 'cancelled', reason: 'cancel_requested', at } });
}

/**
 * Lets the book meet prints, oldest first; each print must be later than the market time of the book.
 *
 * - **Market** orders trade at the print's price, moved against them by half spread and slippage, as takers.
 * - **Stops** trigger on the print that reaches them and trade as market orders *on that same print*. The prints stand
 *   for a continuous path, so waiting for the next one would add minutes that no venue adds; yet the price is the
 *   print's and not the stop's, so a gap (through the open, or between two prints) is paid in full.
 * - **Limits** trade when a print is at or through them, never at a worse price than the limit. An order that already
 *   rests trades at its limit exactly, as maker. One whose first print (of its life, or of a session) is at or through
 *   the limit takes: at the market order's price, but not worse than the limit, for as long as the market stays there.
 * - **Stop-limits** become such limits on the print that triggers them.
 * - **Trailing stops** follow the best print at their distance, and trigger on a print that falls back to where they then
 *   stand: a print never both moves a stop and triggers it. What they do then is what stops and stop-limits do.
 * - **Volume**: per print an order takes at most `volumeShare` of the volume, on the lot; its rest goes on with later
 *   prints. Orders do not compete with each other.
 * - **Time in force**: IOC and FOK end with the first print that they meet once live (a stop: once triggered); FOK
 *   trades its whole rest there or nothing. DAY ends after a session's closing print. GTC works on.
 *
 * The result depends on the book, the prints and the rules only, and not on how the prints are split into calls.
 */
export function advanceBook(book: Book, prints: Iterable<Print>, rules: MatchingRules): BookChange {
  let orders = book.orders;
  const executions: Execution[] = [];
  const ended: OrderEnd[] = [];
  if (orders.length === 0) return { book, executions, ended };
  let quiet = quietRange(orders);
  for (const print of prints) {
    if (isQuiet(quiet, print)) continue;
    const next: WorkingOrder[] = [];
    for (const before of orders) {
      const step = matchPrint(before, print, print.at, rules);
      if (step.execution) executions.push(step.execution);
      if (step.end) ended.push(step.end);
      else next.push(step.order);
    }
    orders = next;
    if (orders.length === 0) break;
    quiet = quietRange(orders);
  }
  return { book: { orders }, executions, ended };
}

/**
 * Closes the book when the tape has ended: the orders named in `exits` fill whole at the last close (with half spread
 * and slippage, without regard to volume, since no later print can take the rest), all others are cancelled.
 */
export function settleAtEnd(book: Book, end: TapeEnd, exits: ReadonlySet<string>, rules: MatchingRules): BookChange {
  const executions: Execution[] = [];
  const ended: OrderEnd[] = [];
  for (const before of book.orders) {
    const { at, print } = end;
    if (!exits.has(before.id)) {
      ended.push({ order: before, state: 'cancelled', reason: 'tape_ended', at });
      continue;
    }
    const rest = dec(before.quantity).minus(before.filled);
    const price = takerPrice(before.side, print, rules);
    const { order, execution } = execute(before, rest, price, 'taker', { at, printAt: print.at }, rules);
    executions.push(execution);
    ended.push({ order, state: 'filled', reason: 'filled', at });
  }
  return { book: { orders: [] }, executions, ended };
}
