import { createHmac } from 'node:crypto';
import type { InstrumentId } from '../../../domain/instrument/instrument';
import { bidAndAsk } from '../../../domain/matching/matching-rules';
import type { Decimal } from '../../../domain/money/decimal';
import { text } from '../../../domain/money/decimal';
import type { RequestKind } from '../faults';
import type { SimAnswer, SimRequest, SimSession, VenueFront } from '../front';
import { KEY_MADE_AT } from '../keys';
import type { KlineBook } from '../klines';
import type { SimLedger, SimOrder, SimRefusal } from '../ledger';
import { candlesView } from './candles';
import { amount, fillView, isStop, orderView, Refused, symbolOf, termsOf, waits } from './views';
import type { Params } from './views';

const REFUSALS: Readonly<Record<SimRefusal, readonly [code: number, msg: string]>> = {
  duplicate: [170141, 'Duplicate clientOrderId.'],
  unknown_instrument: [170121, 'Invalid symbol.'],
  filter_price: [170134, 'Order price decimal too long.'],
  filter_lot: [170137, 'Order volume decimal too long.'],
  filter_notional: [170140, 'Transaction amount lower than the minimum.'],
  insufficient_funds: [170131, 'Balance insufficient.'],
  // Bybit would let such a stop wait for the market to come back, which no book here can hold.
  would_trigger_immediately: [170210, 'New order rejected.'],
  would_take_liquidity: [170218, 'The LIMIT-MAKER order is rejected due to invalid price.'],
  closed: [170151, 'The trading pair is not open yet.'],
};

const NOT_FOUND = [170213, 'Order does not exist.'] as const;
/** Bybit refuses a time stamp that is this far ahead of its clock. */
const AHEAD_MS = 1_000;
/** Ended orders that the list of working orders still shows by id. */
const LATELY_ENDED = 500;
const ORDERS_PAGE = 50;
const FILLS_PAGE = 100;

type View = Readonly<Record<string, unknown>>;

/** Bybit v5 spot in front of a ledger: `/v5`, `/v5/private` and `/v5/public/spot`. */
export class BybitFront implements VenueFront {
  constructor(
    private readonly ledger: SimLedger,
    private readonly klines: KlineBook,
  ) {}

  kindOf({ path }: SimRequest): RequestKind {
    if (path === '/v5/order/create') return 'order';
    if (path === '/v5/order/cancel') return 'cancel';
    return path.startsWith('/v5/market/') ? 'public' : 'query';
  }

  failure(status: number): unknown {
    return status === 429
      ? { retCode: 10006, retMsg: 'Too many visits. Exceeded the API Rate Limit.', result: {} }
      : { retCode: 10016, retMsg: 'Internal server error.', result: {} };
  }

  handle(request: SimRequest): SimAnswer {
    const time = this.ledger.options.now();
    try {
      return { status: 200, body: { retCode: 0, retMsg: 'OK', result: this.answer(request), retExtInfo: {}, time } };
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      const { code, message, status } = error;
      return { status, body: { retCode: code, retMsg: message, result: {}, retExtInfo: {}, time } };
    }
  }

  session(path: string, send: (frame: string) => void): SimSession {
    return path === '/v5/private' ? this.accountSession(send) : this.quoteSession(send);
  }

  private answer(request: SimRequest): View {
    const { method, path, query } = request;
    const asked = `${method} ${path.replace('/v5/', '')}`;
    switch (asked) {
      case 'GET market/time':
        return { timeSecond: String(Math.floor(this.ledger.options.now() / 1_000)) };
      case 'GET market/instruments-info':
        return { category: 'spot', list: this.instruments(query.get('symbol')) };
      case 'GET market/tickers':
        return { category: 'spot', list: [this.ticker(this.instrument(query.get('symbol')))] };
      case 'GET market/kline': {
        const listing = this.ledger.listing(this.instrument(query.get('symbol')));
        if (listing === undefined) throw new Refused(170121, 'Invalid symbol.');
        return candlesView(this.klines, listing, query, this.ledger.options.now());
      }
    }
    const apiKey = this.authorise(request);
    switch (asked) {
      case 'POST order/create':
        return this.place(apiKey, JSON.parse(request.body) as Params);
      case 'POST order/cancel':
        return this.cancel(apiKey, JSON.parse(request.body) as Params);
      case 'GET order/realtime':
        return page(this.realtime(apiKey, query).map(orderView), query, ORDERS_PAGE);
      case 'GET order/history':
        return page(this.history(apiKey, query).map(orderView), query, ORDERS_PAGE);
      case 'GET execution/list':
        return page(this.executions(apiKey, query), query, FILLS_PAGE);
      case 'GET account/wallet-balance':
        return {
          list: [{ accountType: 'UNIFIED', coin: this.ledger.assets(apiKey).map((a) => this.coin(apiKey, a)) }],
        };
      case 'GET user/query-api':
        return {
          ...{ readOnly: 0, permissions: { Spot: ['SpotTrade'], Wallet: [] }, uta: 1 },
          createdAt: new Date(KEY_MADE_AT).toISOString().replace('.000', ''),
          // What it says of a key that is bound to addresses, and does not end by itself.
          expiredAt: '1970-01-01T00:00:00Z',
        };
      default:
        throw new Refused(10017, 'Route not found.', 404);
    }
  }

  /** The key, the signature over time stamp, key, window and all that was sent, and the receive window itself. */
  private authorise({ headers, query, body }: SimRequest): string {
    const account = this.ledger.account(headers['x-bapi-api-key'] ?? '');
    if (account === undefined) throw new Refused(10003, 'API key is invalid.');
    const [stamp = '', window = '5000'] = [headers['x-bapi-timestamp'], headers['x-bapi-recv-window']];
    const signed = `${stamp}${account.apiKey}${window}${body === '' ? query.toString() : body}`;
    const sign = createHmac('sha256', account.secret).update(signed).digest('hex');
    if (sign !== headers['x-bapi-sign'])
      throw new Refused(10004, 'Error sign, please check your signature generation.');
    const now = this.ledger.options.now();
    if (!(Number(stamp) < now + AHEAD_MS && now - Number(window) <= Number(stamp)))
      throw new Refused(10002, 'Invalid request, please check your server timestamp or recv_window param.');
    return account.apiKey;
  }

  /** The answer is the gateway's: it names the order and says nothing of its fate. */
  private place(apiKey: string, params: Params): View {
    if (params['category'] !== 'spot' || params['isLeverage'] !== 0)
      throw new Refused(170130, "Data sent for paramter 'isLeverage' is not valid.");
    const { orderLinkId, side } = params;
    const verdict = this.ledger.place(apiKey, {
      clientOrderId: typeof orderLinkId === 'string' ? orderLinkId : null,
      instrument: this.instrument(params['symbol']),
      side: side === 'Buy' ? 'buy' : 'sell',
      quantity: amount(params, 'qty'),
      ...termsOf(params),
    });
    if (verdict.kind === 'refused') throw new Refused(...REFUSALS[verdict.reason]);
    return { orderId: verdict.order.id, orderLinkId: verdict.order.clientOrderId ?? '' };
  }

  private cancel(apiKey: string, { orderId, orderLinkId, orderFilter = 'Order' }: Params): View {
    const order = this.ledger
      .shown(apiKey)
      .filter((one) => waits(one) === (orderFilter === 'tpslOrder'))
      .findLast((one) => (orderId === undefined ? one.clientOrderId === orderLinkId : one.id === orderId));
    if (order === undefined || !this.ledger.cancel(order)) throw new Refused(...NOT_FOUND);
    return { orderId: order.id, orderLinkId: order.clientOrderId ?? '' };
  }

  /** Working orders; by an id also the five hundred that ended last. */
  private realtime(apiKey: string, query: URLSearchParams): readonly SimOrder[] {
    const orders = this.matching(apiKey, query);
    const open = orders.filter(({ state }) => state === 'open');
    if (!query.has('orderId') && !query.has('orderLinkId')) return open;
    const ended = this.ledger.shown(apiKey).filter(({ state }) => state !== 'open');
    const lately = new Set(ended.slice(-LATELY_ENDED));
    return orders.filter((order) => open.includes(order) || lately.has(order));
  }

  private history(apiKey: string, query: URLSearchParams): readonly SimOrder[] {
    const from = Number(query.get('startTime') ?? 0);
    return this.matching(apiKey, query).filter((order) => order.state !== 'open' && order.receivedAt >= from);
  }

  private matching(apiKey: string, query: URLSearchParams): readonly SimOrder[] {
    const [symbol, id, linkId] = [query.get('symbol'), query.get('orderId'), query.get('orderLinkId')];
    const filter = query.get('orderFilter');
    return this.ledger
      .shown(apiKey)
      .filter((order) => symbol === null || symbolOf(order.instrument) === symbol)
      .filter((order) => (id === null || order.id === id) && (linkId === null || order.clientOrderId === linkId))
      .filter(
        (order) => filter === null || (filter === 'tpslOrder' ? isStop(order) : filter === 'Order' && !isStop(order)),
      );
  }

  private executions(apiKey: string, query: URLSearchParams): readonly View[] {
    const [symbol, orderId] = [query.get('symbol'), query.get('orderId')];
    const [from, to] = [Number(query.get('startTime') ?? 0), Number(query.get('endTime') ?? Infinity)];
    const orders = new Map(this.ledger.orders.map((order) => [order.id, order]));
    return this.ledger
      .shownFills(apiKey)
      .filter((fill) => symbol === null || symbolOf(fill.instrument) === symbol)
      .filter((fill) => (orderId === null || fill.orderId === orderId) && fill.at >= from && fill.at <= to)
      .map((fill) => fillView(fill, orders.get(fill.orderId)));
  }

  private coin(apiKey: string, asset: string): View {
    const { total, locked } = this.ledger.balance(apiKey, asset);
    return { coin: asset, walletBalance: text(total), equity: text(total), locked: text(locked) };
  }

  private instruments(symbol: string | null): readonly View[] {
    return this.ledger.options.listings
      .filter(({ instrument }) => symbol === null || symbolOf(instrument.id) === symbol)
      .map(({ instrument: i }) => ({
        ...{ symbol: symbolOf(i.id), baseCoin: i.baseAsset, quoteCoin: i.quoteAsset, status: 'Trading' },
        lotSizeFilter: { basePrecision: i.lot, minOrderQty: i.minQuantity, minOrderAmt: i.minNotional },
        priceFilter: { tickSize: i.tick },
      }));
  }

  private ticker(id: InstrumentId): View {
    const { last, bid, ask } = this.prices(id);
    return { symbol: symbolOf(id), lastPrice: text(last), bid1Price: text(bid), ask1Price: text(ask) };
  }

  private prices(id: InstrumentId): { readonly last: Decimal; readonly bid: Decimal; readonly ask: Decimal } {
    const listing = this.ledger.listing(id);
    const print = listing?.source.lastPrint(this.ledger.options.now());
    if (listing === undefined || print === undefined) throw new Refused(170121, 'Invalid symbol.');
    return { last: print.price, ...bidAndAsk(print, listing.rules) };
  }

  private instrument(symbol: unknown): InstrumentId {
    const listing = this.ledger.options.listings.find(({ instrument }) => symbolOf(instrument.id) === symbol);
    if (listing === undefined) throw new Refused(170121, 'Invalid symbol.');
    return listing.instrument.id;
  }

  private accountSession(send: (frame: string) => void): SimSession {
    let apiKey: string | undefined;
    const topics = new Set<string>();
    const say = (what: object): void => send(JSON.stringify(what));
    return {
      hear: (frame) => {
        const { op, args = [] } = JSON.parse(frame) as { op: string; args?: readonly (string | number)[] };
        if (op === 'ping') say({ op: 'pong', args: [String(this.ledger.options.now())] });
        else if (op === 'auth') {
          const [key, expires, sign] = args;
          const account = this.ledger.account(String(key));
          const good =
            account !== undefined &&
            Number(expires) > this.ledger.options.now() &&
            createHmac('sha256', account.secret).update(`GET/realtime${expires}`).digest('hex') === sign;
          if (good) apiKey = account.apiKey;
          say({ op, success: good, ret_msg: good ? '' : 'Params Error' });
        } else {
          for (const topic of args) topics.add(String(topic));
          say({ op, success: apiKey !== undefined, ret_msg: '' });
        }
      },
      order: (order, fill) => {
        if (order.apiKey !== apiKey) return;
        if (topics.has('order')) say({ topic: 'order', data: [orderView(order)] });
        if (fill && topics.has('execution')) say({ topic: 'execution', data: [fillView(fill, order)] });
      },
      tick: () => undefined,
    };
  }

  private quoteSession(send: (frame: string) => void): SimSession {
    const wanted = new Set<string>();
    const say = (what: object): void => send(JSON.stringify(what));
    return {
      hear: (frame) => {
        const { op, args = [] } = JSON.parse(frame) as { op: string; args?: readonly string[] };
        for (const topic of args) wanted.add(topic);
        say({ op, success: true, ret_msg: op === 'ping' ? 'pong' : '' });
      },
      order: () => undefined,
      tick: (id) => {
        const topic = `orderbook.1.${symbolOf(id)}`;
        if (!wanted.has(topic)) return;
        const { bid, ask } = this.prices(id);
        say({ topic, type: 'snapshot', data: { s: symbolOf(id), b: [[text(bid), '1']], a: [[text(ask), '1']] } });
      },
    };
  }
}

/** Newest first, from where the cursor says. */
function page(rows: readonly View[], query: URLSearchParams, most: number): View {
  const newest = [...rows].reverse();
  const from = Number(query.get('cursor')?.replace('row', '') ?? 0);
  const size = Math.min(most, Number(query.get('limit') ?? 20));
  const next = from + size;
  return {
    category: 'spot',
    nextPageCursor: next < newest.length ? `row${next}` : '',
    list: newest.slice(from, next),
  };
}
