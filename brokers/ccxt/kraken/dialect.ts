import type { Exchange } from 'ccxt';
import { millisOf } from '../../../domain/clock/instant';
import type { EpochMillis } from '../../../domain/clock/instant';
import type { Instrument, InstrumentId } from '../../../domain/instrument/instrument';
import { dec, text } from '../../../domain/money/decimal';
import type { DecimalString } from '../../../domain/money/decimal';
import type { KeyRights, ListedOrder, VenueBalance } from '../../../domain/order/broker';
import type { Fill, OrderRef, VenueOrder } from '../../../domain/order/order';
import type { Quote } from '../../../domain/signal/market-data';
import { pointAt } from '../base-url';
import { BrokerError } from '../broker-error';
import type { Dialect, Shown, VenueEnd } from '../dialect';
import { amountOf, amountOrZero, millisIn, objectOf, optionalText, textOf, unreadable } from '../reading';
import type { Json } from '../reading';
import type { CallOptions, VenueLine } from '../venue-line';
import { KRAKEN_CODES } from './codes';
import { orderCall, readOrder, readSigned, readTrade } from './orders';
import { FencedKraken } from './signing';
import { KRAKEN_STREAM } from './stream';
import { assetOf, instrumentFinder, pairOf } from './symbols';

const DAY = 86_400_000;
/** A look-up reads orders from so much before its journal row: clocks differ. */
const SLACK = 60_000;
/** Rows of one page of history. */
const PAGE = 50;
/** Executions, and orders, that one query by id takes. */
const IDS = 20;

const read = (weight: number): CallOptions => ({ share: 'safety', weight });

/**
 * Kraken spot. Client order ids are unique among open orders only: what protects is the deadline in each order, after which
 * the engine refuses it, the look-up after it, and the nonce: a look-up bears a higher one, so that an order that is still
 * under way is refused when it arrives (keep the key's nonce window at 0, and one process to a key).
 * - **No sandbox.**
 * - **Validity window** 6 s with a deadline of 3.6 s: Kraken takes none under 2 s.
 * - **Clock skew** 1.5 s: the venue tells its time in whole seconds, so that it is known to half of one.
 * - **Read lag** 60 s and **retention** 30 days are our caution: Kraken states neither.
 * - **Polls** are rare, for a small key's counter of requests empties at one in three seconds; the stream hints in between.
 * - **Fees** are in quote currency, as each order asks.
 * - A stop that the market has passed fires at once.
 */
export const KRAKEN: Dialect = {
  venue: 'kraken',
  timings: { validityWindow: 6_000, readLag: 60_000, retention: 30 * DAY, clockSkew: 1_500, pollEvery: 20_000 },
  capabilities: {
    market: 'native',
    limit: 'native',
    'post-only': 'native',
    ioc: 'native',
    // Since 12 May 2026 (https://docs.kraken.com/exchange/changelog).
    fok: 'native',
    stop: 'native',
    'stop-limit': 'native',
    'trailing-stop': 'native',
    'anchored-trailing-stop': 'emulated',
    'trailing-stop-limit': 'emulated',
  },
  codes: KRAKEN_CODES,
  stream: KRAKEN_STREAM,
  inSequence: true,
  exchange,
  serverTime: async (line): Promise<EpochMillis> => {
    const seconds = millisIn(await result(line, 'publicGetTime', {}), 'unixtime');
    // In the middle of the second that it names.
    return seconds * 1_000 + 500;
  },
  instruments,
  orderCall,
  readSigned,
  placed: (answer) => {
    const ids: unknown = objectOf(objectOf(answer, 'order')['result'], 'order')['txid'];
    const venueOrderId: unknown = Array.isArray(ids) ? ids[0] : undefined;
    if (typeof venueOrderId !== 'string' || venueOrderId === '') throw unreadable('txid');
    return { venueOrderId };
  },
  find,
  clientIdOf: async (line, instrument, venueOrderId) =>
    (await queried(line, instrument, [venueOrderId]))[0]?.order.clientOrderId ?? null,
  cancel: async (line, { venueOrderId, clientOrderId }) => {
    const params = venueOrderId === null ? { cl_ord_id: clientOrderId } : { txid: venueOrderId };
    const answer = await orNone(result(line, 'privatePostCancelOrder', params));
    if (answer === undefined) return 'too-late';
    return Number(answer['count']) > 0 || String(answer['pending']) === 'true' ? 'requested' : 'too-late';
  },
  openOrders: async (line, ids): Promise<readonly ListedOrder[]> => {
    const rows = mapIn(await result(line, 'privatePostOpenOrders', {}), 'open');
    const idOf = instrumentFinder(ids);
    return rows.flatMap(([key, row]) => {
      const id = idOf(textOf(objectOf(row['descr'], 'descr'), 'pair'));
      return id === undefined ? [] : [readOrder(key, row, id)];
    });
  },
  fillsSince,
  balances: async (line): Promise<readonly VenueBalance[]> => {
    const rows = Object.entries(await result(line, 'privatePostBalanceEx', {}));
    return rows.map(([name, value]) => {
      const row = objectOf(value, 'balance');
      const locked = amountOrZero(row, 'hold_trade');
      return { asset: assetOf(name), free: text(dec(amountOf(row, 'balance')).minus(locked)), locked };
    });
  },
  quote: async (line, id): Promise<Quote | undefined> => {
    const [row] = Object.values(await result(line, 'publicGetTicker', { pair: pairOf(id) }));
    if (row === undefined) return undefined;
    const ticker = objectOf(row, 'ticker');
    const [price, bid, ask] = ['c', 'b', 'a'].map((name) => firstOf(ticker, name));
    if (price === undefined || bid === undefined || ask === undefined) return undefined;
    return { instrument: id, price, bid, ask, at: Date.now() };
  },
  keyRights: async (line): Promise<KeyRights> => {
    const rights = (await result(line, 'privatePostGetApiKeyInfo', {}))['permissions'];
    if (!Array.isArray(rights)) return { trade: null, withdraw: null };
    return { trade: rights.includes('modify-trades'), withdraw: rights.includes('withdraw-funds') };
  },
};

function exchange({ credentials, mode, baseUrl, validityWindow }: VenueEnd): Exchange {
  if (mode === 'sandbox' && baseUrl === undefined) throw new RangeError('kraken has no sandbox for spot');
  const { apiKey, secret } = credentials;
  return pointAt(new FencedKraken({ apiKey, secret }, validityWindow), baseUrl);
}

/** What an endpoint answers beside its errors. */
async function result(line: VenueLine, endpoint: string, params: object, weight = weightOf(endpoint)): Promise<Json> {
  return objectOf(objectOf(await line.call(endpoint, params, read(weight)), 'answer')['result'], 'result');
}

/**
 * What an endpoint adds to the counter of the account's reads: public ones are counted by address, and cancels, as new
 * orders, by the matching engine (https://docs.kraken.com/api/docs/guides/spot-rest-ratelimits).
 */
function weightOf(endpoint: string): number {
  return endpoint.startsWith('public') || endpoint === 'privatePostCancelOrder' ? 0 : 1;
}

/** An answer, or undefined where Kraken says that there is no such order. */
async function orNone<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof BrokerError && KRAKEN_CODES.noOrder.has(error.venueCode)) return undefined;
    throw error;
  }
}

/** A map by id as Kraken answers lists, in its order: the newest first. */
function mapIn(json: Json, field: string): readonly (readonly [key: string, row: Json])[] {
  return Object.entries(objectOf(json[field], field)).map(([key, row]) => [key, objectOf(row, field)]);
}

/** An order with the ids of its executions. */
interface Listed {
  readonly order: ListedOrder;
  readonly trades: readonly string[];
}

/**
 * By the venue's id where it is known: no query by id takes a client's. Else among those that work, among those that have
 * ended since the journal row, and among the orders that executions since then name: one empty answer proves nothing.
 */
async function find(line: VenueLine, ref: OrderRef): Promise<Shown | undefined> {
  const isOurs = ({ order }: Listed): boolean => order.clientOrderId === ref.clientOrderId;
  const { instrument, venueOrderId } = ref;
  const found =
    (venueOrderId === null ? [] : await queried(line, instrument, [venueOrderId])).find(isOurs) ??
    (await working(line, ref)).find(isOurs) ??
    (await ended(line, ref)).find(isOurs) ??
    (await executed(line, ref)).find(isOurs);
  if (found === undefined) return undefined;
  const order: VenueOrder = { ...found.order, clientOrderId: ref.clientOrderId };
  return { order, fills: order.filledQuantity === '0' ? [] : await tradesOf(line, instrument, found.trades) };
}

async function queried(line: VenueLine, id: InstrumentId, ids: readonly string[]): Promise<readonly Listed[]> {
  const params = { txid: ids.join(','), trades: 'true' };
  const rows = Object.entries((await orNone(result(line, 'privatePostQueryOrders', params))) ?? {});
  return rows.map(([key, row]) => listed(key, objectOf(row, 'order'), id));
}

async function working(line: VenueLine, { instrument, clientOrderId }: OrderRef): Promise<readonly Listed[]> {
  const params = { cl_ord_id: clientOrderId, trades: 'true' };
  return among(mapIn(await result(line, 'privatePostOpenOrders', params), 'open'), instrument);
}

async function ended(line: VenueLine, ref: OrderRef): Promise<readonly Listed[]> {
  const params = { cl_ord_id: ref.clientOrderId, trades: 'true', start: since(line, ref) };
  return among(await pages(line, 'privatePostClosedOrders', 'closed', params), ref.instrument);
}

async function executed(line: VenueLine, ref: OrderRef): Promise<readonly Listed[]> {
  const fills = await trades(line, [ref.instrument], since(line, ref));
  const ids = [...new Set(fills.map(({ venueOrderId }) => venueOrderId))];
  const orders: Listed[] = [];
  for (const some of chunks(ids)) orders.push(...(await queried(line, ref.instrument, some)));
  return orders;
}

/** Seconds by the venue's clock; whole, and what happened in them is included. */
function since(line: VenueLine, ref: OrderRef): number {
  return Math.floor((millisOf(ref.createdAt) + line.clockDifference - SLACK) / 1_000) - 1;
}

function among(rows: readonly (readonly [string, Json])[], id: InstrumentId): readonly Listed[] {
  const idOf = instrumentFinder([id]);
  return rows
    .filter(([, row]) => idOf(textOf(objectOf(row['descr'], 'descr'), 'pair')) === id)
    .map(([key, row]) => listed(key, row, id));
}

function listed(key: string, row: Json, id: InstrumentId): Listed {
  const ids: readonly unknown[] = Array.isArray(row['trades']) ? row['trades'] : [];
  return { order: readOrder(key, row, id), trades: ids.map(String) };
}

async function tradesOf(line: VenueLine, id: InstrumentId, ids: readonly string[]): Promise<readonly Fill[]> {
  const fills: Fill[] = [];
  for (const some of chunks(ids)) {
    const rows = Object.entries(await result(line, 'privatePostQueryTrades', { txid: some.join(',') }));
    fills.push(...rows.map(([key, row]) => readTrade(key, objectOf(row, 'trade'), id)));
  }
  return byTime(fills);
}

function fillsSince(line: VenueLine, ids: readonly InstrumentId[], from: EpochMillis): Promise<readonly Fill[]> {
  return trades(line, ids, Math.floor(from / 1_000) - 1);
}

async function trades(line: VenueLine, ids: readonly InstrumentId[], start: number): Promise<readonly Fill[]> {
  const idOf = instrumentFinder(ids);
  const rows = await pages(line, 'privatePostTradesHistory', 'trades', { start });
  const fills = rows.flatMap(([key, row]) => {
    const id = idOf(textOf(row, 'pair'));
    return id === undefined ? [] : [readTrade(key, row, id)];
  });
  return byTime(fills);
}

/** All pages of history, the newest first. A row that comes in between moves the others on: each counts once. */
async function pages(line: VenueLine, endpoint: string, field: string, params: object) {
  const rows = new Map<string, Json>();
  for (let ofs = 0; ; ofs += PAGE) {
    const page = mapIn(await result(line, endpoint, { ...params, ofs }, 2), field);
    for (const [key, row] of page) rows.set(key, row);
    if (page.length < PAGE) return [...rows];
  }
}

function chunks(ids: readonly string[]): readonly (readonly string[])[] {
  return Array.from({ length: Math.ceil(ids.length / IDS) }, (_, index) => ids.slice(index * IDS, (index + 1) * IDS));
}

function byTime(fills: readonly Fill[]): readonly Fill[] {
  return [...fills].reverse().sort((one, other) => one.marketAt.localeCompare(other.marketAt));
}

/** One by one: a name that Kraken does not know makes the whole answer an error. */
async function instruments(line: VenueLine, ids: readonly InstrumentId[]): Promise<readonly Instrument[]> {
  const listings: Instrument[] = [];
  for (const id of ids) {
    try {
      const [row] = Object.values(await result(line, 'publicGetAssetPairs', { pair: pairOf(id) }));
      if (row !== undefined && objectOf(row, 'pair')['status'] === 'online')
        listings.push(listing(objectOf(row, 'pair'), id));
    } catch (error) {
      if (!(error instanceof BrokerError) || error.code !== 'not_supported') throw error;
    }
  }
  return listings;
}

function listing(row: Json, id: InstrumentId): Instrument {
  const step = (field: string): DecimalString => text(dec(10).pow(-Number(textOf(row, field))));
  return {
    id,
    description: `${id} spot on Kraken`,
    calendar: 'ALWAYS',
    baseAsset: assetOf(textOf(row, 'base')),
    quoteAsset: assetOf(textOf(row, 'quote')),
    tick: optionalText(row, 'tick_size') === undefined ? step('pair_decimals') : amountOf(row, 'tick_size'),
    lot: step('lot_decimals'),
    minQuantity: amountOf(row, 'ordermin'),
    minNotional: amountOrZero(row, 'costmin'),
    maxBaseFeeRate: '0' as DecimalString,
  };
}

/** The first of a list of amounts: price, then volumes. */
function firstOf(ticker: Json, name: string): DecimalString | undefined {
  const list: unknown = ticker[name];
  return Array.isArray(list) ? amountOf({ [name]: (list as readonly unknown[])[0] }, name) : undefined;
}
