import { createHmac } from 'node:crypto';
import type { InstrumentId } from '../../../domain/instrument/instrument';
import { bidAndAsk } from '../../../domain/matching/matching-rules';
import { text } from '../../../domain/money/decimal';
import type { OrderTerms, TimeInForce } from '../../../domain/order/order';
import type { RequestKind } from '../faults';
import type { SimAnswer, SimRequest, SimSession, VenueFront } from '../front';
import type { KlineBook } from '../klines';
import type { SimLedger, SimOrder, SimRefusal } from '../ledger';
import { candlesView } from './candles';
import {
  algoKind,
  algoState,
  algoTerms,
  algoView,
  amount,
  fillView,
  hasMade,
  isAlgo,
  orderView,
  plainId,
  plainTerms,
  Refused,
  symbolOf,
} from './views';
import type { Params } from './views';

const REFUSALS: Readonly<Record<SimRefusal, readonly [code: string, msg: string]>> = {
  duplicate: ['51016', 'Client order ID already exists.'],
  unknown_instrument: ['51001', "Instrument ID doesn't exist."],
  filter_price: ['51006', 'Order price is not within the price limit.'],
  filter_lot: ['51121', 'Order quantity must be a multiple of the lot size.'],
  filter_notional: ['51020', 'The order amount should meet or exceed the minimum order amount.'],
  insufficient_funds: ['51008', 'Order failed. Insufficient balance in account.'],
  would_trigger_immediately: ['51280', 'The SL trigger price cannot be higher than the last price.'],
  would_take_liquidity: ['51000', 'Parameter ordType error'],
  closed: ['51022', 'Contract suspended.'],
};

/** How far a time stamp may be from the venue's clock. */
const STAMP_LIFE_MS = 30_000;
const PAGE = 100;

type View = Readonly<Record<string, unknown>>;

/** OKX spot in front of a ledger: `/api/v5`, `/ws/v5/private` and `/ws/v5/public`. Stops have a book of their own. */
export class OkxFront implements VenueFront {
  constructor(
    private readonly ledger: SimLedger,
    private readonly klines: KlineBook,
  ) {}

  kindOf({ method, path }: SimRequest): RequestKind {
    if (method === 'POST' && /^\/api\/v5\/trade\/order(-algo)?$/.test(path)) return 'order';
    if (path.startsWith('/api/v5/trade/cancel-')) return 'cancel';
    return /^\/api\/v5\/(public|market)\//.test(path) ? 'public' : 'query';
  }

  failure(status: number): unknown {
    return status === 429
      ? { code: '50011', data: [], msg: 'Requests too frequent.' }
      : { code: '50026', data: [], msg: 'System error. Try again later.' };
  }

  handle(request: SimRequest): SimAnswer {
    try {
      return { status: 200, body: { code: '0', msg: '', data: this.answer(request) } };
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      const { code, message, own, status } = error;
      const body = own
        ? { code: '1', msg: 'All operations failed', data: [{ ordId: '', sCode: code, sMsg: message }] }
        : { code, msg: message, data: [] };
      return { status, body };
    }
  }

  session(path: string, send: (frame: string) => void): SimSession {
    return path === '/ws/v5/private' ? this.accountSession(send) : this.quoteSession(send);
  }

  private answer(request: SimRequest): readonly unknown[] {
    const { query, method, path } = request;
    const asked = `${method} ${path.replace('/api/v5/', '')}`;
    switch (asked) {
      case 'GET public/time':
        return [{ ts: String(this.ledger.options.now()) }];
      case 'GET public/instruments':
        return this.ledger.options.listings.map(({ instrument: i }) => ({
          ...{ instType: 'SPOT', instId: symbolOf(i.id), baseCcy: i.baseAsset, quoteCcy: i.quoteAsset },
          ...{ tickSz: i.tick, lotSz: i.lot, minSz: i.minQuantity, state: 'live' },
        }));
      case 'GET market/ticker':
        return [this.ticker(this.instrument(query.get('instId')))];
      case 'GET market/candles':
      case 'GET market/history-candles': {
        const listing = this.ledger.listing(this.instrument(query.get('instId')));
        if (listing === undefined) throw new Refused('51001', "Instrument ID doesn't exist.");
        return candlesView(this.klines, listing, query, this.ledger.options.now(), asked.includes('history'));
      }
    }
    const apiKey = this.authorise(request);
    switch (asked) {
      case 'POST trade/order':
        return [this.place(apiKey, request, false)];
      case 'POST trade/order-algo':
        return [this.place(apiKey, request, true)];
      case 'POST trade/cancel-order':
        return [this.cancelPlain(apiKey, JSON.parse(request.body) as Params)];
      case 'POST trade/cancel-algos':
        return (JSON.parse(request.body) as readonly Params[]).map((params) => this.cancelAlgo(apiKey, params));
      case 'GET trade/order':
        return [orderView(this.plain(apiKey, Object.fromEntries(query), '51603', 'Order does not exist'))];
      case 'GET trade/order-algo':
        return [algoView(this.algo(apiKey, Object.fromEntries(query), '51603', 'Order does not exist'))];
      case 'GET trade/orders-pending':
        return this.plainRows(apiKey, query, ({ state }) => state === 'open');
      case 'GET trade/orders-history':
        return this.plainRows(apiKey, query, ({ state }) => state !== 'open');
      case 'GET trade/orders-algo-pending':
        return this.algoRows(apiKey, query, (order) => algoState(order) === 'live');
      case 'GET trade/orders-algo-history':
        return this.algoRows(apiKey, query, (order) => algoState(order) === query.get('state'));
      case 'GET trade/fills':
      case 'GET trade/fills-history':
        return this.fills(apiKey, query);
      case 'GET account/balance':
        return [{ details: this.ledger.assets(apiKey).map((asset) => this.balance(apiKey, asset)) }];
      case 'GET account/config':
        return [{ acctLv: '1', perm: 'read_only,trade', ip: '' }];
      default:
        throw new Refused('50404', `no ${path}`, 404);
    }
  }

  /** The key, its passphrase, and the signature over time stamp, method, path with query, and body. */
  private authorise({ headers, method, path, query, body }: SimRequest): string {
    const account = this.ledger.account(headers['ok-access-key'] ?? '');
    if (account === undefined) throw new Refused('50111', 'Invalid OK-ACCESS-KEY', 401);
    if (headers['ok-access-passphrase'] !== account.password)
      throw new Refused('50105', 'Request header OK-ACCESS-PASSPHRASE incorrect.', 401);
    const stamp = headers['ok-access-timestamp'] ?? '';
    const asked = query.size === 0 ? path : `${path}?${query.toString()}`;
    const signed = createHmac('sha256', account.secret).update(`${stamp}${method}${asked}${body}`).digest('base64');
    if (signed !== headers['ok-access-sign']) throw new Refused('50113', 'Invalid Sign', 401);
    if (!(Math.abs(Date.parse(stamp) - this.ledger.options.now()) <= STAMP_LIFE_MS))
      throw new Refused('50102', 'Timestamp request expired', 401);
    return account.apiKey;
  }

  private place(apiKey: string, { headers, body }: SimRequest, algo: boolean): unknown {
    // The deadline is one of plain orders: a stop is taken for as long as its time stamp is good.
    if (!algo && Number(headers['exptime'] ?? Infinity) < this.ledger.options.now())
      throw new Refused('50036', "The expTime can't be earlier than the current system time.", 200, true);
    const params = JSON.parse(body) as Params;
    if (params['tdMode'] !== 'cash') throw new Refused('51000', 'Parameter tdMode error', 200, true);
    const { terms, timeInForce }: { terms: OrderTerms; timeInForce: TimeInForce } = algo
      ? { terms: algoTerms(params), timeInForce: 'GTC' }
      : plainTerms(params);
    const clientId = params[algo ? 'algoClOrdId' : 'clOrdId'];
    const side = params['side'] === 'buy' ? 'buy' : 'sell';
    const verdict = this.ledger.place(apiKey, {
      clientOrderId: typeof clientId === 'string' ? clientId : null,
      instrument: this.instrument(params['instId']),
      side,
      quantity: amount(params, 'sz'),
      terms,
      timeInForce,
    });
    if (verdict.kind === 'refused') {
      const { reason } = verdict;
      const [code, words] =
        reason === 'would_trigger_immediately' && side === 'buy'
          ? ['51278', 'The SL trigger price cannot be lower than the last price.']
          : REFUSALS[reason];
      throw new Refused(code, words, 200, true);
    }
    const { id, clientOrderId } = verdict.order;
    return algo
      ? { algoId: id, algoClOrdId: clientOrderId ?? '', clOrdId: '', sCode: '0', sMsg: '' }
      : { ordId: id, clOrdId: clientOrderId ?? '', sCode: '0', sMsg: 'Order placed' };
  }

  private cancelPlain(apiKey: string, params: Params): unknown {
    const [code, words] = ['51400', 'Cancellation failed as the order has been filled, canceled or does not exist.'];
    const order = this.plain(apiKey, params, code, words, true);
    if (!this.ledger.cancel(order)) throw new Refused(code, words, 200, true);
    return { ordId: plainId(order), clOrdId: order.clientOrderId ?? '', sCode: '0', sMsg: '' };
  }

  private cancelAlgo(apiKey: string, params: Params): unknown {
    const [code, words] = ['51400', 'Cancellation failed as the order has been filled, canceled or does not exist.'];
    const order = this.algo(apiKey, params, code, words, true);
    // Once it has made an order there is no stop left to cancel.
    if (hasMade(order) || !this.ledger.cancel(order)) throw new Refused(code, words, 200, true);
    return { algoId: order.id, algoClOrdId: order.clientOrderId ?? '', sCode: '0', sMsg: '' };
  }

  private plain(apiKey: string, params: Params, code: string, words: string, own = false): SimOrder {
    const { ordId, clOrdId } = params;
    const order = this.ledger
      .shown(apiKey)
      .filter((one) => !isAlgo(one) || hasMade(one))
      .findLast((one) =>
        ordId === undefined ? !isAlgo(one) && one.clientOrderId === clOrdId : plainId(one) === ordId,
      );
    if (order === undefined) throw new Refused(code, words, 200, own);
    return order;
  }

  private algo(apiKey: string, params: Params, code: string, words: string, own = false): SimOrder {
    const { algoId, algoClOrdId } = params;
    const order = this.ledger
      .shown(apiKey)
      .filter(isAlgo)
      .findLast((one) => (algoId === undefined ? one.clientOrderId === algoClOrdId : one.id === algoId));
    if (order === undefined) throw new Refused(code, words, 200, own);
    return order;
  }

  private plainRows(apiKey: string, query: URLSearchParams, wanted: (order: SimOrder) => boolean): readonly View[] {
    const orders = this.listed(apiKey, query).filter((order) => !isAlgo(order) || hasMade(order));
    return page(orders.filter(wanted).map(orderView), 'ordId', query);
  }

  private algoRows(apiKey: string, query: URLSearchParams, wanted: (order: SimOrder) => boolean): readonly View[] {
    const kinds = query.get('ordType')?.split(',') ?? [];
    const orders = this.listed(apiKey, query).filter((order) => isAlgo(order) && kinds.includes(algoKind(order)));
    return page(orders.filter(wanted).map(algoView), 'algoId', query);
  }

  private listed(apiKey: string, query: URLSearchParams): readonly SimOrder[] {
    const [instId, begin] = [query.get('instId'), Number(query.get('begin') ?? 0)];
    return this.ledger
      .shown(apiKey)
      .filter((order) => (instId === null || symbolOf(order.instrument) === instId) && order.receivedAt >= begin);
  }

  private fills(apiKey: string, query: URLSearchParams): readonly View[] {
    const [instId, ordId, begin] = [query.get('instId'), query.get('ordId'), Number(query.get('begin') ?? 0)];
    const orders = new Map(this.ledger.orders.map((order) => [order.id, order]));
    const rows = this.ledger.shownFills(apiKey).flatMap((fill) => {
      const order = orders.get(fill.orderId);
      const wanted =
        order !== undefined &&
        (instId === null || symbolOf(fill.instrument) === instId) &&
        (ordId === null || plainId(order) === ordId) &&
        fill.at >= begin;
      return wanted ? [fillView(fill, order)] : [];
    });
    return page(rows, 'billId', query);
  }

  private balance(apiKey: string, asset: string): unknown {
    const { total, locked } = this.ledger.balance(apiKey, asset);
    return { ccy: asset, cashBal: text(total), availBal: text(total.minus(locked)), frozenBal: text(locked) };
  }

  private ticker(id: InstrumentId): View {
    const listing = this.ledger.listing(id);
    const print = listing?.source.lastPrint(this.ledger.options.now());
    if (listing === undefined || print === undefined) throw new Refused('51001', "Instrument ID doesn't exist.");
    const { bid, ask } = bidAndAsk(print, listing.rules);
    return {
      ...{ instType: 'SPOT', instId: symbolOf(id), last: text(print.price) },
      ...{ bidPx: text(bid), askPx: text(ask), ts: String(this.ledger.options.now()) },
    };
  }

  private instrument(instId: unknown): InstrumentId {
    const listing = this.ledger.options.listings.find(({ instrument }) => symbolOf(instrument.id) === instId);
    if (listing === undefined) throw new Refused('51001', "Instrument ID doesn't exist.");
    return listing.instrument.id;
  }

  private accountSession(send: (frame: string) => void): SimSession {
    let apiKey: string | undefined;
    let subscribed = false;
    return {
      hear: (frame) => {
        if (frame === 'ping') {
          send('pong');
          return;
        }
        const { op, args } = JSON.parse(frame) as { op: string; args: readonly Record<string, string>[] };
        const [arg = {}] = args;
        if (op === 'login') {
          const account = this.ledger.account(arg['apiKey'] ?? '');
          const stamped = `${arg['timestamp']}GET/users/self/verify`;
          const sign = account && createHmac('sha256', account.secret).update(stamped).digest('base64');
          if (account && sign === arg['sign'] && account.password === arg['passphrase']) apiKey = account.apiKey;
          const good = apiKey !== undefined;
          send(JSON.stringify(good ? { event: 'login', code: '0', msg: '' } : { event: 'error', code: '60009' }));
        } else if (apiKey === undefined) send(JSON.stringify({ event: 'error', code: '60011', msg: 'Please log in' }));
        else {
          subscribed = true;
          send(JSON.stringify({ event: 'subscribe', arg }));
        }
      },
      order: (order) => {
        // The line of plain orders: a stop is told of once it has made one.
        if (!subscribed || order.apiKey !== apiKey || (isAlgo(order) && !hasMade(order))) return;
        send(JSON.stringify({ arg: { channel: 'orders', instType: 'SPOT' }, data: [orderView(order)] }));
      },
      tick: () => undefined,
    };
  }

  private quoteSession(send: (frame: string) => void): SimSession {
    const wanted = new Set<string>();
    return {
      hear: (frame) => {
        if (frame === 'ping') {
          send('pong');
          return;
        }
        const { args } = JSON.parse(frame) as { args: readonly { instId: string }[] };
        for (const arg of args) {
          wanted.add(arg.instId);
          send(JSON.stringify({ event: 'subscribe', arg }));
        }
      },
      order: () => undefined,
      tick: (id) => {
        const instId = symbolOf(id);
        if (wanted.has(instId)) send(JSON.stringify({ arg: { channel: 'tickers', instId }, data: [this.ticker(id)] }));
      },
    };
  }
}

/** Newest first, those before the id `after`, at most a page. */
function page(rows: readonly View[], id: string, query: URLSearchParams): readonly View[] {
  const newest = [...rows].reverse();
  const after = query.get('after');
  const from = after === null ? 0 : newest.findIndex((row) => row[id] === after) + 1;
  return newest.slice(from, from + Math.min(PAGE, Number(query.get('limit') ?? PAGE)));
}
