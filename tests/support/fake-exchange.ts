import { PaperBroker } from '../../brokers/paper/paper-broker';
import type { PaperMarket } from '../../brokers/paper/paper-market';
import type { Database } from '../../database/pool';
import type { Instant } from '../../domain/clock/instant';
import type { Instrument, InstrumentId } from '../../domain/instrument/instrument';
import { decimalString as d } from '../../domain/money/decimal';
import type {
  Broker,
  CancelOutcome,
  KeyRights,
  ListedOrder,
  Lookup,
  SendPermit,
  StreamSink,
  SubmitOutcome,
  VenueBalance,
  VenueSnapshot,
  VenueStream,
  VenueTimings,
} from '../../domain/order/broker';
import type { ClientOrderId, Fill, OrderRef, OrderRequest, VenueOrder } from '../../domain/order/order';
import type { Quote } from '../../domain/signal/market-data';
import { COSTS } from './harness';

/** A venue that is away. */
const AWAY = 'the venue is away';

/**
 * An exchange as its adapter shows it, over a paper book: polled now and then, with a stream if a test wants one, and
 * with what else happens to exchanges. Executions do not name our id, as at most real venues.
 */
export class FakeExchange implements Broker {
  readonly venue = 'binance';
  readonly timings: VenueTimings = {
    validityWindow: 400,
    readLag: 50,
    retention: 365 * 86_400_000,
    clockSkew: 50,
    pollEvery: 200,
  };
  /** True: nobody answers. */
  away = false;
  /** True: the venue has no price for anything. */
  priceless = false;
  rights: KeyRights = { trade: true, withdraw: false };
  /** Called with each order before it is sent on; may throw what a broken line does. */
  onSubmit: ((request: OrderRequest, send: () => Promise<SubmitOutcome>) => Promise<SubmitOutcome>) | undefined;
  readonly asked = { polls: 0, quotes: 0, balances: 0, cancels: [] as string[] };
  /** Came to the account without a trade. */
  deposits: readonly VenueBalance[] = [];
  /** Orders that no query shows. */
  readonly hidden = new Set<string>();
  sink: StreamSink | undefined;
  watched: readonly InstrumentId[] = [];
  readonly stream?: (sink: StreamSink) => VenueStream;
  private readonly inner: PaperBroker;

  constructor(
    private readonly account: string,
    private readonly database: Database,
    private readonly market: PaperMarket,
    options: { readonly streams?: boolean } = {},
  ) {
    this.inner = new PaperBroker({ account, database, market, costs: COSTS });
    if (options.streams === true) this.stream = (sink) => this.openStream(sink);
  }

  get capabilities() {
    return this.inner.capabilities;
  }

  /** Gives the account its book at the venue. */
  async open(cash: string): Promise<void> {
    await this.database.query(
      `INSERT INTO paper.books (account, currency, cash, advanced_to) VALUES ($1, 'USDT', $2, clock_timestamp())
       ON CONFLICT (account) DO NOTHING`,
      [this.account, cash],
    );
  }

  /** An order of somebody else on the same account. */
  placeForeign(id: string, changes: Partial<OrderRequest>): Promise<SubmitOutcome> {
    return this.inner.submit(
      {
        clientOrderId: id as ClientOrderId,
        account: this.account,
        instrument: 'BTC/USDT',
        side: 'buy',
        quantity: d('1'),
        terms: { type: 'market' },
        timeInForce: 'GTC',
        ...changes,
      },
      { validUntil: new Date(Date.now() + 60_000).toISOString() as Instant, stillValid: () => Promise.resolve(true) },
    );
  }

  instruments(): Promise<readonly Instrument[]> {
    return this.answer(() => Promise.resolve(this.market.instruments));
  }

  async submit(request: OrderRequest, permit: SendPermit): Promise<SubmitOutcome> {
    if (this.away) return { kind: 'not-sent', message: AWAY };
    const send = (): Promise<SubmitOutcome> => this.inner.submit(request, permit);
    return this.onSubmit === undefined ? send() : this.onSubmit(request, send);
  }

  async find(ref: OrderRef): Promise<Lookup> {
    if (this.away) return { kind: 'inconclusive', message: AWAY };
    return this.hidden.has(ref.clientOrderId) ? { kind: 'not-found' } : this.inner.find(ref);
  }

  async cancel(ref: OrderRef): Promise<CancelOutcome> {
    if (this.away) return { kind: 'unknown', message: AWAY };
    this.asked.cancels.push(ref.clientOrderId);
    return this.inner.cancel(ref);
  }

  async poll(cursor: string | undefined): Promise<VenueSnapshot> {
    this.asked.polls += 1;
    const { fills, orders, cursor: next } = await this.answer(() => this.inner.poll(cursor));
    const shown = (one: { readonly clientOrderId?: string }): boolean => !this.hidden.has(one.clientOrderId ?? '');
    return {
      // Only what works is listed: what ended is known by its executions alone.
      orders: orders.filter((order: VenueOrder) => shown(order) && order.state === 'open'),
      fills: fills.filter(shown).map(withoutOurId),
      cursor: next,
    };
  }

  async openOrders(): Promise<readonly ListedOrder[]> {
    const orders = await this.answer(() => this.inner.openOrders());
    return orders.filter(({ clientOrderId }) => !this.hidden.has(clientOrderId ?? ''));
  }

  /** Cash, what was bought as the asset that it is, and what a test has put there. */
  async balances(): Promise<readonly VenueBalance[]> {
    this.asked.balances += 1;
    const cash = await this.answer(() => this.inner.balances());
    const held = await this.inner.positions();
    const assets = held.map(({ instrument, quantity }) => {
      const asset = this.market.instruments.find(({ id }) => id === instrument)?.baseAsset ?? instrument;
      return { asset, free: quantity, locked: d('0') };
    });
    return [...cash, ...assets, ...this.deposits];
  }

  quote(instrument: InstrumentId): Promise<Quote | undefined> {
    this.asked.quotes += 1;
    return this.answer(() => (this.priceless ? Promise.resolve(undefined) : this.inner.quote(instrument)));
  }

  serverTime(): Promise<Instant> {
    return this.answer(() => this.inner.serverTime());
  }

  keyRights(): Promise<KeyRights> {
    return this.answer(() => Promise.resolve(this.rights));
  }

  private openStream(sink: StreamSink): VenueStream {
    this.sink = sink;
    sink.line('account', true, 'connected');
    return {
      watch: (instruments) => {
        this.watched = instruments;
      },
      close: () => {
        this.sink = undefined;
      },
    };
  }

  private answer<T>(call: () => Promise<T>): Promise<T> {
    return this.away ? Promise.reject(new Error(AWAY)) : call();
  }
}

function withoutOurId(fill: Fill): Fill {
  return Object.fromEntries(Object.entries(fill).filter(([name]) => name !== 'clientOrderId')) as unknown as Fill;
}
