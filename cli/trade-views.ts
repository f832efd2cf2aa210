import type { ActionView, EventView, FillView, OrderView, TradeDetailView, TradeView } from '../api/contract/views';
import { cell, fields, table } from './output';

/** `2017-06-14 13:30:05` of a moment. */
export function moment(at: string | null): string | null {
  return at === null ? null : at.slice(0, 19).replace('T', ' ');
}

/** A list of trades, one a line. */
export function tradeTable(trades: readonly TradeView[]): string {
  return table(
    ['ID', 'INSTRUMENT', 'STRATEGY', 'DIRECTION', 'PHASE', 'OUTCOME', 'POSITION', 'P&L', 'ACCEPTED', 'ATTENTION'],
    trades.map((trade) => [
      trade.id,
      trade.instrument,
      trade.strategy,
      trade.direction,
      trade.phase,
      outcomeText(trade),
      trade.position,
      trade.realisedPnl,
      moment(trade.acceptedAt),
      trade.attention,
    ]),
    'No trades.',
  );
}

/** One trade with its orders and fills. */
export function tradeText(trade: TradeDetailView): string {
  const reasons = reasonList(trade.signal);
  const parts = [
    fields([
      ['trade', trade.id],
      ['workflow', trade.workflowId],
      ['account', trade.account],
      ['instrument', trade.instrument],
      ['strategy', trade.strategy],
      ['direction', trade.direction],
      ['phase', trade.phase],
      ['outcome', trade.outcome === null ? null : outcomeText(trade)],
      // An analyst's verdict is told by its reasons, below.
      ['detail', trade.outcome === 'no-trade' && reasons !== null ? null : trade.outcomeDetail],
      ['attention', trade.attention],
      ['halted', trade.halted ? 'yes' : null],
      ['position', trade.position],
      ['dust', trade.dust === '0' ? null : trade.dust],
      ['realised P&L', trade.realisedPnl],
      ['accepted', `${moment(trade.acceptedAt) ?? ''} (market time ${moment(trade.acceptedMarketAt) ?? ''})`],
      ['valid until', trade.phase === 'ended' ? null : moment(trade.validUntil)],
      ['ended', moment(trade.endedAt)],
      ['can be asked', trade.possibleActions.join(', ') || null],
    ]),
    ...(reasons === null ? [] : [reasons]),
    orderTable(trade.orders),
    fillTable(trade.fills),
  ];
  return parts.join('\n\n');
}

/** Orders, one a line; those of several trades with the trade and the instrument of each. */
export function orderTable(orders: readonly OrderView[], ofMany = false): string {
  return table(
    [
      ...['ORDER', 'LEG', 'SIDE', 'QUANTITY', 'TYPE', 'PRICE', 'STOP', 'STATE', 'FILLED', 'ATTEMPTS', 'WHY'],
      ...(ofMany ? ['INSTRUMENT', 'TRADE'] : []),
    ],
    orders.map((order) => [
      order.clientOrderId,
      order.leg,
      order.side,
      order.quantity,
      order.type,
      order.price,
      order.venueStopPrice ?? order.stopPrice,
      order.state,
      order.booked,
      String(order.attempts),
      order.rejectCode ?? order.refusal,
      ...(ofMany ? [order.instrument, order.tradeId] : []),
    ]),
    'No orders.',
  );
}

/** Fills, one a line. */
export function fillTable(fills: readonly FillView[]): string {
  return table(
    ['FILL', 'LEG', 'SIDE', 'QUANTITY', 'PRICE', 'FEE', 'MARKET TIME'],
    fills.map((fill) => [
      fill.venueFillId,
      fill.leg,
      fill.side,
      fill.quantity,
      fill.price,
      `${fill.fee} ${fill.feeAsset}`,
      moment(fill.marketAt),
    ]),
    'No fills.',
  );
}

/** A trade's history, one event a line. */
export function timelineTable(events: readonly EventView[]): string {
  return table(
    ['AT', 'MARKET TIME', 'KIND', 'WHAT', 'DETAIL'],
    events.map((event) => [
      event.at.slice(0, 23).replace('T', ' '),
      moment(event.marketAt),
      event.kind,
      event.name,
      eventDetail(event),
    ]),
    'Nothing has happened.',
  );
}

/** What is kept with an event, in words; of a fill what a person asks for. */
function eventDetail({ kind, detail }: EventView): string | null {
  const value = (name: string): string => {
    const kept = detail[name];
    return typeof kept === 'string' ? kept : JSON.stringify(kept);
  };
  if (kind === 'fill')
    return `${value('side')} ${value('quantity')} ${value('instrument')} at ${value('price')}, fee ${value('fee')} ${value('feeAsset')}`;
  const names = Object.keys(detail).filter((name) => detail[name] !== null);
  return names.length === 0 ? null : names.map((name) => `${name} ${value(name)}`).join(', ');
}

/** Where a trade stands after an action. */
export function actionText(result: ActionView): string {
  return fields([
    ['trade', result.tradeId],
    ['phase', result.phase],
    ['position', result.position],
    ['attention', result.attention],
    ['can be asked', result.possibleActions.join(', ') || null],
  ]);
}

/** `rejected (market_closed)`. */
function outcomeText(trade: Pick<TradeView, 'outcome' | 'outcomeCode'>): string | null {
  return trade.outcome === null || trade.outcomeCode === null
    ? trade.outcome
    : `${trade.outcome} (${trade.outcomeCode})`;
}

/** What the analyst said, a line each. */
function reasonList(signal: TradeDetailView['signal']): string | null {
  const given = signal?.['reasons'];
  if (!Array.isArray(given) || given.length === 0) return null;
  return ['reasons:', ...given.map((reason) => `  ${cell(String(reason))}`)].join('\n');
}
