import type { EpochMillis } from '../clock/instant';
import type { DecimalString } from '../money/decimal';
import type { OrderTerms, Side, TimeInForce } from '../order/order';

/** What a caller places. The venue has checked it against the instrument's filters before. */
export interface NewOrder {
  /** The venue's own order id, unique for ever. */
  readonly id: string;
  readonly side: Side;
  /** In units, above 0. */
  readonly quantity: DecimalString;
  readonly terms: OrderTerms;
  readonly timeInForce: TimeInForce;
}

/**
 * How a limit stands to the market. `fresh`: it meets its first print (of its life, or of a session). `taking`: the
 * market has been at or through the limit ever since, so the order takes liquidity. `resting`: it waits in the book.
 */
export type LimitStance = 'fresh' | 'taking' | 'resting';

/** An order at work, as plain JSON: one row of the paper venue's store. */
export interface WorkingOrder extends NewOrder {
  /** Market time at which it was placed. */
  readonly placedAt: EpochMillis;
  readonly filled: DecimalString;
  /** Number of executions so far. */
  readonly executions: number;
  /** True once a stop has been reached by a print; false for ever on orders without a stop. */
  readonly triggered: boolean;
  readonly stance: LimitStance;
  /** Best print since a trailing stop was placed: its level follows it. Absent on all other orders. */
  readonly best?: DecimalString;
  /** Where the stop of a trailing order stands; absent before its first print, and on all other orders. */
  readonly stop?: DecimalString;
}

/** The working orders of one instrument in one account, in the order in which they were placed. */
export interface Book {
  readonly orders: readonly WorkingOrder[];
}

export const EMPTY_BOOK: Book = { orders: [] };

/** One execution, as plain JSON. */
export interface Execution {
  readonly orderId: string;
  /** 1 for the order's first execution, then 2, 3…; with the order id it names the execution for ever. */
  readonly sequence: number;
  readonly side: Side;
  readonly quantity: DecimalString;
  readonly price: DecimalString;
  /** A cost is positive, a rebate negative, in units of `feeAsset`. */
  readonly fee: DecimalString;
  readonly feeAsset: string;
  readonly liquidity: 'maker' | 'taker';
  /** Market time: the print's, or the order's own where it met a print that was already on the tape. */
  readonly at: EpochMillis;
  /** Market time of the print that filled it. */
  readonly printAt: EpochMillis;
}

/** How an order ended. */
export type OrderEndState = 'filled' | 'cancelled' | 'expired' | 'rejected';

/** Why an order ended, from a closed list; the last four refuse it when it is placed. */
export const ORDER_END_REASONS = [
  'filled',
  'cancel_requested',
  'tape_ended',
  'session_ended',
  'immediate_or_cancel',
  'fill_or_kill',
  'instrument_closed',
  'would_trigger_immediately',
  'would_take_liquidity',
] as const;
export type OrderEndReason = (typeof ORDER_END_REASONS)[number];

/** The end of an order's life. A partly filled order may well end `cancelled` or `expired`: look at `order.filled`. */
export interface OrderEnd {
  /** The order as it was at the end. */
  readonly order: WorkingOrder;
  readonly state: OrderEndState;
  readonly reason: OrderEndReason;
  /** Market time. */
  readonly at: EpochMillis;
}

/** The book after a step, and what the step did, in the order in which it happened. */
export interface BookChange {
  /** Orders that the step did not touch are the same objects as before. */
  readonly book: Book;
  readonly executions: readonly Execution[];
  readonly ended: readonly OrderEnd[];
}
