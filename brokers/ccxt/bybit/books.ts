import { millisOf } from '../../../domain/clock/instant';
import type { EpochMillis } from '../../../domain/clock/instant';
import type { InstrumentId } from '../../../domain/instrument/instrument';
import type { ListedOrder } from '../../../domain/order/broker';
import type { Fill, OrderRef, VenueOrder } from '../../../domain/order/order';
import { BrokerError } from '../broker-error';
import type { Shown } from '../dialect';
import { listOf, objectOf, optionalText, textOf } from '../reading';
import type { Json } from '../reading';
import type { VenueLine } from '../venue-line';
import { BYBIT_CODES } from './codes';
import { readFill, readOrder, refusalOf, symbolOf } from './orders';

/** Executions are asked for by weeks: a query does not reach further from its start. */
const WEEK = 7 * 86_400_000;
/** Nothing is asked of what lies further back: Bybit keeps two years, and refuses a query that starts before them. */
const KEPT = 729 * 86_400_000;
const ORDERS_PAGE = 50;
const FILLS_PAGE = 100;
/** A look-up reads orders from so much before its journal row: clocks differ. */
const SLACK = 60_000;
/** Without a filter Bybit answers with every kind of order; the books of stops are asked for by name as well. */
const FILTERS = [{}, { orderFilter: 'tpslOrder' }, { orderFilter: 'StopOrder' }] as const;

/** The `result` of an answer. @throws BrokerError. */
export async function resultOf(line: VenueLine, endpoint: string, query: object): Promise<Json> {
  const answer = objectOf(await line.call(endpoint, query, { share: 'safety', weight: 1 }), endpoint);
  return objectOf(answer['result'], 'result');
}

/** As `resultOf`, or undefined where Bybit says that there is no such order. */
export async function resultOrNone(line: VenueLine, endpoint: string, query: object): Promise<Json | undefined> {
  try {
    return await resultOf(line, endpoint, query);
  } catch (error) {
    if (error instanceof BrokerError && BYBIT_CODES.noOrder.has(error.venueCode)) return undefined;
    throw error;
  }
}

/** All pages of a list, newest first. */
async function pages(line: VenueLine, endpoint: string, query: object): Promise<readonly Json[]> {
  const all: Json[] = [];
  let where: object = {};
  for (;;) {
    const result = await resultOf(line, endpoint, { category: 'spot', ...query, ...where });
    const rows = listOf(result['list'], 'list');
    all.push(...rows);
    const cursor = optionalText(result, 'nextPageCursor');
    if (cursor === undefined || rows.length === 0) return all;
    where = { cursor };
  }
}

/**
 * An order by its client id: among the working and the lately ended, then in the history, each time without a filter and in
 * both books of stops. One empty answer proves nothing, and a filter that Bybit did not understand answers with others'
 * orders: only a row that bears our id counts.
 */
export async function find(line: VenueLine, ref: OrderRef): Promise<Shown | undefined> {
  const { clientOrderId, instrument } = ref;
  const since = millisOf(ref.createdAt) + line.clockDifference - SLACK;
  const row = await searched(
    line,
    { symbol: symbolOf(instrument), orderLinkId: clientOrderId },
    { startTime: since },
    (one) => one['orderLinkId'] === clientOrderId,
  );
  if (row === undefined) return undefined;
  const order = readOrder(row, instrument) as VenueOrder;
  const refusal = refusalOf(row);
  const refused = refusal === undefined ? {} : { refusal };
  if (order.filledQuantity === '0') return { order, fills: [], ...refused };
  const query = { symbol: symbolOf(instrument), orderId: order.venueOrderId };
  const rows = await fillRows(line, query, millisOf(order.receivedAt) - SLACK);
  return { order, fills: rows.map((one) => readFill(one, instrument)), ...refused };
}

/** Whose an order is, by Bybit's id. */
export async function clientIdOf(line: VenueLine, id: InstrumentId, orderId: string): Promise<string | null> {
  const row = await searched(line, { symbol: symbolOf(id), orderId }, {}, (one) => one['orderId'] === orderId);
  return (row && optionalText(row, 'orderLinkId')) ?? null;
}

async function searched(
  line: VenueLine,
  query: object,
  history: object,
  mine: (row: Json) => boolean,
): Promise<Json | undefined> {
  const places = [
    ['privateGetV5OrderRealtime', {}],
    ['privateGetV5OrderHistory', history],
  ] as const;
  for (const [endpoint, more] of places) {
    for (const filter of FILTERS) {
      const result = await resultOrNone(line, endpoint, { category: 'spot', ...query, ...more, ...filter });
      const row = result && listOf(result['list'], 'list').find(mine);
      if (row !== undefined) return row;
    }
  }
  return undefined;
}

/** Working orders of all books, all pages, each once. */
export async function openOrders(line: VenueLine, ids: readonly InstrumentId[]): Promise<readonly ListedOrder[]> {
  const byId = new Map(ids.map((id) => [symbolOf(id), id]));
  const listed = new Map<string, ListedOrder>();
  for (const filter of FILTERS) {
    for (const row of await pages(line, 'privateGetV5OrderRealtime', { ...filter, openOnly: 0, limit: ORDERS_PAGE })) {
      const id = byId.get(textOf(row, 'symbol'));
      if (id !== undefined) listed.set(textOf(row, 'orderId'), readOrder(row, id));
    }
  }
  return [...listed.values()];
}

/** Executions of an instrument from a venue time on, oldest first. */
export async function fillsSince(line: VenueLine, id: InstrumentId, since: EpochMillis): Promise<readonly Fill[]> {
  return (await fillRows(line, { symbol: symbolOf(id) }, since)).map((row) => readFill(row, id));
}

async function fillRows(line: VenueLine, query: object, from: EpochMillis): Promise<readonly Json[]> {
  const rows: Json[] = [];
  const now = Date.now() + line.clockDifference;
  for (let startTime = Math.max(from, now - KEPT); startTime <= now; startTime += WEEK) {
    const week = { ...query, startTime, endTime: startTime + WEEK - 1, limit: FILLS_PAGE };
    rows.push(...[...(await pages(line, 'privateGetV5ExecutionList', week))].reverse());
  }
  return rows.filter((row) => row['execType'] === 'Trade');
}
