import { binance } from 'ccxt';
import type { Exchange } from 'ccxt';
import { millisOf } from '../../../domain/clock/instant';
import type { EpochMillis } from '../../../domain/clock/instant';
import type { Instrument, InstrumentId } from '../../../domain/instrument/instrument';
import { Decimal, text } from '../../../domain/money/decimal';
import type { DecimalString } from '../../../domain/money/decimal';
import type { KeyRights, ListedOrder, VenueBalance } from '../../../domain/order/broker';
import type { Fill, OrderRef, VenueOrder } from '../../../domain/order/order';
import type { Quote } from '../../../domain/signal/market-data';
import { BrokerError } from '../broker-error';
import type { Dialect, Shown, VenueEnd } from '../dialect';
import { pointAt } from '../base-url';
import { amountOf, keyMoment, listOf, millisIn, objectOf, optionalText, textOf, unreadable } from '../reading';
import type { Json } from '../reading';
import type { CallOptions, VenueLine } from '../venue-line';
import { BINANCE_CODES } from './codes';
import { orderCall, readOrder, readSigned, readTrade, symbolOf } from './orders';
import { BINANCE_STREAM } from './stream';

const DAY = 86_400_000;
/** Pages of orders and trades have at most this many rows. */
const PAGE = 1_000;
/** The receive window's share of the validity; the rest is what may pass between the fence and the signature. */
const RECEIVE_SHARE = 0.6;
/** What spot takes of a buy when fees are not paid in BNB: the highest standard rate. */
const BASE_FEE = '0.001' as DecimalString;
/** A look-up reads orders from so much before its journal row: clocks differ. */
const SLACK = 60_000;

const read = (weight: number): CallOptions => ({ share: 'safety', weight });

/**
 * Binance spot. Client order ids are unique among open orders only, so an order that filled at once could be sent twice
 * under one id: what protects is the receive window, after which Binance refuses a request, and the look-up after it.
 * - **Validity window** 5 s with a receive window of 3 s, which leaves 2 s between the fence and the signature.
 * - **Read lag** 120 s: an order was seen missing from queries for up to a minute after its acceptance (brokers' reports).
 * - **Retention** 90 days, after which an order without fills is not shown any more.
 */
export const BINANCE: Dialect = {
  venue: 'binance',
  timings: { validityWindow: 5_000, readLag: 120_000, retention: 90 * DAY, clockSkew: 1_000, pollEvery: 2_000 },
  capabilities: {
    market: 'native',
    limit: 'native',
    'post-only': 'native',
    ioc: 'native',
    fok: 'native',
    stop: 'native',
    'stop-limit': 'native',
    'trailing-stop': 'native',
    'anchored-trailing-stop': 'emulated',
    'trailing-stop-limit': 'emulated',
  },
  codes: BINANCE_CODES,
  stream: BINANCE_STREAM,
  inSequence: false,
  exchange,
  serverTime: async (line): Promise<EpochMillis> =>
    millisIn(objectOf(await line.call('publicGetTime', {}, read(1)), 'server time'), 'serverTime'),
  instruments,
  orderCall,
  readSigned,
  placed: (answer, request) => {
    const json = objectOf(answer, 'order');
    const order = readOrder(json, request.instrument);
    if (order.clientOrderId !== request.clientOrderId) throw unreadable('clientOrderId');
    // Executions in this answer have no times, and those of a partly filled order go on: the trades are read for them.
    const venueOrderId = order.venueOrderId;
    return order.filledQuantity === '0'
      ? { venueOrderId, shown: { order: order as VenueOrder, fills: [] } }
      : { venueOrderId };
  },
  find,
  clientIdOf: async (line, instrument, venueOrderId) => {
    const json = await orNone(
      line.call('privateGetOrder', { symbol: symbolOf(instrument), orderId: venueOrderId }, read(4)),
    );
    return json === undefined ? null : readOrder(objectOf(json, 'order'), instrument).clientOrderId;
  },
  cancel: async (line, ref) => {
    const params = { symbol: symbolOf(ref.instrument), origClientOrderId: ref.clientOrderId };
    return (await orNone(line.call('privateDeleteOrder', params, read(1)))) === undefined ? 'too-late' : 'requested';
  },
  openOrders: async (line, ids): Promise<readonly ListedOrder[]> => {
    const rows = listOf(await line.call('privateGetOpenOrders', {}, read(80)), 'open orders');
    const byId = new Map(ids.map((id) => [symbolOf(id), id]));
    return rows.flatMap((row) => {
      const id = byId.get(textOf(row, 'symbol'));
      return id === undefined ? [] : [readOrder(row, id)];
    });
  },
  fillsSince: async (line, ids, since): Promise<readonly Fill[]> => {
    const fills: Fill[] = [];
    for (const id of ids) fills.push(...(await tradesOf(line, id, since)));
    return fills;
  },
  balances: async (line): Promise<readonly VenueBalance[]> => {
    const json = objectOf(await line.call('privateGetAccount', { omitZeroBalances: true }, read(20)), 'account');
    return listOf(json['balances'], 'balances').map((row) => ({
      asset: textOf(row, 'asset'),
      free: amountOf(row, 'free'),
      locked: amountOf(row, 'locked'),
    }));
  },
  quote: async (line, id): Promise<Quote | undefined> => {
    const json = objectOf(await line.call('publicGetTicker24hr', { symbol: symbolOf(id) }, read(2)), 'ticker');
    return {
      instrument: id,
      price: amountOf(json, 'lastPrice'),
      bid: amountOf(json, 'bidPrice'),
      ask: amountOf(json, 'askPrice'),
      at: Date.now(),
    };
  },
  keyRights: async (line): Promise<KeyRights> => {
    const json = objectOf(await line.call('sapiGetAccountApiRestrictions', {}, read(1)), 'key');
    const rights = { trade: flag(json, 'enableSpotAndMarginTrading'), withdraw: flag(json, 'enableWithdrawals') };
    const [madeAt, expiresAt] = [keyMoment(json['createTime']), keyMoment(json['tradingAuthorityExpirationTime'])];
    return { ...rights, ...(madeAt && { madeAt }), ...(expiresAt && { expiresAt }) };
  },
};

function exchange({ credentials, mode, baseUrl, validityWindow }: VenueEnd): Exchange {
  const { apiKey, secret } = credentials;
  const recvWindow = Math.min(60_000, Math.floor(validityWindow * RECEIVE_SHARE));
  const made = new binance({ apiKey, secret, options: { recvWindow } });
  if (mode === 'sandbox' && baseUrl === undefined) made.setSandboxMode(true);
  return pointAt(made, baseUrl);
}

/** An answer, or undefined where Binance says that there is no such order. */
async function orNone(answer: Promise<unknown>): Promise<unknown> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof BrokerError && BINANCE_CODES.noOrder.has(error.venueCode)) return undefined;
    throw error;
  }
}

/** By its client id; then among the working orders; then among all since the journal row: one empty answer proves nothing. */
async function find(line: VenueLine, ref: OrderRef): Promise<Shown | undefined> {
  const symbol = symbolOf(ref.instrument);
  const order =
    (await byClientId(line, ref, symbol)) ??
    (await among(line.call('privateGetOpenOrders', { symbol }, read(6)), ref)) ??
    (await among(
      line.call('privateGetAllOrders', { symbol, startTime: since(line, ref), limit: PAGE }, read(20)),
      ref,
    ));
  if (order === undefined) return undefined;
  if (order.filledQuantity === '0') return { order, fills: [] };
  const rows = await line.call('privateGetMyTrades', { symbol, orderId: order.venueOrderId, limit: PAGE }, read(20));
  return { order, fills: listOf(rows, 'trades').map((row) => readTrade(row, ref.instrument)) };
}

async function byClientId(line: VenueLine, ref: OrderRef, symbol: string): Promise<VenueOrder | undefined> {
  const json = await orNone(line.call('privateGetOrder', { symbol, origClientOrderId: ref.clientOrderId }, read(4)));
  return json === undefined ? undefined : (readOrder(objectOf(json, 'order'), ref.instrument) as VenueOrder);
}

/** The newest of the orders that bears the id: an id may have come back. */
async function among(answer: Promise<unknown>, ref: OrderRef): Promise<VenueOrder | undefined> {
  const rows = listOf(await answer, 'orders').map((row) => readOrder(row, ref.instrument));
  return rows.findLast(({ clientOrderId }) => clientOrderId === ref.clientOrderId) as VenueOrder | undefined;
}

function since(line: VenueLine, ref: OrderRef): EpochMillis {
  return millisOf(ref.createdAt) + line.clockDifference - SLACK;
}

/** All pages of an instrument's executions from a time on. */
async function tradesOf(line: VenueLine, id: InstrumentId, from: EpochMillis): Promise<readonly Fill[]> {
  const fills: Fill[] = [];
  let where: object = { startTime: from };
  for (;;) {
    const rows = listOf(
      await line.call('privateGetMyTrades', { symbol: symbolOf(id), ...where, limit: PAGE }, read(20)),
      'trades',
    );
    fills.push(...rows.map((row) => readTrade(row, id)));
    const last = rows.at(-1);
    if (last === undefined || rows.length < PAGE) return fills;
    where = { fromId: Number(textOf(last, 'id')) + 1 };
  }
}

async function instruments(line: VenueLine, ids: readonly InstrumentId[]): Promise<readonly Instrument[]> {
  const symbols = JSON.stringify(ids.map(symbolOf));
  const json = objectOf(await line.call('publicGetExchangeInfo', { symbols }, read(20)), 'exchange info');
  const byId = new Map(ids.map((id) => [symbolOf(id), id]));
  return listOf(json['symbols'], 'symbols').flatMap((row) => {
    const id = byId.get(textOf(row, 'symbol'));
    return id === undefined || row['status'] !== 'TRADING' ? [] : [listing(row, id)];
  });
}

function listing(row: Json, id: InstrumentId): Instrument {
  const filters = new Map(listOf(row['filters'], 'filters').map((filter) => [textOf(filter, 'filterType'), filter]));
  const price = filters.get('PRICE_FILTER');
  const lot = filters.get('LOT_SIZE');
  const notional = filters.get('NOTIONAL') ?? filters.get('MIN_NOTIONAL');
  if (!price || !lot) throw unreadable('filters');
  return {
    id,
    description: `${id} spot on Binance`,
    calendar: 'ALWAYS',
    baseAsset: textOf(row, 'baseAsset'),
    quoteAsset: textOf(row, 'quoteAsset'),
    tick: amountOf(price, 'tickSize'),
    lot: amountOf(lot, 'stepSize'),
    minQuantity: amountOf(lot, 'minQty'),
    minNotional: notional === undefined ? text(new Decimal(0)) : amountOf(notional, 'minNotional'),
    maxBaseFeeRate: BASE_FEE,
  };
}

function flag(json: Json, field: string): boolean | null {
  const value = json[field];
  return typeof value === 'boolean' ? value : optionalText(json, field) === 'true' ? true : null;
}
