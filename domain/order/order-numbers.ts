import type { Instant } from '../clock/instant';
import type { ClientOrderId } from './order';

/** The number under which an order is sent to a venue that counts orders by itself. */
export interface OrderNumber {
  readonly number: number;
  /** When it was drawn, which is before anything of the order was sent under it. */
  readonly drawnAt: Instant;
}

/**
 * Numbers of orders for a venue that wants rising ones from whoever sends. An order keeps its number for all its attempts,
 * for as long as the venue takes it: a venue that has seen the number takes no second order under it.
 */
export interface OrderNumbers {
  /**
   * The number of an order; drawn if it has none, as the larger of `floor` and one above the highest ever drawn, and
   * committed before the answer. Concurrent calls get different numbers.
   * @throws RangeError when there are no numbers left
   */
  draw(clientOrderId: ClientOrderId, floor: number): Promise<OrderNumber>;
  /**
   * A further number for an order, when its venue takes the number `spent` no more; drawn and committed as by `draw`. Nothing
   * is drawn and the answer is undefined unless every earlier attempt of the order is recorded as not sent or not found.
   * @throws RangeError when there are no numbers left
   */
  redraw(clientOrderId: ClientOrderId, spent: number, floor: number): Promise<OrderNumber | undefined>;
  /** The numbers of the orders that have one; the last one that each has drawn. */
  of(clientOrderIds: readonly ClientOrderId[]): Promise<ReadonlyMap<ClientOrderId, OrderNumber>>;
}
