import { text } from '../../../domain/money/decimal';
import { bidAndAsk } from '../../../domain/matching/matching-rules';
import { instant } from '../../../domain/clock/instant';
import type { RequestKind } from '../faults';
import type { SimAnswer, SimRequest, SimSession, VenueFront } from '../front';
import type { KlineBook } from '../klines';
import type { SimLedger, SimListing, SimOrder, SimRefusal } from '../ledger';
import { candlesView } from './candles';
import { CoinbaseSession } from './session';
import { holderOf } from './token';
import { clientIdOf, fillView, orderView, productOf, productView, Refused, statusOf, termsOf, uuidOf } from './views';

const BASE = '/api/v3/brokerage';

/** The most rows of a page. */
const PAGE = 250;

const REFUSALS: Readonly<Record<Exclude<SimRefusal, 'would_trigger_immediately'>, string>> = {
  duplicate: 'DUPLICATE_CLIENT_ORDER_ID',
  unknown_instrument: 'PREVIEW_INVALID_PRODUCT_ID',
  filter_price: 'PREVIEW_INVALID_PRICE_PRECISION',
  filter_lot: 'PREVIEW_INVALID_SIZE_PRECISION',
  filter_notional: 'PREVIEW_INVALID_QUOTE_SIZE_TOO_SMALL',
  insufficient_funds: 'PREVIEW_INSUFFICIENT_FUND',
  would_take_liquidity: 'PREVIEW_INVALID_LIMIT_PRICE_POST_ONLY',
  closed: 'ORDER_ENTRY_DISABLED',
};

/** An answer that is not a success. */
class Failed extends Error {
  constructor(
    readonly status: number,
    readonly body: unknown,
  ) {
    super(String(status));
  }
}

/** Coinbase Advanced in front of a ledger: `/api/v3/brokerage`, and both streams on `/`. */
export class CoinbaseFront implements VenueFront {
  constructor(
    private readonly ledger: SimLedger,
    private readonly klines: KlineBook,
  ) {}

  kindOf({ method, path }: SimRequest): RequestKind {
    if (path === `${BASE}/orders` && method === 'POST') return 'order';
    if (path === `${BASE}/orders/batch_cancel`) return 'cancel';
    return path === `${BASE}/time` || path.startsWith(`${BASE}/market/`) ? 'public' : 'query';
  }

  failure(status: number): unknown {
    return status >= 500
      ? { error: 'internal_server_error', message: 'internal server error' }
      : { error: 'rate_limit_exceeded', message: 'too many requests' };
  }

  handle(request: SimRequest): SimAnswer {
    try {
      return { status: 200, body: this.answer(request) };
    } catch (error) {
      if (!(error instanceof Failed)) throw error;
      return { status: error.status, body: error.body };
    }
  }

  session(_path: string, send: (frame: string) => void): SimSession {
    return new CoinbaseSession(this.ledger, send);
  }

  private answer(request: SimRequest): unknown {
    const { method, path, query } = request;
    if (path === `${BASE}/time`) return this.time();
    if (path.startsWith(`${BASE}/market/products`)) return this.market(path, query);
    const apiKey = this.authorise(request);
    switch (`${method} ${path.slice(BASE.length)}`) {
      case 'POST /orders':
        return this.place(apiKey, JSON.parse(request.body) as Readonly<Record<string, unknown>>);
      case 'POST /orders/batch_cancel': {
        const { order_ids: ids } = JSON.parse(request.body) as { readonly order_ids: readonly string[] };
        return { results: ids.map((id) => this.cancel(apiKey, id)) };
      }
      case 'GET /orders/historical/batch':
        return page('orders', this.listed(apiKey, query), query);
      case 'GET /orders/historical/fills':
        return page('fills', this.fills(apiKey, query), query);
      case 'GET /accounts':
        return page('accounts', this.accounts(apiKey), query);
      case 'GET /key_permissions':
        return { can_view: true, can_trade: true, can_transfer: false, portfolio_type: 'DEFAULT' };
      default:
        return { order: orderView(this.one(apiKey, path.split('/').at(-1) ?? '')) };
    }
  }

  private time(): object {
    const now = this.ledger.options.now();
    return { iso: instant(now), epochSeconds: String(Math.floor(now / 1_000)), epochMillis: String(now) };
  }

  /** The token of the request; what is wrong with it is not said. */
  private authorise({ method, path, headers }: SimRequest): string {
    const token = headers['authorization']?.replace(/^Bearer /, '') ?? '';
    const account = holderOf(this.ledger, token, `${method} ${path}`);
    if (account === undefined) throw new Failed(401, 'Unauthorized\n');
    return account.apiKey;
  }

  private place(apiKey: string, asked: Readonly<Record<string, unknown>>): object {
    const { client_order_id: clientOrderId, product_id: product, side, order_configuration: configuration } = asked;
    if (typeof clientOrderId !== 'string' || clientOrderId === '')
      throw new Failed(400, { error: 'INVALID_ARGUMENT', message: 'client_order_id is required' });
    try {
      const verdict = this.ledger.place(apiKey, {
        clientOrderId,
        instrument: this.listing(String(product))?.instrument.id ?? String(product),
        side: side === 'BUY' ? 'buy' : 'sell',
        ...termsOf(configuration),
      });
      if (verdict.kind === 'refused') throw new Refused(wordOf(verdict.reason, side === 'BUY'));
      // An id that was used before is answered with what it made then, and nothing tells the two cases apart.
      return placed(verdict.order, configuration);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      return refused(error.reason, configuration);
    }
  }

  private cancel(apiKey: string, id: string): object {
    const order = this.ledger.shown(apiKey).find((one) => uuidOf('order', one.id) === id);
    const failure_reason = order === undefined ? 'UNKNOWN_CANCEL_ORDER' : 'INVALID_CANCEL_REQUEST';
    return order !== undefined && this.ledger.cancel(order)
      ? { success: true, failure_reason: 'UNKNOWN_CANCEL_FAILURE_REASON', order_id: id }
      : { success: false, failure_reason, order_id: id };
  }

  private one(apiKey: string, id: string): SimOrder {
    const order = this.ledger.shown(apiKey).find((one) => uuidOf('order', one.id) === id);
    const words = 'order with this orderID was not found';
    if (order === undefined) throw new Failed(404, { error: 'unknown', error_details: words, message: words });
    return order;
  }

  /** The newest first. */
  private listed(apiKey: string, query: URLSearchParams): readonly object[] {
    const [products, statuses] = [query.getAll('product_ids'), query.getAll('order_status')];
    if (statuses.includes('OPEN') && statuses.length > 1)
      throw new Failed(400, { error: 'INVALID_ARGUMENT', message: 'OPEN cannot be paired with other statuses' });
    const from = timeOf(query, 'start_date');
    return this.ledger
      .shown(apiKey)
      .filter((order) => products.length === 0 || products.includes(productOf(order.instrument)))
      .filter((order) => statuses.length === 0 || statuses.includes(statusOf(order)))
      .filter(({ receivedAt }) => receivedAt >= from)
      .map(orderView)
      .reverse();
  }

  /** The newest first. */
  private fills(apiKey: string, query: URLSearchParams): readonly object[] {
    const [products, orders] = [query.getAll('product_ids'), query.getAll('order_ids')];
    const from = timeOf(query, 'start_sequence_timestamp');
    return this.ledger
      .shownFills(apiKey)
      .filter((fill) => products.length === 0 || products.includes(productOf(fill.instrument)))
      .filter((fill) => orders.length === 0 || orders.includes(uuidOf('order', fill.orderId)))
      .filter(({ at }) => at >= from)
      .map(fillView)
      .reverse();
  }

  private accounts(apiKey: string): readonly object[] {
    return this.ledger.assets(apiKey).map((currency) => {
      const { total, locked } = this.ledger.balance(apiKey, currency);
      const [value, hold] = [text(total.minus(locked)), text(locked)];
      return { currency, available_balance: { value, currency }, hold: { value: hold, currency } };
    });
  }

  private market(path: string, query: URLSearchParams): unknown {
    const [product, what] = path.slice(`${BASE}/market/products`.length).split('/').slice(1);
    if (product === undefined) {
      const wanted = query.getAll('product_ids');
      const listings = this.ledger.options.listings.filter(
        ({ instrument }) =>
          (query.get('product_type') ?? 'SPOT') === 'SPOT' &&
          (wanted.length === 0 || wanted.includes(productOf(instrument.id))),
      );
      return { products: listings.map(productView), num_products: listings.length };
    }
    const listing = this.listing(product);
    if (listing !== undefined && what === 'candles') {
      const view = candlesView(this.klines, listing, query);
      if (typeof view !== 'string') return view;
      throw new Failed(400, { error: 'INVALID_ARGUMENT', error_details: view, message: view });
    }
    const print = listing?.source.lastPrint(this.ledger.options.now());
    if (listing === undefined || print === undefined || what !== 'ticker')
      throw new Failed(404, { error: 'NOT_FOUND', message: 'product not found' });
    const { bid, ask } = bidAndAsk(print, listing.rules);
    const trade = { product_id: product, price: text(print.price), size: text(print.volume), time: instant(print.at) };
    return { trades: [trade], best_bid: text(bid), best_ask: text(ask) };
  }

  private listing(product: string): SimListing | undefined {
    return this.ledger.options.listings.find(({ instrument }) => productOf(instrument.id) === product);
  }
}

function wordOf(reason: SimRefusal, buy: boolean): string {
  if (reason !== 'would_trigger_immediately') return REFUSALS[reason];
  return buy ? 'PREVIEW_STOP_PRICE_BELOW_LAST_TRADE_PRICE' : 'PREVIEW_STOP_PRICE_ABOVE_LAST_TRADE_PRICE';
}

function placed(order: SimOrder, order_configuration: unknown): object {
  const order_id = uuidOf('order', order.id);
  const [product_id, client_order_id] = [productOf(order.instrument), clientIdOf(order)];
  return {
    success: true,
    failure_reason: 'UNKNOWN_FAILURE_REASON',
    order_id,
    success_response: { order_id, product_id, side: order.side.toUpperCase(), client_order_id },
    order_configuration,
  };
}

/** A refusal of the preview stands in a field of its own, beside a reason that says nothing. */
function refused(reason: string, order_configuration: unknown): object {
  const previewed = reason.startsWith('PREVIEW_');
  return {
    success: false,
    error_response: {
      error: previewed ? 'UNKNOWN_FAILURE_REASON' : reason,
      message: '',
      error_details: '',
      preview_failure_reason: previewed ? reason : 'UNKNOWN_PREVIEW_FAILURE_REASON',
    },
    order_configuration,
  };
}

function timeOf(query: URLSearchParams, name: string): number {
  const value = query.get(name);
  return value === null ? 0 : Date.parse(value);
}

/** A page of rows: the cursor is how many were shown. Fills do not say whether there are more; only their cursor does. */
function page(field: string, rows: readonly object[], query: URLSearchParams): object {
  const from = Number(query.get('cursor') ?? 0);
  const to = from + Math.min(PAGE, Number(query.get('limit') ?? PAGE));
  const more = to < rows.length;
  return {
    [field]: rows.slice(from, to),
    cursor: more ? String(to) : '',
    ...(field === 'fills' ? {} : { has_next: more }),
  };
}
