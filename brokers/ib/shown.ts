import { instant } from '../../domain/clock/instant';
import type { Instant } from '../../domain/clock/instant';
import type { DecimalString } from '../../domain/money/decimal';
import type { ListedOrder } from '../../domain/order/broker';
import type { ClientOrderId, Fill, VenueOrder } from '../../domain/order/order';
import { chainOf } from './executions';
import type { Booked } from './executions';
import type { IbContract } from './contracts';
import type { IbOrder } from './facts';

const OUR_ID = /^[0-9a-f]{32}$/;

/** The client order id that an order reference is, if it is one of ours. */
export function ourId(orderRef: string): ClientOrderId | undefined {
  return OUR_ID.test(orderRef) ? (orderRef as ClientOrderId) : undefined;
}

/** The durable id of an order at the venue, as the journal keeps it. */
function venueOrderId(permId: number): string {
  return String(permId);
}

/** An order of ours. @param receivedAt no earlier than its number was drawn */
export function shownOrder(
  order: IbOrder,
  { id }: Pick<IbContract, 'id'>,
  clientOrderId: ClientOrderId,
  receivedAt: Instant,
): VenueOrder {
  const { filled, permId, quantity, side, state, stopPrice, type } = order;
  return {
    ...{ venueOrderId: venueOrderId(permId), clientOrderId, instrument: id, side, quantity, type, state },
    ...{ filledQuantity: filled, receivedAt },
    ...(stopPrice === undefined ? {} : { stopPrice }),
  };
}

/** A working order, ours or not. TWS does not say when it received it. */
export function listedOrder(order: IbOrder, contract: Pick<IbContract, 'id'>): ListedOrder {
  const shown = shownOrder(order, contract, order.orderRef as ClientOrderId, instant(Date.now()));
  return { ...shown, clientOrderId: order.orderRef === '' ? null : order.orderRef };
}

/** An execution. A fee of zero is one that is not known yet: the same fill is shown again with its commission. */
export function shownFill({ commission, execution }: Booked, { id, instrument }: IbContract): Fill {
  const { at, execId, maker, orderRef, permId, price, quantity, side } = execution;
  const { chain, number } = chainOf(execId);
  const clientOrderId = ourId(orderRef);
  return {
    // Every statement of an execution has the same beginning; the one with the highest number stands.
    venueFillId: chain,
    revision: number,
    venueOrderId: venueOrderId(permId),
    ...(clientOrderId === undefined ? {} : { clientOrderId }),
    ...{ instrument: id, side, quantity, price },
    fee: commission?.amount ?? ('0' as DecimalString),
    feeAsset: commission?.currency ?? instrument.quoteAsset,
    liquidity: maker ? 'maker' : 'taker',
    marketAt: instant(at),
  };
}
