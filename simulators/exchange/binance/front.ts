import { createHmac } from 'node:crypto';
import type { InstrumentId } from '../../../domain/instrument/instrument';
import { bidAndAsk } from '../../../domain/matching/matching-rules';
import { dec, isDecimalString, text } from '../../../domain/money/decimal';
import type { DecimalString } from '../../../domain/money/decimal';
import { stopPriceOf } from '../../../domain/order/order';
import type { OrderTerms, TimeInForce } from '../../../domain/order/order';
import type { RequestKind } from '../faults';
import type { SimAnswer, SimRequest, SimSession, VenueFront } from '../front';
import { KEY_MADE_AT } from '../keys';
import type { KlineBook } from '../klines';
import type { SimFill, SimLedger, SimOrder, SimRefusal } from '../ledger';

const REFUSALS: Readonly<Record<SimRefusal, readonly [code: number, msg: string]>> = {
  duplicate: [-2010, 'Duplicate order sent.'],
  unknown_instrument: [-1121, 'Invalid symbol.'],
  filter_price: [-1013, 'Filter failure: PRICE_FILTER'],
  filter_lot: [-1013, 'Filter failure: LOT_SIZE'],
  filter_notional: [-1013, 'Filter failure: NOTIONAL'],
  insufficient_funds: [-2010, 'Account has insufficient balance for requested action.'],
  would_trigger_immediately: [-2010, 'Stop price would trigger immediately.'],
  would_take_liquidity: [-2010, 'Order would immediately match and take.'],
  closed: [-1013, 'Market is closed.'],
};

const MINUTE = 60_000;
/** Lengths of candles that Binance has, among others. */
const INTERVALS: Readonly<Record<string, number>> = {
  '1m': MINUTE,
  '5m': 5 * MINUTE,
  '15m': 15 * MINUTE,
  '30m': 30 * MINUTE,
  '1h': 60 * MINUTE,
  '4h': 240 * MINUTE,
  '1d': 1_440 * MINUTE,
};

/** Binance refuses a time stamp that is this far ahead of its clock. */
const AHEAD_MS = 1_000;

class Refused extends Error {
  constructor(
    readonly code: number,
    message: string,
    readonly status = 400,
  ) {
    super(message);
  }
}

/** Binance spot in front of a ledger: `/api/v3`, the `sapi` restrictions of a key, `/ws` and `/ws-api/v3`. */
export class BinanceFront implements VenueFront {
  constructor(
    private readonly ledger: SimLedger,
    private readonly klines: KlineBook,
  ) {}

  kindOf({ method, path }: SimRequest): RequestKind {
    if (path === '/api/v3/order') return method === 'POST' ? 'order' : method === 'DELETE' ? 'cancel' : 'query';
    return ['openOrders', 'allOrders', 'myTrades', 'account'].some((name) => path === `/api/v3/${name}`)
      ? 'query'
      : 'public';
  }

  failure(status: number): unknown {
    return {
      code: status === 429 || status === 418 ? -1003 : -1000,
      msg: status >= 500 ? 'Internal error.' : 'Too much request weight used.',
    };
  }

  handle(request: SimRequest): SimAnswer {
    try {
      return { status: 200, body: this.answer(request) };
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      return { status: error.status, body: { code: error.code, msg: error.message } };
    }
  }

  session(path: string, send: (frame: string) => void): SimSession {
    return path === '/ws-api/v3' ? this.accountSession(send) : this.quoteSession(send);
  }

  private answer(request: SimRequest): unknown {
    const params = new URLSearchParams([...request.query, ...new URLSearchParams(request.body)]);
    switch (`${request.method} ${request.path}`) {
      case 'GET /api/v3/time':
        return { serverTime: this.ledger.options.now() };
      case 'GET /api/v3/exchangeInfo':
        return { symbols: this.symbols(JSON.parse(params.get('symbols') ?? '[]') as string[]) };
      case 'GET /api/v3/ticker/24hr':
        return this.ticker(this.instrument(params));
      case 'GET /api/v3/klines':
        return this.klinesView(params);
    }
    const apiKey = this.authorise(request, params);
    switch (`${request.method} ${request.path}`) {
      case 'POST /api/v3/order':
        return this.place(apiKey, params);
      case 'GET /api/v3/order':
        return this.orderView(this.oneOf(apiKey, params, -2013, 'Order does not exist.'));
      case 'DELETE /api/v3/order':
        return this.cancel(this.oneOf(apiKey, params, -2011, 'Unknown order sent.'));
      case 'GET /api/v3/openOrders':
        return this.matching(apiKey, params)
          .filter(({ state }) => state === 'open')
          .map((order) => this.orderView(order));
      case 'GET /api/v3/allOrders':
        return this.matching(apiKey, params)
          .filter(({ receivedAt }) => receivedAt >= Number(params.get('startTime') ?? 0))
          .slice(0, limitOf(params))
          .map((order) => this.orderView(order));
      case 'GET /api/v3/myTrades':
        return this.trades(apiKey, params);
      case 'GET /api/v3/account':
        return { balances: this.ledger.assets(apiKey).map((asset) => this.balanceView(apiKey, asset)) };
      case 'GET /sapi/v1/account/apiRestrictions':
        return {
          ...{ enableSpotAndMarginTrading: true, enableWithdrawals: false, ipRestrict: true },
          createTime: KEY_MADE_AT,
        };
      default:
        throw new Refused(-1, `no ${request.path}`, 404);
    }
  }

  /** The key, the signature over all that was sent, and the receive window, which is judged now and not on arrival. */
  private authorise({ headers, query, body }: SimRequest, params: URLSearchParams): string {
    const account = this.ledger.account(headers['x-mbx-apikey'] ?? '');
    if (account === undefined) throw new Refused(-2015, 'Invalid API-key, IP, or permissions for action.', 401);
    const signed = (body !== '' ? body : query.toString()).replace(/&signature=[0-9a-f]*$/, '');
    const signature = createHmac('sha256', account.secret).update(signed).digest('hex');
    if (signature !== params.get('signature')) throw new Refused(-1022, 'Signature for this request is not valid.');
    const now = this.ledger.options.now();
    const timestamp = Number(params.get('timestamp'));
    if (timestamp > now + AHEAD_MS)
      throw new Refused(-1021, "Timestamp for this request was 1000ms ahead of the server's time.");
    if (now > timestamp + Number(params.get('recvWindow') ?? 5_000))
      throw new Refused(-1021, 'Timestamp for this request is outside of the recvWindow.');
    return account.apiKey;
  }

  private place(apiKey: string, params: URLSearchParams): unknown {
    const listing = this.instrument(params);
    const verdict = this.ledger.place(apiKey, {
      clientOrderId: params.get('newClientOrderId'),
      instrument: listing,
      side: params.get('side') === 'BUY' ? 'buy' : 'sell',
      quantity: amount(params, 'quantity'),
      terms: termsOf(params),
      timeInForce: (params.get('timeInForce') ?? 'GTC') as TimeInForce,
    });
    if (verdict.kind === 'refused') throw new Refused(...REFUSALS[verdict.reason]);
    const { order } = verdict;
    const fills = verdict.kind === 'accepted' ? verdict.fills : [];
    const { time, updateTime, ...view } = this.orderView(order);
    return {
      ...view,
      transactTime: time,
      workingTime: updateTime,
      fills: fills.map(({ price, quantity, fee, feeAsset, id }) => ({
        price,
        qty: quantity,
        commission: fee,
        commissionAsset: feeAsset,
        tradeId: Number(id),
      })),
    };
  }

  private cancel(order: SimOrder): unknown {
    if (!this.ledger.cancel(order)) throw new Refused(-2011, 'Unknown order sent.');
    // Binance gives the cancel an id of its own and keeps the order's in another field.
    return { ...this.orderView(order), origClientOrderId: order.clientOrderId, clientOrderId: `cancel-${order.id}` };
  }

  private oneOf(apiKey: string, params: URLSearchParams, code: number, words: string): SimOrder {
    const [id, clientId] = [params.get('orderId'), params.get('origClientOrderId')];
    const order = this.matching(apiKey, params).findLast((one) =>
      id === null ? one.clientOrderId === clientId : one.id === id,
    );
    if (order === undefined) throw new Refused(code, words);
    return order;
  }

  private matching(apiKey: string, params: URLSearchParams): readonly SimOrder[] {
    const symbol = params.get('symbol');
    return this.ledger.shown(apiKey).filter(({ instrument }) => symbol === null || symbolOf(instrument) === symbol);
  }

  private trades(apiKey: string, params: URLSearchParams): unknown {
    const id = this.instrument(params);
    const [orderId, fromId, from] = [
      params.get('orderId'),
      Number(params.get('fromId') ?? 0),
      Number(params.get('startTime') ?? 0),
    ];
    return this.ledger
      .shownFills(apiKey)
      .filter((fill) => fill.instrument === id && (orderId === null || fill.orderId === orderId))
      .filter((fill) => Number(fill.id) >= fromId && fill.at >= from)
      .slice(0, limitOf(params))
      .map((fill) => ({
        symbol: symbolOf(id),
        id: Number(fill.id),
        orderId: Number(fill.orderId),
        price: padded(fill.price),
        qty: padded(fill.quantity),
        commission: padded(fill.fee),
        commissionAsset: fill.feeAsset,
        time: fill.at,
        isBuyer: fill.side === 'buy',
        isMaker: fill.liquidity === 'maker',
      }));
  }

  private orderView(order: SimOrder) {
    const { terms } = order;
    return {
      symbol: symbolOf(order.instrument),
      orderId: Number(order.id),
      clientOrderId: order.clientOrderId ?? `web_${order.id}`,
      price: padded('price' in terms ? terms.price : '0'),
      origQty: padded(order.quantity),
      executedQty: padded(order.filled),
      status: statusOf(order),
      timeInForce: order.timeInForce,
      type: typeOf(terms),
      side: order.side.toUpperCase(),
      stopPrice: padded(stopPriceOf(terms) ?? '0'),
      ...('trailBps' in terms ? { trailingDelta: terms.trailBps } : {}),
      time: order.receivedAt,
      updateTime: order.updatedAt,
    };
  }

  private balanceView(apiKey: string, asset: string): unknown {
    const { total, locked } = this.ledger.balance(apiKey, asset);
    return { asset, free: padded(text(total.minus(locked))), locked: padded(text(locked)) };
  }

  private symbols(wanted: readonly string[]): unknown {
    return this.ledger.options.listings
      .filter(({ instrument }) => wanted.length === 0 || wanted.includes(symbolOf(instrument.id)))
      .map(({ instrument: i }) => ({
        symbol: symbolOf(i.id),
        status: 'TRADING',
        baseAsset: i.baseAsset,
        quoteAsset: i.quoteAsset,
        filters: [
          { filterType: 'PRICE_FILTER', tickSize: padded(i.tick) },
          { filterType: 'LOT_SIZE', stepSize: padded(i.lot), minQty: padded(i.minQuantity) },
          { filterType: 'NOTIONAL', minNotional: padded(i.minNotional) },
        ],
      }));
  }

  private klinesView(params: URLSearchParams): unknown {
    const id = this.instrument(params);
    const source = this.ledger.listing(id)?.source;
    const length = INTERVALS[params.get('interval') ?? ''];
    if (source === undefined) throw new Refused(-1121, 'Invalid symbol.');
    if (length === undefined) throw new Refused(-1120, 'Invalid interval.');
    const [from, to] = [Number(params.get('startTime') ?? 0), Number(params.get('endTime') ?? Infinity)];
    const page = this.klines.page({ instrument: id, source, length, from, to, limit: limitOf(params) });
    return page.map(({ openAt, open, high, low, close, volume }) =>
      // Behind its close time: quote volume, trades, and what takers bought.
      [
        openAt,
        padded(open),
        padded(high),
        padded(low),
        padded(close),
        padded(volume),
        openAt + length - 1,
        '0',
        0,
        '0',
        '0',
        '0',
      ],
    );
  }

  private ticker(id: InstrumentId): unknown {
    const listing = this.ledger.listing(id);
    const print = listing?.source.lastPrint(this.ledger.options.now());
    if (listing === undefined || print === undefined) throw new Refused(-1121, 'Invalid symbol.');
    const { bid, ask } = bidAndAsk(print, listing.rules);
    return {
      symbol: symbolOf(id),
      lastPrice: padded(text(print.price)),
      bidPrice: padded(text(bid)),
      askPrice: padded(text(ask)),
      closeTime: print.at,
    };
  }

  private instrument(params: URLSearchParams): InstrumentId {
    const symbol = params.get('symbol') ?? '';
    const listing = this.ledger.options.listings.find(({ instrument }) => symbolOf(instrument.id) === symbol);
    if (listing === undefined) throw new Refused(-1121, 'Invalid symbol.');
    return listing.instrument.id;
  }

  private accountSession(send: (frame: string) => void): SimSession {
    let apiKey: string | undefined;
    return {
      hear: (frame) => {
        const { id, params } = JSON.parse(frame) as { id: string; params: Record<string, string> };
        const account = this.ledger.account(String(params['apiKey']));
        const signed = `apiKey=${params['apiKey']}&timestamp=${params['timestamp']}`;
        const good =
          account && createHmac('sha256', account.secret).update(signed).digest('hex') === params['signature'];
        if (good) apiKey = account.apiKey;
        send(
          JSON.stringify(
            good ? { id, status: 200, result: { subscriptionId: 0 } } : { id, status: 400, error: { code: -1022 } },
          ),
        );
      },
      order: (order, fill) => {
        if (order.apiKey === apiKey) send(JSON.stringify({ subscriptionId: 0, event: this.reportOf(order, fill) }));
      },
      tick: () => undefined,
    };
  }

  private reportOf(order: SimOrder, fill: SimFill | undefined): unknown {
    return {
      e: 'executionReport',
      E: this.ledger.options.now(),
      s: symbolOf(order.instrument),
      c: order.clientOrderId,
      S: order.side.toUpperCase(),
      x: fill === undefined ? (order.state === 'open' ? 'NEW' : statusOf(order)) : 'TRADE',
      X: statusOf(order),
      i: Number(order.id),
      ...(fill === undefined
        ? {}
        : { t: Number(fill.id), l: fill.quantity, L: fill.price, n: fill.fee, N: fill.feeAsset }),
    };
  }

  private quoteSession(send: (frame: string) => void): SimSession {
    const wanted = new Set<string>();
    return {
      hear: (frame) => {
        const { id, params = [] } = JSON.parse(frame) as { id: number; params?: readonly string[] };
        for (const stream of params) wanted.add(stream.split('@')[0]?.toUpperCase() ?? '');
        send(JSON.stringify({ result: null, id }));
      },
      order: () => undefined,
      tick: (id) => {
        const listing = this.ledger.listing(id);
        const print = listing?.source.lastPrint(this.ledger.options.now());
        if (!wanted.has(symbolOf(id)) || listing === undefined || print === undefined) return;
        const { bid, ask } = bidAndAsk(print, listing.rules);
        send(
          JSON.stringify({
            u: print.at,
            s: symbolOf(id),
            b: padded(text(bid)),
            B: '1.00000000',
            a: padded(text(ask)),
            A: '1.00000000',
          }),
        );
      },
    };
  }
}

function symbolOf(id: InstrumentId): string {
  return id.replace('/', '');
}

/** Binance writes every amount with eight places. */
function padded(value: string): string {
  return dec(value).toFixed(8);
}

function limitOf(params: URLSearchParams): number {
  return Math.min(1_000, Number(params.get('limit') ?? 500));
}

function amount(params: URLSearchParams, name: string): DecimalString {
  const value = params.get(name);
  if (value === null || !isDecimalString(value))
    throw new Refused(-1102, `Mandatory parameter '${name}' was not sent, was empty/null, or malformed.`);
  return value;
}

function termsOf(params: URLSearchParams): OrderTerms {
  switch (params.get('type') ?? '') {
    case 'MARKET':
      return { type: 'market' };
    case 'LIMIT':
      return { type: 'limit', price: amount(params, 'price') };
    case 'LIMIT_MAKER':
      return { type: 'limit', price: amount(params, 'price'), postOnly: true };
    case 'STOP_LOSS':
      return params.has('trailingDelta')
        ? { type: 'trailing-stop', trailBps: Number(params.get('trailingDelta')) }
        : { type: 'stop', stopPrice: amount(params, 'stopPrice') };
    case 'STOP_LOSS_LIMIT':
      return { type: 'stop-limit', stopPrice: amount(params, 'stopPrice'), price: amount(params, 'price') };
    default:
      throw new Refused(-1116, 'Invalid orderType.');
  }
}

function typeOf(terms: OrderTerms): string {
  switch (terms.type) {
    case 'market':
      return 'MARKET';
    case 'limit':
      return terms.postOnly ? 'LIMIT_MAKER' : 'LIMIT';
    case 'stop':
    case 'trailing-stop':
      return 'STOP_LOSS';
    case 'trailing-stop-limit':
    case 'stop-limit':
      return 'STOP_LOSS_LIMIT';
  }
}

function statusOf({ state, filled }: SimOrder): string {
  if (state === 'open') return filled === '0' ? 'NEW' : 'PARTIALLY_FILLED';
  return { filled: 'FILLED', cancelled: 'CANCELED', expired: 'EXPIRED', rejected: 'REJECTED' }[state];
}
