import { okx } from 'ccxt';
import type { Exchange } from 'ccxt';
import type { EpochMillis } from '../../../domain/clock/instant';
import type { Instrument, InstrumentId } from '../../../domain/instrument/instrument';
import { dec, text } from '../../../domain/money/decimal';
import type { DecimalString } from '../../../domain/money/decimal';
import type { KeyRights, VenueBalance } from '../../../domain/order/broker';
import type { Fill, OrderRef, OrderRequest } from '../../../domain/order/order';
import type { Quote } from '../../../domain/signal/market-data';
import { pointAt } from '../base-url';
import type { Dialect, VenueEnd } from '../dialect';
import { amountOf, amountOrZero, listOf, millisIn, textOf, unreadable } from '../reading';
import type { Json } from '../reading';
import type { VenueLine } from '../venue-line';
import { call, fillsSince, find, madeOrder, openOrders, ownerByOrderId, rowsOf, rowsOrNone } from './books';
import { OKX_CODES } from './codes';
import { isAlgo, orderCall, readSigned, symbolOf } from './orders';
import { OKX_STREAM } from './stream';

const HOUR = 3_600_000;
/** OKX refuses any request whose time stamp is older; for a stop, which has no deadline of its own, that is the fence. */
const STAMP_LIFE = 30_000;
/** What spot takes of a buy: the highest standard rate. */
const BASE_FEE = '0.001' as DecimalString;

/**
 * OKX spot, account mode "spot" (`tdMode` cash). Client order ids are unique among working orders only: what protects is the
 * `expTime` header, after which OKX does not act on an order, and the look-up after it. OKX keeps that header for plain
 * orders; a stop is voided by the age of its time stamp, 30 s.
 * - **Validity window** 35 s, so that it covers both rules and what passes between the fence and the signature.
 * - **Read lag** 30 s: nothing is published; chosen with caution, since it is waited for only after a lost answer.
 * - **Retention** 2 h, after which an order that was cancelled without a fill is not shown any more.
 *
 * Stops are `conditional` algo orders; whether OKX holds their funds before they trigger is not stated, so nothing here
 * relies on it. OKX lists a smallest size and no smallest notional.
 */
export const OKX: Dialect = {
  venue: 'okx',
  timings: { validityWindow: 35_000, readLag: 30_000, retention: 2 * HOUR, clockSkew: 1_000, pollEvery: 2_000 },
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
  codes: OKX_CODES,
  stream: OKX_STREAM,
  inSequence: false,
  exchange,
  serverTime: async (line): Promise<EpochMillis> =>
    millisIn(only(rowsOf(await call(line, 'publicGetPublicTime', {}), 'server time'), 'server time'), 'ts'),
  instruments,
  orderCall,
  readSigned,
  headers: (expiresAt) => ({ expTime: String(expiresAt) }),
  placed,
  find,
  clientIdOf: async (line, instrument, venueOrderId) =>
    (await ownerByOrderId(line, instrument, venueOrderId))?.clientOrderId ?? null,
  cancel,
  openOrders,
  fillsSince: async (line, ids, since): Promise<readonly Fill[]> => {
    const fills: Fill[] = [];
    for (const id of ids) fills.push(...(await fillsSince(line, id, since)));
    return fills;
  },
  balances: async (line): Promise<readonly VenueBalance[]> => {
    const account = only(rowsOf(await call(line, 'privateGetAccountBalance', {}), 'account'), 'account');
    return listOf(account['details'], 'details').map((row) => ({
      asset: textOf(row, 'ccy'),
      free: amountOrZero(row, 'availBal'),
      locked: amountOrZero(row, 'frozenBal'),
    }));
  },
  quote: async (line, id): Promise<Quote | undefined> => {
    const [row] = rowsOf(await call(line, 'publicGetMarketTicker', { instId: symbolOf(id) }), 'ticker');
    if (row === undefined) return undefined;
    const [price, bid, ask] = [amountOf(row, 'last'), amountOf(row, 'bidPx'), amountOf(row, 'askPx')];
    return { instrument: id, price, bid, ask, at: Date.now() };
  },
  keyRights: async (line): Promise<KeyRights> => {
    const config = only(rowsOf(await call(line, 'privateGetAccountConfig', {}), 'account'), 'account');
    const rights = textOf(config, 'perm').split(',');
    return { trade: rights.includes('trade'), withdraw: rights.includes('withdraw') };
  },
};

function exchange({ credentials, mode, baseUrl, validityWindow }: VenueEnd): Exchange {
  const { apiKey, secret, password } = credentials;
  if (password === undefined || password === '') throw new RangeError('an OKX key needs its passphrase as password');
  if (baseUrl === undefined && validityWindow <= STAMP_LIFE)
    throw new RangeError(`OKX takes a stop for ${STAMP_LIFE} ms: the validity window must be longer`);
  const made = new okx({ apiKey, secret, password });
  if (mode === 'sandbox') made.setSandboxMode(true);
  return pointAt(made, baseUrl);
}

function only(rows: readonly Json[], what: string): Json {
  const [row] = rows;
  if (row === undefined) throw unreadable(what);
  return row;
}

/** Only an id: what became of the order is read back. */
function placed(answer: unknown, { clientOrderId, terms }: OrderRequest): { readonly venueOrderId: string } {
  const row = only(rowsOf(answer, 'order'), 'order');
  const [id, clientId] = isAlgo(terms.type) ? ['algoId', 'algoClOrdId'] : ['ordId', 'clOrdId'];
  if (row['sCode'] !== '0' || row[clientId] !== clientOrderId) throw unreadable(clientId);
  return { venueOrderId: textOf(row, id) };
}

/** A stop is cancelled in its own book; once it has triggered, the order that it made is. */
async function cancel(line: VenueLine, ref: OrderRef): Promise<'requested' | 'too-late'> {
  const instId = symbolOf(ref.instrument);
  const done = async (endpoint: string, params: object): Promise<boolean> =>
    (await rowsOrNone(call(line, endpoint, params))) !== undefined;
  const outcome = (requested: boolean): 'requested' | 'too-late' => (requested ? 'requested' : 'too-late');
  if (!isAlgo(ref.type))
    return outcome(await done('privatePostTradeCancelOrder', { instId, clOrdId: ref.clientOrderId }));
  if (await done('privatePostTradeCancelAlgos', [{ instId, algoClOrdId: ref.clientOrderId }])) return 'requested';
  const query = { algoClOrdId: ref.clientOrderId };
  const [algo] = (await rowsOrNone(call(line, 'privateGetTradeOrderAlgo', query))) ?? [];
  const made = algo && (await madeOrder(line, algo, ref.instrument));
  return outcome(
    made !== undefined && (await done('privatePostTradeCancelOrder', { instId, ordId: made.venueOrderId })),
  );
}

async function instruments(line: VenueLine, ids: readonly InstrumentId[]): Promise<readonly Instrument[]> {
  const rows = rowsOf(await call(line, 'publicGetPublicInstruments', { instType: 'SPOT' }), 'instruments');
  const byId = new Map(ids.map((id) => [symbolOf(id), id]));
  return rows.flatMap((row) => {
    const id = byId.get(textOf(row, 'instId'));
    return id === undefined || row['state'] !== 'live' ? [] : [listing(row, id)];
  });
}

function listing(row: Json, id: InstrumentId): Instrument {
  return {
    id,
    description: `${id} spot on OKX`,
    calendar: 'ALWAYS',
    baseAsset: textOf(row, 'baseCcy'),
    quoteAsset: textOf(row, 'quoteCcy'),
    tick: amountOf(row, 'tickSz'),
    lot: amountOf(row, 'lotSz'),
    minQuantity: amountOf(row, 'minSz'),
    minNotional: text(dec(0)),
    maxBaseFeeRate: BASE_FEE,
  };
}
