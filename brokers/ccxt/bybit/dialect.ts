import { bybit } from 'ccxt';
import type { Exchange } from 'ccxt';
import type { EpochMillis } from '../../../domain/clock/instant';
import type { Instrument, InstrumentId } from '../../../domain/instrument/instrument';
import { dec, Decimal, text, ZERO } from '../../../domain/money/decimal';
import type { DecimalString } from '../../../domain/money/decimal';
import type { KeyRights, VenueBalance } from '../../../domain/order/broker';
import type { Fill, OrderRef, OrderRequest } from '../../../domain/order/order';
import type { Quote } from '../../../domain/signal/market-data';
import { pointAt } from '../base-url';
import type { Dialect, VenueEnd } from '../dialect';
import { amountOf, amountOrZero, keyMoment, listOf, millisIn, objectOf, textOf, unreadable } from '../reading';
import type { Json } from '../reading';
import type { VenueLine } from '../venue-line';
import { clientIdOf, fillsSince, find, openOrders, resultOf, resultOrNone } from './books';
import { BYBIT_CODES } from './codes';
import { orderCall, readSigned, symbolOf } from './orders';
import { BYBIT_STREAM } from './stream';

const HOUR = 3_600_000;
/** The receive window's share of the validity; the rest is what may pass between the fence and the signature. */
const RECEIVE_SHARE = 0.6;
/** What spot takes of a buy: the highest standard rate. */
const BASE_FEE = '0.001' as DecimalString;

/**
 * Bybit v5 spot of a unified account. An acknowledgement is only that of the gateway: the engine takes or refuses the order
 * afterwards, so each order is read back. Client order ids are never taken twice, though for how long is not stated: what
 * protects is the receive window, and the look-up after it.
 * - **Validity window** 5 s with a receive window of 3 s, which leaves 2 s between the fence and the signature.
 * - **Read lag** 30 s: nothing is published; it covers the way from the gateway to the engine, and is waited for only after
 *   a lost answer.
 * - **Retention** 24 h, after which an order that was cancelled without a fill is not shown any more.
 *
 * Stops are `tpslOrder`s, which hold their funds. A stop that the market has passed would wait for the market to come back,
 * so the price is looked at before. Trailing stops exist for contracts only, without a client id.
 */
export const BYBIT: Dialect = {
  venue: 'bybit',
  timings: { validityWindow: 5_000, readLag: 30_000, retention: 24 * HOUR, clockSkew: 1_000, pollEvery: 2_000 },
  capabilities: {
    market: 'native',
    limit: 'native',
    'post-only': 'native',
    ioc: 'native',
    fok: 'native',
    stop: 'native',
    'stop-limit': 'native',
    'trailing-stop': 'emulated',
    'anchored-trailing-stop': 'emulated',
    'trailing-stop-limit': 'emulated',
  },
  codes: BYBIT_CODES,
  stream: BYBIT_STREAM,
  inSequence: false,
  stopsFireFromEitherSide: true,
  exchange,
  serverTime: async (line): Promise<EpochMillis> => {
    const answer = await line.call('publicGetV5MarketTime', {}, { share: 'safety', weight: 1 });
    return millisIn(objectOf(answer, 'server time'), 'time');
  },
  instruments,
  orderCall,
  readSigned,
  placed,
  find,
  clientIdOf,
  cancel,
  openOrders,
  fillsSince: async (line, ids, since): Promise<readonly Fill[]> => {
    const fills: Fill[] = [];
    for (const id of ids) fills.push(...(await fillsSince(line, id, since)));
    return fills;
  },
  balances: async (line): Promise<readonly VenueBalance[]> => {
    const result = await resultOf(line, 'privateGetV5AccountWalletBalance', { accountType: 'UNIFIED' });
    const [account] = listOf(result['list'], 'account');
    if (account === undefined) throw unreadable('account');
    return listOf(account['coin'], 'coin').map((row) => {
      const locked = amountOrZero(row, 'locked');
      const free = Decimal.max(ZERO, dec(amountOf(row, 'walletBalance')).minus(locked));
      return { asset: textOf(row, 'coin'), free: text(free), locked };
    });
  },
  quote: async (line, id): Promise<Quote | undefined> => {
    const query = { category: 'spot', symbol: symbolOf(id) };
    const [row] = listOf((await resultOf(line, 'publicGetV5MarketTickers', query))['list'], 'ticker');
    if (row === undefined) return undefined;
    const [price, bid, ask] = [amountOf(row, 'lastPrice'), amountOf(row, 'bid1Price'), amountOf(row, 'ask1Price')];
    return { instrument: id, price, bid, ask, at: Date.now() };
  },
  keyRights: async (line): Promise<KeyRights> => {
    const key = await resultOf(line, 'privateGetV5UserQueryApi', {});
    const rights = objectOf(key['permissions'], 'permissions');
    const may = (group: string, right: string): boolean =>
      Array.isArray(rights[group]) && (rights[group] as readonly unknown[]).includes(right);
    const [madeAt, expiresAt] = [keyMoment(key['createdAt']), keyMoment(key['expiredAt'])];
    return {
      ...{ trade: String(key['readOnly']) === '0' && may('Spot', 'SpotTrade'), withdraw: may('Wallet', 'Withdraw') },
      ...(madeAt && { madeAt }),
      ...(expiresAt && { expiresAt }),
    };
  },
};

function exchange({ credentials, mode, baseUrl, validityWindow }: VenueEnd): Exchange {
  const { apiKey, secret } = credentials;
  const recvWindow = Math.floor(validityWindow * RECEIVE_SHARE);
  const made = new bybit({ apiKey, secret, options: { recvWindow, brokerId: 'tradewind' } });
  if (mode === 'sandbox' && baseUrl === undefined) made.setSandboxMode(true);
  return pointAt(made, baseUrl);
}

/** Only an id: what became of the order is read back. */
function placed(answer: unknown, { clientOrderId }: OrderRequest): { readonly venueOrderId: string } {
  const result = objectOf(objectOf(answer, 'order')['result'], 'result');
  if (result['orderLinkId'] !== clientOrderId) throw unreadable('orderLinkId');
  return { venueOrderId: textOf(result, 'orderId') };
}

/** A stop is cancelled in its own book; once it has triggered it stands among the plain orders. */
async function cancel(line: VenueLine, ref: OrderRef): Promise<'requested' | 'too-late'> {
  const query = { category: 'spot', symbol: symbolOf(ref.instrument), orderLinkId: ref.clientOrderId };
  const stop = ref.type !== 'market' && ref.type !== 'limit';
  for (const orderFilter of stop ? ['tpslOrder', 'Order'] : ['Order']) {
    const done = await resultOrNone(line, 'privatePostV5OrderCancel', { ...query, orderFilter });
    if (done !== undefined) return 'requested';
  }
  return 'too-late';
}

async function instruments(line: VenueLine, ids: readonly InstrumentId[]): Promise<readonly Instrument[]> {
  const found: Instrument[] = [];
  for (const id of ids) {
    const query = { category: 'spot', symbol: symbolOf(id) };
    const rows = listOf((await resultOf(line, 'publicGetV5MarketInstrumentsInfo', query))['list'], 'instruments');
    const row = rows.find(({ symbol, status }) => symbol === symbolOf(id) && status === 'Trading');
    if (row !== undefined) found.push(listing(row, id));
  }
  return found;
}

function listing(row: Json, id: InstrumentId): Instrument {
  const lot = objectOf(row['lotSizeFilter'], 'lotSizeFilter');
  return {
    id,
    description: `${id} spot on Bybit`,
    calendar: 'ALWAYS',
    baseAsset: textOf(row, 'baseCoin'),
    quoteAsset: textOf(row, 'quoteCoin'),
    tick: amountOf(objectOf(row['priceFilter'], 'priceFilter'), 'tickSize'),
    lot: amountOf(lot, 'basePrecision'),
    minQuantity: amountOf(lot, 'minOrderQty'),
    minNotional: amountOf(lot, 'minOrderAmt'),
    maxBaseFeeRate: BASE_FEE,
  };
}
