import type { Instant } from '../clock/instant';
import type { ClientOrderId } from './order';

/** The number under which an order is sent to a venue that counts orders by itself. */
export interface OrderNumber {
  readonly number: number;
  /** When it was drawn, which is before anything of the order was sent under it. */
  readonly drawnAt: Instant;
}

/**
 * Numbers of orders for a venue that wants rising ones from whoever sends. An order keeps its number for all its attempts:
 * a venue that has seen the number takes no second order under it.
 */
export interface OrderNumbers {
  /**
   * The number of an order; drawn if it has none, as the larger of `floor` and one above the highest ever drawn, and
   * committed before the answer. Concurrent calls get different numbers.
   * @throws RangeError when there are no numbers left
   */
  draw(clientOrderId: ClientOrderId, floor: number): Promise<OrderNumber>;
  /** Those of the orders that have one. */
  of(clientOrderIds: readonly ClientOrderId[]): Promise<ReadonlyMap<ClientOrderId, OrderNumber>>;
}
