import { millisOf } from '../../../domain/clock/instant';
import type { EpochMillis } from '../../../domain/clock/instant';
import type { InstrumentId } from '../../../domain/instrument/instrument';
import type { ListedOrder } from '../../../domain/order/broker';
import type { Fill, OrderRef, VenueOrder } from '../../../domain/order/order';
import { BrokerError } from '../broker-error';
import type { Shown } from '../dialect';
import { listOf, millisIn, objectOf, textOf, unreadable } from '../reading';
import type { Json } from '../reading';
import type { VenueLine } from '../venue-line';
import { OKX_CODES } from './codes';
import { isAlgo, joined, madeBy, ownerOf, readAlgo, readFill, readOrder, refusalOf, symbolOf } from './orders';
import type { Owner } from './orders';

const DAY = 86_400_000;
/** Every list of OKX comes in pages of at most this many rows, newest first. */
const PAGE = 100;
/** `trade/fills` reaches so far back, and a little further; older executions stand in `fills-history` for three months. */
const RECENT = 2.9 * DAY;
/** A look-up reads orders from so much before its journal row: clocks differ. */
const SLACK = 60_000;
/** An order is shown by the time that its execution is so old, or never again. */
const SETTLED = 3_600_000;
/** Owners that are remembered for one account; all are forgotten when there are more. */
const MOST_OWNERS = 10_000;
/** What the algo book is asked for, one by one: it answers for one kind at a time. */
const ALGO_KINDS = ['conditional,oco', 'move_order_stop', 'trigger'] as const;

/** What an endpoint costs, in parts of the sixty requests in two seconds that most of them take. */
const COSTS: Readonly<Record<string, number>> = {
  privateGetTradeOrderAlgo: 3,
  privateGetTradeOrdersAlgoPending: 3,
  privateGetTradeOrdersAlgoHistory: 3,
  privateGetTradeOrdersHistory: 2,
  privateGetTradeFillsHistory: 6,
  privateGetAccountBalance: 6,
  privateGetAccountConfig: 12,
  publicGetMarketTicker: 3,
  publicGetPublicInstruments: 3,
  publicGetPublicTime: 6,
  privatePostTradeCancelAlgos: 3,
};

/** Calls an endpoint with the reserved share of the budget. @throws BrokerError. */
export const call = (line: VenueLine, endpoint: string, query: object): Promise<unknown> =>
  line.call(endpoint, query, { share: 'safety', weight: COSTS[endpoint] ?? 1 });

/** The rows of an answer. @throws BrokerError `unknown` when it has none to read. */
export function rowsOf(answer: unknown, what: string): readonly Json[] {
  return listOf(objectOf(answer, what)['data'], what);
}

/** The rows of an answer, none where OKX says that there is no such order. */
export async function rowsOrNone(answer: Promise<unknown>): Promise<readonly Json[] | undefined> {
  try {
    return rowsOf(await answer, 'orders');
  } catch (error) {
    if (error instanceof BrokerError && OKX_CODES.noOrder.has(error.venueCode)) return undefined;
    throw error;
  }
}

/** All pages of a list: `cursor` is the id field by which OKX pages. */
async function pages(line: VenueLine, endpoint: string, query: object, cursor: string): Promise<readonly Json[]> {
  const all: Json[] = [];
  let where: object = {};
  for (;;) {
    const rows = rowsOf(await call(line, endpoint, { ...query, ...where, limit: PAGE }), endpoint);
    all.push(...rows);
    const last = rows.at(-1);
    if (last === undefined || rows.length < PAGE) return all;
    where = { after: textOf(last, cursor) };
  }
}

/**
 * An order by its client id, in both books: first in the one that it was sent to, in every list of it, then by its id in the
 * other. One empty answer proves nothing.
 */
export async function find(line: VenueLine, ref: OrderRef): Promise<Shown | undefined> {
  return isAlgo(ref.type)
    ? ((await inAlgoBook(line, ref, true)) ?? (await inPlainBook(line, ref, false)))
    : ((await inPlainBook(line, ref, true)) ?? (await inAlgoBook(line, ref, false)));
}

async function inPlainBook(line: VenueLine, ref: OrderRef, lists: boolean): Promise<Shown | undefined> {
  const query = { instId: symbolOf(ref.instrument) };
  const mine = (rows: readonly Json[] | undefined): Json | undefined =>
    // An order that a stop made may bear the stop's client id: it is the stop's to show.
    rows?.find((row) => row['clOrdId'] === ref.clientOrderId && ownerOf(row).venueOrderId === row['ordId']);
  const direct = call(line, 'privateGetTradeOrder', { ...query, clOrdId: ref.clientOrderId });
  const since = millisOf(ref.createdAt) + line.clockDifference - SLACK;
  const spot = { instType: 'SPOT', ...query };
  const row =
    mine(await rowsOrNone(direct)) ??
    (lists ? mine(await pages(line, 'privateGetTradeOrdersPending', spot, 'ordId')) : undefined) ??
    (lists
      ? mine(await pages(line, 'privateGetTradeOrdersHistory', { ...spot, begin: String(since) }, 'ordId'))
      : undefined);
  if (row === undefined) return undefined;
  const order = readOrder(row, ref.instrument) as VenueOrder;
  return shown(line, order, ownerOf(row), order.venueOrderId, refusalOf(row));
}

async function inAlgoBook(line: VenueLine, ref: OrderRef, lists: boolean): Promise<Shown | undefined> {
  const mine = (rows: readonly Json[] | undefined): Json | undefined =>
    rows?.find((row) => row['algoClOrdId'] === ref.clientOrderId);
  let row = mine(await rowsOrNone(call(line, 'privateGetTradeOrderAlgo', { algoClOrdId: ref.clientOrderId })));
  if (row === undefined && lists) {
    const spot = {
      instType: 'SPOT',
      instId: symbolOf(ref.instrument),
      ordType: ref.type === 'trailing-stop' ? 'move_order_stop' : 'conditional',
    };
    row = mine(await pages(line, 'privateGetTradeOrdersAlgoPending', spot, 'algoId'));
    for (const state of ['effective', 'canceled', 'order_failed'])
      row ??= mine(await pages(line, 'privateGetTradeOrdersAlgoHistory', { ...spot, state }, 'algoId'));
  }
  if (row === undefined) return undefined;
  const algo = readAlgo(row, ref.instrument) as VenueOrder;
  const made = await madeOrder(line, row, ref.instrument);
  if (made === undefined) return { order: algo, fills: [] };
  const owner = { venueOrderId: algo.venueOrderId, clientOrderId: algo.clientOrderId };
  return shown(line, joined(algo, made) as VenueOrder, owner, made.venueOrderId);
}

/** The order that a stop made, if it has and OKX shows it. */
export async function madeOrder(line: VenueLine, algo: Json, id: InstrumentId): Promise<ListedOrder | undefined> {
  const ordId = madeBy(algo);
  if (ordId === undefined) return undefined;
  const [row] = (await rowsOrNone(call(line, 'privateGetTradeOrder', { instId: symbolOf(id), ordId }))) ?? [];
  return row === undefined ? undefined : readOrder(row, id);
}

async function shown(
  line: VenueLine,
  order: VenueOrder,
  owner: Owner,
  ordId: string,
  refusal?: Shown['refusal'],
): Promise<Shown> {
  const refused = refusal === undefined ? {} : { refusal };
  if (order.filledQuantity === '0') return { order, fills: [], ...refused };
  const query = { instId: symbolOf(order.instrument), ordId };
  const rows = await fillRows(line, query, millisOf(order.receivedAt) - SLACK);
  return { order, fills: rows.map((row) => readFill(row, order.instrument, owner)), ...refused };
}

/** Rows of executions from a venue time on, oldest first. */
async function fillRows(line: VenueLine, query: object, from: EpochMillis): Promise<readonly Json[]> {
  const recent = from > Date.now() + line.clockDifference - RECENT;
  const endpoint = recent ? 'privateGetTradeFills' : 'privateGetTradeFillsHistory';
  return [...(await pages(line, endpoint, { instType: 'SPOT', ...query, begin: String(from) }, 'billId'))].reverse();
}

/** Owners by venue order id: which stop made an order never changes. One list for each account's line. */
const owners = new WeakMap<VenueLine, Map<string, Owner>>();

/**
 * Executions from a venue time on, each under the ids that its order was sent with: a row alone does not tell that its
 * order was made by a stop, so each order is read once.
 */
export async function fillsSince(line: VenueLine, id: InstrumentId, since: EpochMillis): Promise<readonly Fill[]> {
  const fills: Fill[] = [];
  for (const row of await fillRows(line, { instId: symbolOf(id) }, since))
    fills.push(readFill(row, id, await ownerOfFill(line, id, row)));
  return fills;
}

/** An execution may be shown before its order is: then it is not known yet whose it is, and a guess would be booked. */
async function ownerOfFill(line: VenueLine, id: InstrumentId, row: Json): Promise<Owner> {
  const owner = await ownerByOrderId(line, id, textOf(row, 'ordId'));
  if (owner !== undefined) return owner;
  if (millisIn(row, 'ts') > Date.now() + line.clockDifference - SETTLED) throw unreadable('order of an execution');
  return ownerOf({ ...row, algoId: '' });
}

/** Whose an order is; undefined when OKX does not show it. */
export async function ownerByOrderId(line: VenueLine, id: InstrumentId, ordId: string): Promise<Owner | undefined> {
  let known = owners.get(line);
  if (known === undefined || known.size > MOST_OWNERS) owners.set(line, (known = new Map<string, Owner>()));
  const before = known.get(ordId);
  if (before !== undefined) return before;
  const [row] = (await rowsOrNone(call(line, 'privateGetTradeOrder', { instId: symbolOf(id), ordId }))) ?? [];
  if (row === undefined) return undefined;
  const owner = ownerOf(row);
  known.set(ordId, owner);
  return owner;
}

/** Working orders of both books, all pages; one that a stop made is shown as the stop. */
export async function openOrders(line: VenueLine, ids: readonly InstrumentId[]): Promise<readonly ListedOrder[]> {
  const byId = new Map(ids.map((id) => [symbolOf(id), id]));
  const listed: ListedOrder[] = [];
  for (const row of await pages(line, 'privateGetTradeOrdersPending', { instType: 'SPOT' }, 'ordId')) {
    const id = byId.get(textOf(row, 'instId'));
    if (id !== undefined) listed.push(await asSent(line, row, id));
  }
  for (const ordType of ALGO_KINDS) {
    const rows = await pages(line, 'privateGetTradeOrdersAlgoPending', { instType: 'SPOT', ordType }, 'algoId');
    for (const row of rows) {
      const id = byId.get(textOf(row, 'instId'));
      if (id !== undefined) listed.push(readAlgo(row, id));
    }
  }
  return listed;
}

async function asSent(line: VenueLine, row: Json, id: InstrumentId): Promise<ListedOrder> {
  const made = readOrder(row, id);
  const { venueOrderId: algoId } = ownerOf(row);
  if (algoId === made.venueOrderId) return made;
  const [algo] = (await rowsOrNone(call(line, 'privateGetTradeOrderAlgo', { algoId }))) ?? [];
  return algo === undefined ? made : joined(readAlgo(algo, id), made);
}
