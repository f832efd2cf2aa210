import { dec, text } from '../../domain/money/decimal';
import type { Decimal } from '../../domain/money/decimal';
import type { SimContract } from './contracts';
import { statusOf, waitsForTrigger } from './order';
import type { IbFill, IbOrder } from './order';
import type { IbPosition } from './portfolio';
import { said } from './times';
import { UNSET_AMOUNT } from './wire/fields';
import type { ToClientValues } from './wire/to-client';

/** How many places an average has. */
const PLACES = 8;
const short = (value: Decimal): string => text(value.toDecimalPlaces(PLACES));

/** The fields of a contract that orders, executions and positions show. */
export function contractView(contract: SimContract) {
  const { conId, currency, exchange, lastTradeDate, localSymbol, multiplier, secType, symbol, tradingClass } = contract;
  return {
    conId,
    symbol,
    secType,
    lastTradeDate,
    strike: '0',
    multiplier,
    exchange,
    currency,
    localSymbol,
    tradingClass,
  };
}

function termsView(order: IbOrder) {
  const { account, contract, limitPrice, orderRef, quantity, side, timeInForce, type, outsideRth } = order;
  return {
    ...contractView(contract),
    ...{ action: side === 'buy' ? 'BUY' : 'SELL', quantity, orderType: type, limitPrice: limitPrice ?? '0' },
    ...{ auxPrice: order.auxPrice ?? '0', tif: timeInForce, account, openClose: '', origin: 0, orderRef },
    ...{ permId: order.permId, outsideRth, goodTillDate: order.goodTillDate },
    ...{ trailStopPrice: order.stopNow ?? order.trailStopPrice, trailingPercent: order.trailingPercent },
    ...{ limitPriceOffset: order.limitOffset },
  };
}

export function openOrderView(order: IbOrder, warning = ''): ToClientValues<'openOrder'> {
  const { clientId, orderId } = order;
  return { ...termsView(order), orderId, clientId, status: statusOf(order), warningText: warning };
}

export function completedView(order: IbOrder): ToClientValues<'completedOrder'> {
  const status = statusOf(order);
  const { endReason, filled, quantity, updatedAt } = order;
  return {
    ...termsView(order),
    ...{ status, filledQuantity: filled, completedTime: said(updatedAt) },
    completedStatus: status === 'Filled' ? `Filled Size: ${filled}` : `${status} by Trader: ${endReason ?? ''}`,
    quantity: status === 'Filled' ? filled : quantity,
  };
}

export function statusView(order: IbOrder): ToClientValues<'orderStatus'> {
  const { averagePrice, clientId, filled, lastPrice, orderId, permId, quantity } = order;
  return {
    ...{ orderId, status: statusOf(order), filled, remaining: text(dec(quantity).minus(filled)) },
    ...{ averagePrice: short(averagePrice), permId, parentId: 0, lastPrice: short(lastPrice), clientId },
    ...{ whyHeld: order.state === 'open' && waitsForTrigger(order) ? 'trigger' : '', capPrice: '0' },
  };
}

/** `reqId` is -1 for an execution that was not asked for. */
export function executionView(fill: IbFill, order: IbOrder, reqId = -1): ToClientValues<'execution'> {
  const { at, averagePrice, cumulative, id, liquidity, price, quantity, side } = fill;
  return {
    ...{ reqId, orderId: order.orderId, ...contractView(fill.contract), execId: id, time: said(at) },
    ...{ account: fill.account, market: order.contract.exchange, side: side === 'buy' ? 'BOT' : 'SLD' },
    ...{ shares: quantity, price, permId: order.permId, clientId: order.clientId, liquidation: 0 },
    ...{ cumulativeQuantity: cumulative, averagePrice: short(averagePrice), orderRef: order.orderRef },
    ...{ lastLiquidity: liquidity === 'maker' ? 1 : 2, pendingPriceRevision: 0 },
  };
}

export function commissionView(fill: IbFill): ToClientValues<'commissionReport'> {
  const { commission, contract, id, realized } = fill;
  return {
    ...{ execId: id, commission, currency: contract.currency },
    realizedPnl: realized === null ? UNSET_AMOUNT : text(dec(realized).minus(commission)),
    ...{ yield: UNSET_AMOUNT, yieldRedemptionDate: 0 },
  };
}

export function positionView(
  account: string,
  { averageCost, contract, quantity }: IbPosition,
): ToClientValues<'position'> {
  return {
    ...{ account, ...contractView(contract), exchange: contract.primaryExchange || contract.exchange },
    ...{ position: text(quantity), averageCost: short(averageCost) },
  };
}
