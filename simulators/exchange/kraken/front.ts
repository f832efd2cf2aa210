import { createHash, createHmac } from 'node:crypto';
import { instant } from '../../../domain/clock/instant';
import { text } from '../../../domain/money/decimal';
import type { OrderTerms, TimeInForce } from '../../../domain/order/order';
import type { RequestKind } from '../faults';
import type { SimAnswer, SimRequest, SimSession, VenueFront } from '../front';
import type { KlineBook } from '../klines';
import type { NewSimOrder, SimLedger, SimListing, SimOrder, SimRefusal, SimVerdict } from '../ledger';
import { candlesView } from './candles';
import { KrakenSession } from './session';
import { amount, assetName, longPairOf, orderView, padded, pairOf, pairView, Refused } from './views';
import { seconds, termsOf, tickerView, tradeView, txidOf } from './views';

const PRIVATE = '/0/private/';
/** Rows of one page of history, and ids of one query. */
const PAGE = 50;

const REFUSALS: Readonly<Record<SimRefusal, string>> = {
  duplicate: 'EOrder:Duplicate order',
  unknown_instrument: 'EQuery:Unknown asset pair',
  filter_price: 'EOrder:Invalid price',
  filter_lot: 'EGeneral:Invalid arguments:volume',
  filter_notional: 'EOrder:Cost minimum not met',
  insufficient_funds: 'EOrder:Insufficient funds',
  would_trigger_immediately: 'EOrder:Invalid price',
  would_take_liquidity: 'EOrder:Post only order',
  closed: 'EService:Market in cancel_only mode',
};

type Params = Readonly<Record<string, string | undefined>>;

/** Kraken spot in front of a ledger: `/0/public`, `/0/private`, and both streams on `/v2`. */
export class KrakenFront implements VenueFront {
  /** The highest nonce of each key: a lower one is refused. */
  private readonly nonces = new Map<string, number>();
  /** Whose stream tokens were given out. */
  private readonly tokens = new Map<string, string>();
  /** What stops asked for that fired as they came. */
  private readonly fired = new Map<string, OrderTerms>();

  constructor(
    private readonly ledger: SimLedger,
    private readonly klines: KlineBook,
  ) {}

  kindOf({ path }: SimRequest): RequestKind {
    if (!path.startsWith(PRIVATE)) return 'public';
    if (path === `${PRIVATE}AddOrder`) return 'order';
    return path === `${PRIVATE}CancelOrder` ? 'cancel' : 'query';
  }

  failure(status: number): unknown {
    return { error: [status >= 500 ? 'EService:Unavailable' : 'EGeneral:Too many requests'] };
  }

  /** Errors have the status of success. */
  handle(request: SimRequest): SimAnswer {
    try {
      return { status: 200, body: { error: [], result: this.answer(request) } };
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      return { status: 200, body: { error: [error.message] } };
    }
  }

  session(_path: string, send: (frame: string) => void): SimSession {
    return new KrakenSession(this.ledger, this.tokens, send);
  }

  private answer(request: SimRequest): unknown {
    const { path, query } = request;
    if (!path.startsWith(PRIVATE)) return this.publicAnswer(path, query);
    const params = paramsOf(request);
    const apiKey = this.authorise(request, params);
    switch (path.slice(PRIVATE.length)) {
      case 'AddOrder':
        return this.place(apiKey, params);
      case 'CancelOrder':
        return this.cancel(apiKey, params);
      case 'OpenOrders':
        return { open: this.orders(apiKey, params, (order) => order.state === 'open') };
      case 'ClosedOrders':
        return this.closed(apiKey, params);
      case 'QueryOrders':
        return this.queried(apiKey, params);
      case 'TradesHistory':
        return this.trades(apiKey, params);
      case 'QueryTrades': {
        const ids = idsIn(params);
        const fills = this.ledger.shownFills(apiKey).filter(({ id }) => ids.includes(txidOf('T', id)));
        return Object.fromEntries(fills.map((fill) => [txidOf('T', fill.id), tradeView(fill)]));
      }
      case 'BalanceEx':
        return Object.fromEntries(
          this.ledger.assets(apiKey).map((asset) => [assetName(asset), this.balance(apiKey, asset)]),
        );
      case 'GetApiKeyInfo':
        return {
          apiKey,
          nonceWindow: 0,
          permissions: ['query-funds', 'query-open-trades', 'modify-trades', 'close-trades'],
        };
      case 'GetWebSocketsToken':
        return { token: this.tokenFor(apiKey), expires: 900 };
      default:
        throw new Refused('EGeneral:Unknown method');
    }
  }

  private publicAnswer(path: string, query: URLSearchParams): unknown {
    const now = this.ledger.options.now();
    if (path === '/0/public/Time') return { unixtime: Math.floor(now / 1_000), rfc1123: new Date(now).toUTCString() };
    const pair = query.get('pair');
    if (path === '/0/public/AssetPairs') {
      const listings = pair === null ? this.ledger.options.listings : [this.listing(pair)];
      return Object.fromEntries(listings.map((one) => [longPairOf(one.instrument.id), pairView(one)]));
    }
    const listing = this.listing(pair ?? '');
    if (path === '/0/public/OHLC') return candlesView(this.klines, listing, query, now);
    const print = listing.source.lastPrint(now);
    if (path !== '/0/public/Ticker' || print === undefined) throw new Refused('EGeneral:Unknown method');
    return { [longPairOf(listing.instrument.id)]: tickerView(listing, print) };
  }

  /** The key, the signature over path, nonce and body, and the nonce, which must grow. */
  private authorise({ headers, path, body }: SimRequest, params: Params): string {
    const account = this.ledger.account(headers['api-key'] ?? '');
    if (account === undefined) throw new Refused('EAPI:Invalid key');
    const nonce = params['nonce'] ?? '';
    const hash = createHash('sha256').update(`${nonce}${body}`).digest();
    const signature = createHmac('sha512', Buffer.from(account.secret, 'base64')).update(path).update(hash);
    if (signature.digest('base64') !== headers['api-sign']) throw new Refused('EAPI:Invalid signature');
    if (!(Number(nonce) > (this.nonces.get(account.apiKey) ?? 0))) throw new Refused('EAPI:Invalid nonce');
    this.nonces.set(account.apiKey, Number(nonce));
    return account.apiKey;
  }

  private place(apiKey: string, params: Params): object {
    const { deadline, cl_ord_id: clientOrderId = null } = params;
    if (deadline !== undefined && this.ledger.options.now() > Date.parse(deadline))
      throw new Refused('EService:Deadline elapsed');
    const order: NewSimOrder = {
      clientOrderId,
      instrument: this.listing(params['pair'] ?? '').instrument.id,
      side: params['type'] === 'buy' ? 'buy' : 'sell',
      quantity: amount(params, 'volume'),
      terms: termsOf(params),
      timeInForce: (params['timeinforce'] ?? 'GTC') as TimeInForce,
    };
    const verdict = this.fireOrPlace(apiKey, order);
    if (verdict.kind === 'refused') throw new Refused(REFUSALS[verdict.reason]);
    return { descr: { order: `${order.side} ${order.quantity}` }, txid: [txidOf('O', verdict.order.id)] };
  }

  /** A stop that the market has passed executes as it comes (https://support.kraken.com/articles/203325793). */
  private fireOrPlace(apiKey: string, order: NewSimOrder): SimVerdict {
    const verdict = this.ledger.place(apiKey, order);
    if (verdict.kind !== 'refused' || verdict.reason !== 'would_trigger_immediately') return verdict;
    const { terms } = order;
    const then: OrderTerms = terms.type === 'stop-limit' ? { type: 'limit', price: terms.price } : { type: 'market' };
    const fired = this.ledger.place(apiKey, { ...order, terms: then });
    if (fired.kind !== 'refused') this.fired.set(fired.order.id, terms);
    return fired;
  }

  private cancel(apiKey: string, { txid, cl_ord_id: clientOrderId }: Params): object {
    const order = this.ledger
      .shown(apiKey)
      .findLast((one) => (txid === undefined ? one.clientOrderId === clientOrderId : txidOf('O', one.id) === txid));
    if (order === undefined || !this.ledger.cancel(order)) throw new Refused('EOrder:Unknown order');
    return { count: 1 };
  }

  /** The newest first, by the venue's id. */
  private orders(
    apiKey: string,
    params: Params,
    which: (order: SimOrder) => boolean,
  ): Readonly<Record<string, object>> {
    const { cl_ord_id: clientOrderId, trades } = params;
    const fills = trades === 'true' ? this.ledger.shownFills(apiKey) : [];
    const orders = this.ledger
      .shown(apiKey)
      .filter((order) => clientOrderId === undefined || order.clientOrderId === clientOrderId)
      .filter(which)
      .reverse();
    return Object.fromEntries(
      orders.map((order) => {
        const own = fills.filter(({ orderId }) => orderId === order.id);
        return [txidOf('O', order.id), orderView(order, this.fired.get(order.id) ?? order.terms, own)];
      }),
    );
  }

  private closed(apiKey: string, params: Params): object {
    const from = Number(params['start'] ?? 0);
    const ended = ({ state, updatedAt }: SimOrder): boolean => state !== 'open' && seconds(updatedAt) > from;
    return pageOf('closed', this.orders(apiKey, params, ended), params);
  }

  private queried(apiKey: string, params: Params): object {
    const ids = idsIn(params);
    const orders = this.orders(apiKey, params, ({ id }) => ids.includes(txidOf('O', id)));
    if (Object.keys(orders).length === 0) throw new Refused('EOrder:Unknown order');
    return orders;
  }

  private trades(apiKey: string, params: Params): object {
    const from = Number(params['start'] ?? 0);
    const fills = this.ledger.shownFills(apiKey).filter(({ at }) => seconds(at) > from);
    const rows = [...fills].reverse().map((fill) => [txidOf('T', fill.id), tradeView(fill)] as const);
    return pageOf('trades', Object.fromEntries(rows), params);
  }

  private balance(apiKey: string, asset: string): object {
    const { total, locked } = this.ledger.balance(apiKey, asset);
    return { balance: padded(text(total)), hold_trade: padded(text(locked)) };
  }

  private tokenFor(apiKey: string): string {
    const token = createHash('sha256')
      .update(`${apiKey} ${instant(this.ledger.options.now())}`)
      .digest('base64');
    this.tokens.set(token, apiKey);
    return token;
  }

  private listing(pair: string): SimListing {
    const listing = this.ledger.options.listings.find(({ instrument: { id } }) =>
      [pairOf(id), longPairOf(id)].includes(pair),
    );
    if (listing === undefined) throw new Refused('EQuery:Unknown asset pair');
    return listing;
  }
}

/** A form, or JSON where the client chose it. */
function paramsOf({ headers, body }: SimRequest): Params {
  if (headers['content-type']?.startsWith('application/json') !== true)
    return Object.fromEntries(new URLSearchParams(body));
  const json = JSON.parse(body) as Readonly<Record<string, unknown>>;
  return Object.fromEntries(Object.entries(json).map(([name, value]) => [name, String(value)]));
}

function idsIn({ txid = '' }: Params): readonly string[] {
  const ids = txid.split(',');
  if (ids.length > PAGE) throw new Refused('EGeneral:Invalid arguments:txid');
  return ids;
}

function pageOf(field: string, rows: Readonly<Record<string, object>>, { ofs = '0' }: Params): object {
  const all = Object.entries(rows);
  return { [field]: Object.fromEntries(all.slice(Number(ofs), Number(ofs) + PAGE)), count: all.length };
}
