import { dec, floorTo, text } from '../../domain/money/decimal';
import type { Desk, Handlers } from './desk';
import type { Fault } from './faults';
import type { Fate } from './ledger';
import { meet } from './meet';
import { statusOf } from './order';
import type { IbOrder, NewIbOrder } from './order';
import { afford } from './funds';
import { hoursOf } from './order-rules';
import type { IbSession } from './session';
import { said } from './times';
import { isRefusal, readOrder } from './validate';
import type { IbRefusal } from './validate';
import type { FromClientValues } from './wire/from-client';

/** Working orders that an account may have on one side of one contract. */
const MOST_WORKING = 15;
/** Details of a reject as they should never be: a client that reads them as JSON must survive it. */
const NO_JSON = 'Order rejected: margin {requirement';

type Placed = FromClientValues<'placeOrder'>;

export const ORDER_HANDLERS: Handlers = {
  placeOrder: (desk, session, placed) => {
    const fault = desk.faults.next('order', `${placed.orderRef ?? ''} ${placed.orderId ?? 0}`);
    const act = (): void => place(desk, session, placed, fault);
    meet(desk, session, fault, act);
  },
  cancelOrder: (desk, session, { orderId = 0 }) => {
    const fault = desk.faults.next('cancel', String(orderId));
    meet(desk, session, fault, () => cancel(desk, session, orderId));
  },
  cancelAllOrders: (desk, session) => {
    meet(desk, session, desk.faults.next('cancel', 'all'), () => {
      for (const order of desk.ledger.orders) desk.ledger.cancel(order, 'cancel_requested');
    });
  },
  requestIds: (desk, session) => session.send('nextValidId', { orderId: desk.ids.next(session.clientId ?? 0) }),
};

function place(desk: Desk, session: IbSession, placed: Placed, fault: Fault | undefined): void {
  const { clientId = 0 } = session;
  const { orderId = 0 } = placed;
  const working = lastOf(desk, clientId, orderId);
  if (working?.state === 'open') {
    change(desk, session, working, placed);
    return;
  }
  if (!desk.ids.isNew(clientId, orderId)) {
    const filled = working?.state === 'filled';
    session.error(orderId, filled ? 104 : 103, filled ? 'Cannot modify a filled order.' : 'Duplicate order id');
    return;
  }
  desk.ids.use(clientId, orderId);
  const order = scripted(fault) ?? judged(desk, placed, clientId);
  if (isRefusal(order)) {
    session.error(orderId, order.code, order.message, fault?.kind === 'garbled-reject' ? NO_JSON : '');
    return;
  }
  if (fault?.kind === 'hide') desk.ledger.hide(order.orderRef, fault.ms);
  const fate = fateOf(desk, order, fault);
  const accepted = desk.ledger.place(order, fate);
  warn(session, accepted, desk);
  if (fault?.kind === 'correct') desk.later(fault.ms, () => correctFirst(desk, accepted));
}

/** The refusal that a fault says. */
function scripted(fault: Fault | undefined): IbRefusal | undefined {
  if (fault?.kind === 'reject') return { code: fault.code, message: fault.text };
  if (fault?.kind === 'garbled-reject')
    return { code: 201, message: 'Order rejected - reason:We are unable to accept it.' };
  return undefined;
}

/** The order, or why the broker refuses it. */
function judged(desk: Desk, placed: Placed, clientId: number): NewIbOrder | IbRefusal {
  const order = readOrder(placed, clientId, desk.contracts, desk.accounts, desk.now());
  if (isRefusal(order)) return order;
  desk.ledger.advance();
  const working = desk.ledger.orders.filter(
    ({ account, contract, side, state }) =>
      state === 'open' && account === order.account && side === order.side && contract.conId === order.contract.conId,
  );
  if (working.length >= MOST_WORKING)
    return rejected(`Exceeded max number of working orders (${MOST_WORKING}) on one side of the contract`);
  const market = desk.ledger.market(order.contract.conId);
  const hours = hoursOf(order);
  const isOpen = market?.calendar.isOpen(desk.now(), hours) === true;
  const atOnce = order.timeInForce === 'IOC' || order.timeInForce === 'FOK';
  if (atOnce && !isOpen) return rejected('The exchange is closed.');
  if (order.timeInForce === 'OPG' && market?.calendar.nextOpen(desk.now()) === undefined)
    return rejected('The exchange has no opening.');
  const shortfall = afford(desk.ledger, order);
  return shortfall ?? order;
}

function rejected(reason: string): IbRefusal {
  return { code: 201, message: `Order rejected - reason:${reason}` };
}

function fateOf(desk: Desk, order: NewIbOrder, fault: Fault | undefined): Fate {
  const permId = desk.ledger.nextPermId;
  if (fault?.kind === 'late-commission') desk.messages.set(permId, { commissionLate: fault.ms });
  if (fault?.kind === 'no-status') desk.messages.set(permId, { status: 'none' });
  if (fault?.kind === 'repeat') desk.messages.set(permId, { status: 'twice' });
  if (desk.isCutOff()) return { heldUntil: Number.POSITIVE_INFINITY };
  if (fault?.kind === 'hold') return { heldUntil: desk.now() + fault.ms };
  const opening = order.timeInForce === 'OPG' ? desk.ledger.market(order.contract.conId) : undefined;
  const opens = opening?.calendar.nextOpen(desk.now());
  return {
    ...(opens === undefined ? {} : { heldUntil: opens }),
    ...(fault?.kind === 'cut' ? { fillsOnly: text(floorTo(dec(order.quantity).div(2), dec(1))) } : {}),
  };
}

/** Says when an order will meet the market that does not meet it now. */
function warn(session: IbSession, order: IbOrder, desk: Desk): void {
  if (order.state !== 'open' || order.heldUntil === Number.POSITIVE_INFINITY) return;
  const calendar = desk.ledger.market(order.contract.conId)?.calendar;
  const hours = hoursOf(order);
  const opens = calendar?.isOpen(desk.now(), hours) === false ? calendar.nextOpen(desk.now(), hours) : undefined;
  const from = order.heldUntil ?? opens;
  if (from === undefined) return;
  const what = `${order.side === 'buy' ? 'BUY' : 'SELL'} ${order.quantity} ${order.contract.symbol}`;
  const warning = `your order will not be placed at the exchange until ${said(from)}`;
  session.error(order.orderId, 399, `Order Message:\n${what} ${order.contract.primaryExchange}\nWarning: ${warning}`);
}

function correctFirst(desk: Desk, { contract, permId }: IbOrder): void {
  desk.ledger.advance();
  const first = desk.ledger.fills.find((fill) => fill.permId === permId && !fill.corrected);
  if (first) desk.ledger.correct(first.id, { price: text(dec(first.price).plus(contract.minTick)) });
}

/** The same id again, while its order works: a change of it, not another order. */
function change(desk: Desk, session: IbSession, order: IbOrder, placed: Placed): void {
  const request = readOrder(placed, order.clientId, desk.contracts, desk.accounts, desk.now());
  if (isRefusal(request)) {
    session.error(order.orderId, request.code, request.message);
    return;
  }
  const same =
    request.contract.conId === order.contract.conId &&
    request.side === order.side &&
    request.type === order.type &&
    request.account === order.account;
  if (!same) session.error(order.orderId, 105, 'Order being modified does not match original order.');
  else if (dec(request.quantity).lt(order.filled)) session.error(order.orderId, 105, 'Size is below what is filled.');
  else desk.ledger.change(order, request);
}

function cancel(desk: Desk, session: IbSession, orderId: number): void {
  const order = lastOf(desk, session.clientId ?? 0, orderId);
  const classic = desk.codes === 'classic';
  if (order === undefined) {
    if (classic) session.error(orderId, 135, `Can't find order with id =${orderId}`);
    else session.error(orderId, 10147, `OrderId ${orderId} that needs to be cancelled is not found.`);
    return;
  }
  desk.ledger.advance();
  const { permId } = order;
  if (desk.ledger.cancel(order, 'cancel_requested')) return;
  const status = statusOf(order);
  if (classic)
    session.error(orderId, 161, `Cancel attempted when order is not in a cancellable state. Order permId =${permId}`);
  else
    session.error(
      orderId,
      10148,
      `OrderId ${orderId} that needs to be cancelled cannot be cancelled, state: ${status}.`,
    );
}

/** The newest order of a client's id: an id that the broker forgot may have been used twice. */
function lastOf(desk: Desk, clientId: number, orderId: number): IbOrder | undefined {
  desk.ledger.advance();
  return desk.ledger.orders.findLast((order) => order.clientId === clientId && order.orderId === orderId);
}
