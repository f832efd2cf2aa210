import { coinbase } from 'ccxt';
import type { Exchange } from 'ccxt';
import { instant, millisOf } from '../../../domain/clock/instant';
import type { EpochMillis } from '../../../domain/clock/instant';
import type { Instrument, InstrumentId } from '../../../domain/instrument/instrument';
import type { DecimalString } from '../../../domain/money/decimal';
import type { KeyRights, ListedOrder, VenueBalance } from '../../../domain/order/broker';
import type { Fill, OrderRef, VenueOrder } from '../../../domain/order/order';
import type { Quote } from '../../../domain/signal/market-data';
import { pointAt } from '../base-url';
import { BrokerError } from '../broker-error';
import type { Dialect, Shown, VenueEnd } from '../dialect';
import { amountOf, listOf, millisIn, objectOf, optionalText, textOf, unreadable } from '../reading';
import type { Json } from '../reading';
import type { CallOptions, VenueLine } from '../venue-line';
import { COINBASE_CODES } from './codes';
import { cannot, orderCall, productOf, readFill, readOrder, readSigned, sameId } from './orders';
import { COINBASE_STREAM } from './stream';

const DAY = 86_400_000;
/** A look-up reads orders from so much before its journal row: clocks differ. */
const SLACK = 60_000;
/** Rows of one page; Coinbase states the most for accounts alone. */
const PAGE = 250;
/** A token that is valid from a moment ahead of the venue's clock is refused: measured clocks are off by some of a second. */
const TOKEN_SLACK_SECONDS = 1;

const READ: CallOptions = { share: 'safety', weight: 1 };

/**
 * Coinbase Advanced, spot. A client order id is replayed: the same request answers with the order that it made, so that a
 * second attempt cannot make a second order, whenever it comes.
 * - **No sandbox**: Coinbase's answers with fixed texts and trades nothing, and ccxt knows none.
 * - **Stops and trailing stops** are emulated: the venue has only stops that become limits.
 * - **Market orders** are sized in base currency, buys as well: "To buy a product, provide a quote_size or base_size"
 *   (Advanced Trade, order management). ccxt's own market buys are sized in quote currency.
 * - **Validity window** 5 s is ours alone: it ends what may be sent. The venue would take an order for as long as its
 *   token is good, two minutes; the id makes even that harmless.
 * - **Read lag** 10 s and **retention** 30 days are our caution: Coinbase states neither.
 * - **Fees** are in quote currency.
 */
export const COINBASE: Dialect = {
  venue: 'coinbase',
  timings: { validityWindow: 5_000, readLag: 10_000, retention: 30 * DAY, clockSkew: 1_000, pollEvery: 2_000 },
  capabilities: {
    market: 'native',
    limit: 'native',
    'post-only': 'native',
    ioc: 'native',
    fok: 'native',
    stop: 'emulated',
    'stop-limit': 'native',
    'trailing-stop': 'emulated',
    'anchored-trailing-stop': 'emulated',
    'trailing-stop-limit': 'emulated',
  },
  codes: COINBASE_CODES,
  stream: COINBASE_STREAM,
  inSequence: false,
  exchange,
  serverTime: async (line): Promise<EpochMillis> =>
    millisIn(objectOf(await line.call('v3PublicGetBrokerageTime', {}, READ), 'server time'), 'epochMillis'),
  instruments,
  cannot,
  orderCall,
  readSigned,
  placed: (answer, request) => {
    const json = objectOf(answer, 'order');
    // Without `success` and without an error it is neither one thing nor the other.
    if (String(json['success']) !== 'true') throw unreadable('success');
    const order = objectOf(json['success_response'], 'success_response');
    if (!sameId(textOf(order, 'client_order_id'), request.clientOrderId)) throw unreadable('client_order_id');
    // What is replayed is the first order of this id, whatever this request says.
    const same = order['product_id'] === productOf(request.instrument) && order['side'] === request.side.toUpperCase();
    if (!same) throw unreadable('success_response');
    return { venueOrderId: textOf(order, 'order_id') };
  },
  find,
  clientIdOf: async (line, instrument, venueOrderId) =>
    (await byId(line, instrument, venueOrderId))?.clientOrderId ?? null,
  cancel,
  openOrders: async (line, ids): Promise<readonly ListedOrder[]> => {
    // OPEN cannot be asked for together with another status.
    const rows = [
      ...(await orders(line, { order_status: ['OPEN'] })),
      ...(await orders(line, { order_status: ['PENDING'] })),
    ];
    const byProduct = new Map(ids.map((id) => [productOf(id), id]));
    const open = new Map<string, ListedOrder>();
    for (const row of rows) {
      const id = byProduct.get(textOf(row, 'product_id'));
      if (id !== undefined) open.set(textOf(row, 'order_id'), readOrder(row, id));
    }
    return [...open.values()];
  },
  fillsSince: (line, ids, since) =>
    fills(line, ids, { product_ids: ids.map(productOf), start_sequence_timestamp: instant(since) }),
  balances: async (line): Promise<readonly VenueBalance[]> => {
    const rows = await pages(line, 'v3PrivateGetBrokerageAccounts', 'accounts', {});
    return rows.map((row) => ({
      asset: textOf(row, 'currency'),
      free: valueOf(row, 'available_balance'),
      locked: valueOf(row, 'hold'),
    }));
  },
  quote: async (line, id): Promise<Quote | undefined> => {
    const params = { product_id: productOf(id), limit: 1 };
    const json = objectOf(await line.call('v3PublicGetBrokerageMarketProductsProductIdTicker', params, READ), 'ticker');
    const [trade] = listOf(json['trades'], 'trades');
    if (trade === undefined) return undefined;
    return {
      instrument: id,
      price: amountOf(trade, 'price'),
      bid: amountOf(json, 'best_bid'),
      ask: amountOf(json, 'best_ask'),
      at: Date.now(),
    };
  },
  keyRights: async (line): Promise<KeyRights> => {
    const json = objectOf(await line.call('v3PrivateGetBrokerageKeyPermissions', {}, READ), 'key');
    return { trade: flag(json, 'can_trade'), withdraw: flag(json, 'can_transfer') };
  },
};

function exchange({ credentials, mode, baseUrl }: VenueEnd): Exchange {
  if (mode === 'sandbox' && baseUrl === undefined) throw new RangeError('coinbase has no sandbox that trades');
  const { apiKey, secret } = credentials;
  // A setting of one line holds a key in PEM with its line ends written out.
  const made = new coinbase({ apiKey, secret: secret.replaceAll('\\n', '\n') });
  // ccxt dates the token by our own clock, whatever difference was measured.
  made.seconds = () => Math.floor(made.nonce() / 1_000) - TOKEN_SLACK_SECONDS;
  return pointAt(made, baseUrl);
}

/**
 * By the venue's id where it is known; else among all orders since the journal row, among those that work, and among those
 * that executions since then name: Coinbase has no query by client id, and one empty answer proves nothing.
 */
async function find(line: VenueLine, ref: OrderRef): Promise<Shown | undefined> {
  const order =
    (ref.venueOrderId === null ? undefined : await byId(line, ref.instrument, ref.venueOrderId)) ??
    (await listed(line, ref));
  if (order === undefined || !sameId(order.clientOrderId, ref.clientOrderId)) return undefined;
  const ours: VenueOrder = { ...order, clientOrderId: ref.clientOrderId };
  if (order.filledQuantity === '0') return { order: ours, fills: [] };
  return { order: ours, fills: await fills(line, [ref.instrument], { order_ids: [order.venueOrderId] }) };
}

async function listed(line: VenueLine, ref: OrderRef): Promise<ListedOrder | undefined> {
  const since = instant(millisOf(ref.createdAt) + line.clockDifference - SLACK);
  const product_ids = [productOf(ref.instrument)];
  const all = await orders(line, { product_ids, start_date: since });
  const working = async (): Promise<readonly Json[]> => orders(line, { product_ids, order_status: ['OPEN'] });
  const row = among(all, ref) ?? among(await working(), ref);
  if (row !== undefined) return readOrder(row, ref.instrument);
  const executed = await fills(line, [ref.instrument], { product_ids, start_sequence_timestamp: since });
  const known = new Set(all.map((one) => one['order_id']));
  for (const id of new Set(executed.map(({ venueOrderId }) => venueOrderId))) {
    const order = known.has(id) ? undefined : await byId(line, ref.instrument, id);
    if (order !== undefined && sameId(order.clientOrderId, ref.clientOrderId)) return order;
  }
  return undefined;
}

function among(rows: readonly Json[], ref: OrderRef): Json | undefined {
  return rows.find((row) => sameId(optionalText(row, 'client_order_id') ?? null, ref.clientOrderId));
}

async function byId(line: VenueLine, instrument: InstrumentId, id: string): Promise<ListedOrder | undefined> {
  try {
    const answer = await line.call('v3PrivateGetBrokerageOrdersHistoricalOrderId', { order_id: id }, READ);
    return readOrder(objectOf(objectOf(answer, 'order')['order'], 'order'), instrument);
  } catch (error) {
    if (error instanceof BrokerError && COINBASE_CODES.noOrder.has(error.venueCode)) return undefined;
    throw error;
  }
}

/** Only by the venue's id. What the answer's reason means is read from the order: an ended one was cancelled too late. */
async function cancel(line: VenueLine, ref: OrderRef): Promise<'requested' | 'too-late'> {
  const id = ref.venueOrderId ?? (await find(line, ref))?.order.venueOrderId;
  if (id === undefined) return 'too-late';
  const answer = await line.call('v3PrivatePostBrokerageOrdersBatchCancel', { order_ids: [id] }, READ);
  const [result] = listOf(objectOf(answer, 'results')['results'], 'results');
  if (result === undefined) throw unreadable('results');
  if (String(result['success']) === 'true' || result['failure_reason'] === 'DUPLICATE_CANCEL_REQUEST')
    return 'requested';
  const order = await byId(line, ref.instrument, id);
  if (order !== undefined && order.state === 'open') throw unreadable('failure_reason');
  return 'too-late';
}

function orders(line: VenueLine, params: object): Promise<readonly Json[]> {
  return pages(line, 'v3PrivateGetBrokerageOrdersHistoricalBatch', 'orders', params);
}

/** Executions, oldest first. A later correction of one by the venue is a row of another kind, and none of a trade. */
async function fills(line: VenueLine, ids: readonly InstrumentId[], params: object): Promise<readonly Fill[]> {
  const byProduct = new Map(ids.map((id) => [productOf(id), id]));
  const rows = await pages(line, 'v3PrivateGetBrokerageOrdersHistoricalFills', 'fills', params);
  const read = rows.flatMap((row) => {
    const id = byProduct.get(textOf(row, 'product_id'));
    return id === undefined || row['trade_type'] !== 'FILL' ? [] : [readFill(row, id)];
  });
  // The newest come first; those of one moment keep their order.
  return read.reverse().sort((one, other) => one.marketAt.localeCompare(other.marketAt));
}

/** All pages of a list, each after the cursor of the one before. */
async function pages(line: VenueLine, endpoint: string, field: string, params: object): Promise<readonly Json[]> {
  const rows: Json[] = [];
  let cursor: string | undefined;
  for (;;) {
    const where = { ...params, limit: PAGE, ...(cursor === undefined ? {} : { cursor }) };
    const json = objectOf(await line.call(endpoint, where, READ), field);
    const page = listOf(json[field], field);
    rows.push(...page);
    const next = optionalText(json, 'cursor');
    // Fills have no `has_next`: the last page comes without a cursor.
    if (next === undefined || next === cursor || page.length === 0 || String(json['has_next']) === 'false') return rows;
    cursor = next;
  }
}

async function instruments(line: VenueLine, ids: readonly InstrumentId[]): Promise<readonly Instrument[]> {
  const params = { product_ids: ids.map(productOf) };
  const json = objectOf(await line.call('v3PublicGetBrokerageMarketProducts', params, READ), 'products');
  const byProduct = new Map(ids.map((id) => [productOf(id), id]));
  return listOf(json['products'], 'products').flatMap((row) => {
    const id = byProduct.get(textOf(row, 'product_id'));
    return id === undefined || !trades(row) ? [] : [listing(row, id)];
  });
}

/** A product that takes only some orders, such as cancels, is not listed. */
function trades(row: Json): boolean {
  const barred = [
    'is_disabled',
    'trading_disabled',
    'cancel_only',
    'limit_only',
    'post_only',
    'view_only',
    'auction_mode',
  ];
  return row['status'] === 'online' && !barred.some((name) => String(row[name]) === 'true');
}

function listing(row: Json, id: InstrumentId): Instrument {
  return {
    id,
    description: `${id} spot on Coinbase`,
    calendar: 'ALWAYS',
    baseAsset: textOf(row, 'base_currency_id'),
    quoteAsset: textOf(row, 'quote_currency_id'),
    tick: amountOf(row, optionalText(row, 'price_increment') === undefined ? 'quote_increment' : 'price_increment'),
    lot: amountOf(row, 'base_increment'),
    minQuantity: amountOf(row, 'base_min_size'),
    minNotional: amountOf(row, 'quote_min_size'),
    maxBaseFeeRate: '0' as DecimalString,
  };
}

function valueOf(row: Json, field: string): DecimalString {
  return amountOf(objectOf(row[field], field), 'value');
}

function flag(json: Json, field: string): boolean | null {
  const value = String(json[field]);
  return value === 'true' ? true : value === 'false' ? false : null;
}
