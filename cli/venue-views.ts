import type { BalancesView, QuoteView, VenueOrdersView } from '../api/contract/venue-views';
import { fields, table } from './output';
import { fillTable, moment } from './trade-views';

/** What the venue of an account showed last. */
export function balancesText(state: BalancesView, orders: VenueOrdersView): string {
  const parts = [
    fields([
      ['account', state.account],
      ['as of', state.asOf === null ? 'the venue has not been read yet' : moment(state.asOf)],
      ['orders read', moment(state.polledAt)],
      ...Object.entries(state.lines).map(
        ([name, { up, why }]) => [`line ${name}`, up ? 'up' : `down: ${why}`] as const,
      ),
      ...Object.entries(state.problems).map(([chore, problem]) => [`problem (${chore})`, problem] as const),
    ]),
    table(
      ['ASSET', 'FREE', 'HELD BY ORDERS'],
      state.balances.map(({ asset, free, locked }) => [asset, free, locked]),
      'No balances.',
    ),
    ...holdingTables(state),
    orderList('OUR ORDER', orders.ours, 'None of our orders works.'),
    orderList('FOREIGN ORDER', orders.foreign, 'No foreign orders.'),
  ];
  if (orders.foreignFills.length > 0) parts.push(`Foreign executions:\n${fillTable(orders.foreignFills)}`);
  return parts.join('\n\n');
}

/** What a venue counts beside balances, where it does. */
function holdingTables({ positions, values }: BalancesView): readonly string[] {
  const parts: string[] = [];
  if (positions !== null)
    parts.push(
      table(
        ['POSITION', 'QUANTITY', 'WHOSE'],
        positions.map(({ foreign, instrument, quantity }) => [
          instrument,
          quantity,
          foreign === true ? 'foreign: not traded by this account' : 'ours to compare',
        ]),
        'No positions.',
      ),
    );
  if (values !== null)
    parts.push(
      table(
        ["VENUE'S FIGURE", 'AMOUNT', 'CURRENCY'],
        values.map(({ amount, currency, name }) => [name, amount ?? 'not told', amount === null ? null : currency]),
        'No figures.',
      ),
    );
  return parts;
}

function orderList(
  heading: string,
  orders: VenueOrdersView['foreign'] | VenueOrdersView['ours'],
  none: string,
): string {
  return table(
    [heading, 'TRADE', 'INSTRUMENT', 'SIDE', 'QUANTITY', 'TYPE', 'FILLED', 'RECEIVED'],
    orders.map((order) => [
      order.clientOrderId ?? order.venueOrderId,
      'tradeId' in order ? order.tradeId : null,
      order.instrument,
      order.side,
      order.quantity,
      order.type,
      order.filledQuantity,
      moment(order.receivedAt),
    ]),
    none,
  );
}

/** `2026-11-25 10:00:01  64210.5  bid 64210  ask 64211  0.3 s old, stream`; or why there is no price. */
export function quoteLine(quote: QuoteView): string {
  const { ageMs, ask, at, bid, by, instrument, line, price, problem } = quote;
  const down = line !== null && !line.up ? `; the stream is down (${line.why})` : '';
  if (price === null || ageMs === null) {
    if (problem !== null) return `no price of ${instrument}: ${problem}${down}`;
    return by === 'none'
      ? `the venue has no price of ${instrument}`
      : `waiting for the first price of ${instrument}${down}`;
  }
  const how = by === 'poll' ? 'asked for: the venue streams no tickers' : (by ?? 'stored');
  return `${moment(at) ?? ''}  ${price}  bid ${bid ?? '-'}  ask ${ask ?? '-'}  ${(ageMs / 1_000).toFixed(1)} s old, ${how}${down}`;
}
