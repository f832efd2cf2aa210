import { EventName, MarketDataType, IBApiTickType as Tick } from '@stoqey/ib';
import type { Millis } from '../../domain/clock/instant';
import type { InstrumentId } from '../../domain/instrument/instrument';
import type { DecimalString } from '../../domain/money/decimal';
import type { StreamSink } from '../../domain/order/broker';
import type { Quote } from '../../domain/signal/market-data';
import { FIRST_REQUEST } from './book';
import type { Catalogue } from './catalogue';
import type { TwsConnection } from './connection';
import type { TwsLine } from './line';
import { amountOf } from './numbers';

/** The prices of one instrument as they come in. */
interface Ticks {
  price?: DecimalString;
  bid?: DecimalString;
  ask?: DecimalString;
  at: number;
  delayed: boolean;
}

const FIRST_PRICE: Millis = 3_000;
const LINE_DEADLINE: Millis = 3_000;
/** Exchanges delay what is not paid for by ten to twenty minutes: a price counts as old as the usual delay. */
const DELAY: Millis = 15 * 60_000;

/** Which price a tick is; the delayed ones have numbers of their own. */
const FIELDS: ReadonlyMap<number, { readonly field: 'price' | 'bid' | 'ask'; readonly delayed: boolean }> = new Map([
  [Tick.BID, { field: 'bid', delayed: false }],
  [Tick.ASK, { field: 'ask', delayed: false }],
  [Tick.LAST, { field: 'price', delayed: false }],
  [Tick.DELAYED_BID, { field: 'bid', delayed: true }],
  [Tick.DELAYED_ASK, { field: 'ask', delayed: true }],
  [Tick.DELAYED_LAST, { field: 'price', delayed: true }],
]);

/**
 * Prices on a line of its own, under another client id: an order that is refused there could not end a subscription here.
 * Delayed prices are taken where the account pays for no others, and carry the time at which they were true.
 */
export class IbMarket {
  private readonly ticks = new Map<InstrumentId, Ticks>();
  private readonly requests = new Map<number, InstrumentId>();
  private readonly subscribed = new Map<InstrumentId, TwsConnection>();
  private readonly waiting = new Set<() => void>();
  private wanted: readonly InstrumentId[] = [];
  private sink: StreamSink | undefined;
  private next = FIRST_REQUEST;

  constructor(
    private readonly line: TwsLine,
    private readonly catalogue: Catalogue,
  ) {}

  /** A new connection has no subscriptions. */
  async greet(connection: TwsConnection): Promise<void> {
    connection.api.on(EventName.tickPrice, (id, field, value) => this.onTick(id, field, value));
    this.requests.clear();
    connection.send((api) => api.reqMarketDataType(MarketDataType.DELAYED));
    for (const id of new Set([...this.wanted, ...this.subscribed.keys()])) await this.subscribe(connection, id);
  }

  /** The last price; subscribes to it, and waits a while for the first one. @throws LineDown */
  async quote(id: InstrumentId): Promise<Quote | undefined> {
    await this.subscribe(await this.line.ready(LINE_DEADLINE), id);
    if (this.quoteOf(id) === undefined) await this.news(FIRST_PRICE, () => this.quoteOf(id) !== undefined);
    return this.quoteOf(id);
  }

  /** Sends each new price from now on; the answer stops it. */
  stream(sink: StreamSink): () => void {
    this.sink = sink;
    return () => {
      if (this.sink === sink) this.sink = undefined;
    };
  }

  watch(instruments: readonly InstrumentId[]): void {
    this.wanted = instruments;
    this.line
      .ready(LINE_DEADLINE)
      .then(async (connection) => {
        for (const id of instruments) await this.subscribe(connection, id);
      })
      // A line that comes up later subscribes by itself.
      .catch(() => undefined);
  }

  /** The state of the line, for whoever watches. */
  changed(up: boolean, why: string): void {
    const delayed = [...this.ticks.values()].some((ticks) => ticks.delayed);
    this.sink?.line('quotes', up, delayed ? `${why}; prices are delayed by about 15 minutes` : why);
  }

  close(): void {
    this.line.close();
  }

  private async subscribe(connection: TwsConnection, id: InstrumentId): Promise<void> {
    if (this.subscribed.get(id) === connection || !this.catalogue.has(id)) return;
    const { contract } = await this.catalogue.of(connection, id);
    if (this.subscribed.get(id) === connection) return;
    this.subscribed.set(id, connection);
    const request = (this.next += 1);
    this.requests.set(request, id);
    connection.send((api) => api.reqMktData(request, contract, '', false, false));
  }

  private onTick(request: number, tick: number, value: number): void {
    const id = this.requests.get(request);
    const kind = FIELDS.get(tick);
    const amount = amountOf(value);
    // -1 and 0 say that there is no such price.
    if (id === undefined || kind === undefined || amount === undefined || value <= 0) return;
    const { delayed, field } = kind;
    const before = this.ticks.get(id);
    const first = before?.delayed !== delayed;
    // Prices of the two kinds are of different times: they are never mixed.
    const ticks: Ticks = { ...(first ? {} : before), [field]: amount, at: Date.now(), delayed };
    this.ticks.set(id, ticks);
    if (first && delayed) this.changed(true, `${id} has no live prices`);
    const quote = this.quoteOf(id);
    if (quote !== undefined) this.sink?.quote(quote);
    for (const wake of [...this.waiting]) wake();
  }

  /** A quote has a last price; bid and ask are equal to it where TWS has none. */
  private quoteOf(id: InstrumentId): Quote | undefined {
    const ticks = this.ticks.get(id);
    if (ticks?.price === undefined) return undefined;
    const { ask = ticks.price, at, bid = ticks.price, delayed, price } = ticks;
    return { instrument: id, price, bid, ask, at: at - (delayed ? DELAY : 0) };
  }

  private news(within: Millis, holds: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const end = (): void => {
        clearTimeout(timer);
        this.waiting.delete(wake);
        resolve();
      };
      const wake = (): void => {
        if (holds()) end();
      };
      const timer = setTimeout(end, within);
      this.waiting.add(wake);
    });
  }
}
