import { Liquidities, OrderAction, OrderStatus, OrderType as IbType, TimeInForce } from '@stoqey/ib';
import type { Contract, Execution, Order, OrderState } from '@stoqey/ib';
import type { Instant } from '../../domain/clock/instant';
import { dec, ZERO } from '../../domain/money/decimal';
import type { DecimalString } from '../../domain/money/decimal';
import type { Capabilities, ContractKind } from '../../domain/order/broker';
import { isTrailing } from '../../domain/order/order';
import type { OrderRequest, OrderType, TrailDistance, VenueOrderState } from '../../domain/order/order';
import type { IbExecution, IbOrder } from './facts';
import { amountOf, doubleOf } from './numbers';
import { executionTime } from './times';

/**
 * What TWS does with each kind of order. It has no order that is refused rather than take liquidity, and nobody can stand
 * in for one.
 */
export const IB_CAPABILITIES: Capabilities = {
  market: 'native',
  limit: 'native',
  'post-only': 'none',
  ioc: 'native',
  fok: 'native',
  stop: 'native',
  'stop-limit': 'native',
  'trailing-stop': 'native',
  'anchored-trailing-stop': 'native',
  'trailing-stop-limit': 'native',
};

/** What an account adds to its orders. */
export interface OrderStyle {
  /** The account code at the venue, such as `DU1234567`. */
  readonly accountCode: string;
  /** Limits and stops of stocks work outside regular hours too; a stop that does not is asleep then. */
  readonly outsideRth: boolean;
}

/**
 * An order as TWS takes it. `transmit` is written out: left away, the library sends an empty field. What is called the
 * regular hours of a future is the third of its day in which the stock exchanges are open, and a stop without `outsideRth`
 * sleeps in the rest: those of futures work in all hours of trading, whatever the account says.
 * @throws RangeError for an amount that a double cannot hold
 */
export function toIbOrder(
  request: OrderRequest,
  { accountCode, outsideRth }: OrderStyle,
  kind: ContractKind = 'stock',
): Order {
  const { clientOrderId, goodTill, outsideRegularHours, quantity, side, terms, timeInForce } = request;
  const allHours = outsideRth || outsideRegularHours === true || kind === 'future';
  return {
    action: side === 'buy' ? OrderAction.BUY : OrderAction.SELL,
    totalQuantity: doubleOf(quantity),
    account: accountCode,
    orderRef: clientOrderId,
    tif: TimeInForce[timeInForce],
    transmit: true,
    // A market order in a stock never works outside of regular hours, and one in a future always does.
    outsideRth: allHours && terms.type !== 'market',
    ...(goodTill === undefined ? {} : { goodTillDate: utcText(goodTill) }),
    ...priceFields(terms),
  };
}

/** `20260301-15:30:00`, which TWS reads as UTC. */
function utcText(at: Instant): string {
  return `${at.slice(0, 10).replaceAll('-', '')}-${at.slice(11, 19)}`;
}

function priceFields(terms: OrderRequest['terms']): Pick<Order, 'orderType'> & Partial<Order> {
  switch (terms.type) {
    case 'market':
      return { orderType: IbType.MKT };
    case 'limit':
      return { orderType: IbType.LMT, lmtPrice: doubleOf(terms.price) };
    case 'stop':
      return { orderType: IbType.STP, auxPrice: doubleOf(terms.stopPrice) };
    case 'stop-limit':
      return { orderType: IbType.STP_LMT, lmtPrice: doubleOf(terms.price), auxPrice: doubleOf(terms.stopPrice) };
    case 'trailing-stop':
      return { orderType: IbType.TRAIL, ...trailFields(terms) };
    case 'trailing-stop-limit':
      return { orderType: IbType.TRAIL_LIMIT, ...trailFields(terms), lmtPriceOffset: doubleOf(terms.limitOffset) };
  }
}

/** Distance and first level; without a level TWS begins at the market. */
function trailFields(terms: Extract<OrderRequest['terms'], TrailDistance>): Partial<Order> {
  const { stopPrice } = terms;
  return {
    ...('trailBps' in terms ? { trailingPercent: terms.trailBps / 100 } : { auxPrice: doubleOf(terms.trailAmount) }),
    ...(stopPrice === undefined ? {} : { trailStopPrice: doubleOf(stopPrice) }),
  };
}

const TYPES: Readonly<Partial<Record<string, OrderType>>> = {
  [IbType.MKT]: 'market',
  [IbType.LMT]: 'limit',
  [IbType.STP]: 'stop',
  [IbType.STP_LMT]: 'stop-limit',
  [IbType.TRAIL]: 'trailing-stop',
  [IbType.TRAIL_LIMIT]: 'trailing-stop-limit',
};

const ENDS: Readonly<Partial<Record<string, VenueOrderState>>> = {
  [OrderStatus.Filled]: 'filled',
  [OrderStatus.Cancelled]: 'cancelled',
  [OrderStatus.ApiCancelled]: 'cancelled',
};

/**
 * The state of an order. `Inactive` is a rejection or a hold: while the order is listed as open it may still come alive,
 * so only among completed orders is it a rejection. An unknown word is none of an end: the order counts as open.
 */
export function stateOf(status: string, completed: boolean): VenueOrderState {
  if (status === 'Inactive') return completed ? 'rejected' : 'open';
  return ENDS[status] ?? 'open';
}

/** An order from `openOrder` or `completedOrder`; undefined for one without the durable id, which TWS states later. */
export function fromIbOrder(
  contract: Contract,
  order: Order,
  state: OrderState,
  where: 'open' | 'completed',
): IbOrder | undefined {
  const { permId } = order;
  // Of a completed order TWS states what filled in place of what was asked, and the rest as zero.
  const filled = amountOf(order.filledQuantity);
  const asked = amountOf(order.totalQuantity);
  const quantity = asked === undefined || dec(asked).isZero() ? filled : asked;
  if (permId === undefined || permId === 0 || quantity === undefined || contract.conId === undefined) return undefined;
  const completed = where === 'completed';
  const type = TYPES[order.orderType] ?? 'market';
  const stopPrice = isTrailing(type) ? amountOf(order.trailStopPrice) : undefined;
  return {
    permId,
    ...(completed || order.orderId === undefined ? {} : { orderId: order.orderId }),
    ...(order.clientId === undefined ? {} : { clientId: order.clientId }),
    orderRef: order.orderRef ?? '',
    conId: contract.conId,
    account: order.account ?? '',
    side: order.action === OrderAction.BUY ? 'buy' : 'sell',
    quantity,
    type,
    ...(stopPrice === undefined ? {} : { stopPrice }),
    state: stateOf(state.status, completed),
    filled: (completed ? filled : undefined) ?? ('0' as DecimalString),
  };
}

/** An execution; undefined for one that lacks what identifies or counts it: it is not booked on a guess. */
export function fromIbExecution(contract: Contract, execution: Execution, timeZone: string): IbExecution | undefined {
  const { acctNumber, execId, lastLiquidity, orderRef, permId, price, shares, side, time } = execution;
  const [quantity, paid, at] = [amountOf(shares), amountOf(price), executionTime(time ?? '', timeZone)];
  if (execId === undefined || execId === '' || permId === undefined || contract.conId === undefined) return undefined;
  if (quantity === undefined || paid === undefined || at === undefined) return undefined;
  if (dec(quantity).lte(ZERO) || (side !== 'BOT' && side !== 'SLD')) return undefined;
  return {
    execId,
    permId,
    orderRef: orderRef ?? '',
    conId: contract.conId,
    account: acctNumber ?? '',
    side: side === 'BOT' ? 'buy' : 'sell',
    quantity,
    price: paid,
    // 1 added liquidity, 2 removed it, 3 was routed out.
    maker: lastLiquidity === Liquidities.Added,
    at,
  };
}
