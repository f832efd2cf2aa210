import type { EventView, OrderView, TradeDetailView } from '../../api/contract/views';
import { dec } from '../../domain/money/decimal';

/** What stands above the lines of a timeline. */
export const TIMELINE_HEADING = '  seconds  market time (UTC)    what happened';

/**
 * What happened from an event on, as lines for people: real seconds since the trade was accepted, market time, and what
 * happened. The strategy's view follows the first phase after the analysis.
 * @param events the trade's history from its beginning
 * @param from index of the first event to tell
 */
export function timelineLines(events: readonly EventView[], from: number, trade: TradeDetailView): readonly string[] {
  const judged = events.findIndex(({ kind, name }) => kind === 'phase' && name === 'checking-risk');
  return events.slice(from).flatMap((event, index) => {
    const seconds = ((Date.parse(event.at) - Date.parse(trade.acceptedAt)) / 1000).toFixed(2).padStart(9);
    const line = `${seconds}  ${event.marketAt.slice(0, 19).replace('T', ' ')}  ${words(event, trade)}`;
    return from + index === judged ? [line, ...viewLines(trade)] : [line];
  });
}

/** The result of a trade in one line. */
export function resultLine(trade: TradeDetailView): string {
  const { outcome, outcomeCode, outcomeDetail, attention, realisedPnl } = trade;
  const why = outcomeCode === null || outcomeCode === outcome ? '' : ` (${outcomeCode.replaceAll('_', ' ')})`;
  const said = [
    `${outcome ?? 'open'}${why}`,
    trade.fills.length === 0 || realisedPnl === null ? 'nothing was traded' : money(realisedPnl),
    ...(outcomeDetail === null ? [] : [outcomeDetail]),
    ...(attention === null ? [] : [`a person should look: ${attention.replaceAll('_', ' ')}`]),
  ];
  return `Result: ${said.join('; ')}`;
}

function money(realisedPnl: string): string {
  const amount = dec(realisedPnl);
  const kind = amount.isNegative() ? 'loss' : 'profit';
  return `${kind} of ${amount.abs().toFixed(2)} USD after fees`;
}

function words(event: EventView, trade: TradeDetailView): string {
  switch (event.kind) {
    case 'phase':
      return event.name + phaseNote(event, trade);
    case 'fill':
      return `  fill     ${fillText(event, trade)}`;
    case 'order':
      return `  order    ${orderText(event, trade)}`;
    default:
      return `  ${event.kind.padEnd(8)} ${event.name.replaceAll('_', ' ')}`;
  }
}

function phaseNote({ name, detail }: EventView, { instrument }: TradeDetailView): string {
  if (name === 'awaiting-open') return `: the market of ${instrument} is closed`;
  const { outcome, code } = detail;
  if (name !== 'ended' || typeof outcome !== 'string') return '';
  return `: ${outcome}${typeof code !== 'string' || code === outcome ? '' : ` (${code.replaceAll('_', ' ')})`}`;
}

function viewLines({ signal }: TradeDetailView): readonly string[] {
  if (signal?.['kind'] !== 'directional') return [];
  const { direction, conviction, stopPrice, reasons } = signal;
  const given = Array.isArray(reasons) ? reasons.map(String) : [];
  const indent = ' '.repeat(34);
  return [
    `${indent}view     ${String(direction)}, conviction ${String(conviction)}, stop ${String(stopPrice)}`,
    ...given.map((reason) => `${indent}         ${reason}`),
  ];
}

function fillText({ detail }: EventView, trade: TradeDetailView): string {
  const { leg, side, quantity, price, fee, feeAsset } = detail;
  const verb = side === 'buy' ? 'bought' : 'sold';
  const paid = `fee ${dec(String(fee)).toFixed(2)} ${String(feeAsset)}`;
  return `${String(leg)}: ${verb} ${String(quantity)} ${trade.instrument} at ${String(price)}, ${paid}`;
}

function orderText({ name, detail }: EventView, trade: TradeDetailView): string {
  const order = trade.orders.find(({ clientOrderId }) => clientOrderId === detail['clientOrderId']);
  const leg = String(detail['leg']);
  return order === undefined ? `${leg}: ${name}` : `${leg}: ${terms(order)}: ${name}`;
}

function terms({ side, quantity, type, price, stopPrice }: OrderView): string {
  const trigger = stopPrice === null ? '' : ` at ${stopPrice}`;
  const limit = price === null ? '' : ` limit ${price}`;
  return `${side} ${quantity} ${type}${trigger}${limit}`;
}
