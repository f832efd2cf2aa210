import type { Desk } from './desk';
import type { IbFill, IbOrder } from './order';
import type { IbSession } from './session';
import { commissionView, executionView, openOrderView, statusView } from './views';

/** Tells the sessions of a client, and a master's, what happens to its orders, until the simulator ends. */
export function tellOrders(desk: Desk, sessionsOf: (order: IbOrder) => readonly IbSession[]): () => void {
  const tell = (order: IbOrder, fill: IbFill | undefined): void => {
    // What happens while the broker is not reached is never told: it must be asked for.
    if (desk.isCutOff()) return;
    for (const session of sessionsOf(order)) {
      if (fill === undefined) tellChange(desk, session, order);
      else tellFill(desk, session, order, fill);
    }
  };
  desk.ledger.events.on('order', tell);
  return () => desk.ledger.events.off('order', tell);
}

function tellStatus(desk: Desk, session: IbSession, order: IbOrder): void {
  const fate = desk.messages.get(order.permId)?.status;
  if (fate === 'none') return;
  session.send('orderStatus', statusView(order));
  if (fate === 'twice') session.send('orderStatus', statusView(order));
}

function tellChange(desk: Desk, session: IbSession, order: IbOrder): void {
  const { endReason, orderId, state } = order;
  if (state === 'open') session.send('openOrder', openOrderView(order));
  tellStatus(desk, session, order);
  if (state === 'cancelled' || state === 'expired')
    session.error(orderId, 202, `Order Canceled - reason:${endReason === 'cancel_requested' ? '' : (endReason ?? '')}`);
  if (state === 'rejected') session.error(orderId, 201, `Order rejected - reason:${endReason ?? ''}`);
}

function tellFill(desk: Desk, session: IbSession, order: IbOrder, fill: IbFill): void {
  session.send('execution', executionView(fill, order));
  session.send('openOrder', openOrderView(order));
  tellStatus(desk, session, order);
  const late = desk.messages.get(order.permId)?.commissionLate;
  const report = (): void => session.send('commissionReport', commissionView(fill));
  if (late === undefined) report();
  else desk.later(late, report);
}
