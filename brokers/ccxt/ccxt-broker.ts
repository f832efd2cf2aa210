import { instant, millisOf } from '../../domain/clock/instant';
import type { EpochMillis, Instant, Millis } from '../../domain/clock/instant';
import { checkOrder } from '../../domain/instrument/rules';
import type { Instrument, InstrumentId } from '../../domain/instrument/instrument';
import type {
  Broker,
  CancelOutcome,
  Capabilities,
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
import { describeLacked, lackedTerm } from '../../domain/order/venue-terms';
import { orderKind } from '../../domain/order/order';
import type { Fill, OrderRef, OrderRequest, VenueOrder } from '../../domain/order/order';
import type { Quote } from '../../domain/signal/market-data';
import { BrokerError, NotSent } from './broker-error';
import type { Dialect, OrderCall, Shown, VenueEnd } from './dialect';
import { passedStop } from './passed-stop';
import { Poll } from './poll';
import { openStream } from './stream';
import type { StreamDialect } from './stream';
import type { SignedRequest, VenueLine } from './venue-line';

/** What one account's broker is made of. */
export interface CcxtBrokerOptions {
  readonly account: string;
  readonly dialect: Dialect;
  readonly line: VenueLine;
  readonly end: VenueEnd;
  readonly timings: VenueTimings;
  /** Over one order's request, the body of the answer included; must be shorter than the protocol's own deadline. */
  readonly orderDeadline?: Millis;
  readonly instruments: readonly InstrumentId[];
  /** Executions before this moment are none of ours. */
  readonly historyFrom: EpochMillis;
}

/** Shorter than the protocol's own deadline over an attempt, so that the venue's failure is named by the adapter. */
const ORDER_DEADLINE: Millis = 4_000;
/** Filters of instruments are read anew after this time. */
const LISTING_LIFE: Millis = 3_600_000;

/**
 * A venue behind ccxt for one account. It sends exactly what the order says or nothing: a kind that the venue lacks is
 * refused before anything leaves, and the signed bytes are compared with the order as the last thing before they leave.
 */
export class CcxtBroker implements Broker {
  readonly venue: string;
  readonly timings: VenueTimings;
  readonly capabilities: Capabilities;
  private readonly poller: Poll;
  private listing: { readonly at: number; readonly byId: ReadonlyMap<InstrumentId, Instrument> } | undefined;

  constructor(private readonly options: CcxtBrokerOptions) {
    const { dialect, line, instruments, historyFrom } = options;
    this.venue = dialect.venue;
    this.timings = options.timings;
    this.capabilities = dialect.capabilities;
    this.poller = new Poll(line, dialect, instruments, historyFrom, options.timings);
  }

  /** Read when first needed, and again once in a while; a venue that is down now is asked again by the next call. */
  async instruments(): Promise<readonly Instrument[]> {
    const { dialect, line, instruments } = this.options;
    if (this.listing === undefined || performance.now() - this.listing.at > LISTING_LIFE) {
      const listed = await this.onTime(() => dialect.instruments(line, instruments));
      this.listing = { at: performance.now(), byId: new Map(listed.map((one) => [one.id, one])) };
    }
    return [...this.listing.byId.values()];
  }

  async submit(request: OrderRequest, permit: SendPermit): Promise<SubmitOutcome> {
    const refusal = this.refuse(request);
    if (refusal) return refusal;
    const { dialect } = this.options;
    let instrument: Instrument | undefined;
    let passed: SubmitOutcome | undefined;
    try {
      instrument = (await this.instruments()).find(({ id }) => id === request.instrument);
      if (dialect.stopsFireFromEitherSide) passed = await passedStop(request, (id) => this.quote(id));
    } catch (error) {
      return { kind: 'not-sent', message: messageOf(error) };
    }
    if (instrument === undefined)
      return rejected('not_supported', 'unknown_instrument', `no instrument ${request.instrument}`);
    const broken = filterBroken(instrument, request);
    if (broken) return broken;
    if (passed) return passed;
    const call = dialect.orderCall(request, instrument);
    let answer: { readonly venueOrderId: string; readonly shown?: Shown };
    try {
      answer = await this.onTime(() => this.send(call, request, permit));
    } catch (error) {
      return failed(error);
    }
    return this.acked(request, answer);
  }

  async find(ref: OrderRef): Promise<Lookup> {
    const { dialect, line } = this.options;
    try {
      const shown = await this.onTime(() => dialect.find(line, ref));
      return shown ? { kind: 'found', ...this.ours(shown) } : { kind: 'not-found' };
    } catch (error) {
      return { kind: 'inconclusive', message: messageOf(error) };
    }
  }

  async cancel(ref: OrderRef): Promise<CancelOutcome> {
    const { dialect, line } = this.options;
    try {
      return { kind: await this.onTime(() => dialect.cancel(line, ref)) };
    } catch (error) {
      return { kind: 'unknown', message: messageOf(error) };
    }
  }

  poll(cursor: string | undefined, live: () => Promise<readonly OrderRef[]>): Promise<VenueSnapshot> {
    return this.pollWith(this.poller, cursor, live);
  }

  private async pollWith(
    poller: Poll,
    cursor: string | undefined,
    live: () => Promise<readonly OrderRef[]>,
  ): Promise<VenueSnapshot> {
    const refs = await live();
    const snapshot = await this.onTime(() => poller.snapshot(cursor, refs));
    const { orders, fills } = snapshot;
    return { ...snapshot, orders: orders.map((order) => this.ourTime(order)), fills };
  }

  /** A poller with a memory of its own: the watcher's would take what it showed here for shown. */
  apart(): Pick<Broker, 'poll'> {
    const { dialect, line, instruments, historyFrom } = this.options;
    const poller = new Poll(line, dialect, instruments, historyFrom, this.timings);
    return { poll: (cursor, live) => this.pollWith(poller, cursor, live) };
  }

  async openOrders(): Promise<readonly ListedOrder[]> {
    const { dialect, line, instruments } = this.options;
    const listed = await this.onTime(() => dialect.openOrders(line, instruments));
    return listed.map((order) => this.ourTime(order));
  }

  balances(): Promise<readonly VenueBalance[]> {
    return this.onTime(() => this.options.dialect.balances(this.options.line));
  }

  quote(instrument: InstrumentId): Promise<Quote | undefined> {
    return this.options.dialect.quote(this.options.line, instrument);
  }

  async serverTime(): Promise<Instant> {
    return instant(await this.options.dialect.serverTime(this.options.line));
  }

  keyRights(): Promise<KeyRights> {
    return this.onTime(() => this.options.dialect.keyRights(this.options.line));
  }

  stream(sink: StreamSink): VenueStream {
    const { line, dialect, end } = this.options;
    const account: StreamDialect['account'] = (...asked) => this.onTime(() => dialect.stream.account(...asked));
    return openStream(line, { ...dialect.stream, account }, end, sink);
  }

  /** What no venue is asked: kinds that this one lacks, and a time in force that no exchange has. */
  private refuse(request: OrderRequest): SubmitOutcome | undefined {
    const kind = orderKind(request);
    if (request.account !== this.options.account)
      return rejected('account_refused', 'wrong_account', `this is the broker of account ${this.options.account}`);
    if (this.capabilities[kind] !== 'native')
      return rejected('not_supported', kind, `${this.venue} has no ${kind} orders for ${request.instrument}`);
    const lacked = lackedTerm(this.venue, request);
    if (lacked !== undefined) return rejected('not_supported', lacked, describeLacked(this.venue, lacked));
    const why = this.options.dialect.cannot?.(request);
    return why === undefined ? undefined : rejected('not_supported', kind, why);
  }

  private async send(
    { endpoint, params, weight }: OrderCall,
    request: OrderRequest,
    permit: SendPermit,
  ): Promise<{ readonly venueOrderId: string; readonly shown?: Shown }> {
    const { dialect, line } = this.options;
    await line.syncClock();
    const answer = await line.call(
      endpoint,
      { ...params },
      {
        share: permit.share ?? 'entry',
        weight,
        deadline: Math.min(this.options.orderDeadline ?? ORDER_DEADLINE, ORDER_DEADLINE),
        check: (signed) => this.check(signed, params, permit),
      },
    );
    return dialect.placed(answer, request);
  }

  /**
   * The last look before the first byte: ccxt has signed what the order says, nothing more and nothing else; the venue will
   * refuse it once the attempt's validity is over, so that a process that slept here cannot send an order that the journal
   * has given up; and the permit stands.
   */
  private async check(signed: SignedRequest, params: OrderCall['params'], permit: SendPermit): Promise<void> {
    const { dialect, line } = this.options;
    const read = dialect.readSigned(signed);
    for (const [name, value] of Object.entries(params)) {
      if (!sameValue(read.params[name], value)) throw new NotSent(`the signed request differs in ${name}`);
    }
    if (!(await stands(permit))) throw new NotSent('the permit was withdrawn');
    // After the renewal that the permit may have needed: it moves the validity, and nothing may outlive that.
    const voidAt = millisOf(permit.validUntil) + line.clockDifference;
    if (read.expiresAt !== undefined && read.expiresAt > voidAt)
      throw new NotSent('the signed request would outlive its attempt');
    if (read.expiresAt === undefined && Date.now() + line.clockDifference > voidAt)
      throw new NotSent('the attempt is void');
    Object.assign(signed.headers, dialect.headers?.(voidAt) ?? {});
  }

  /** Some venues answer with an id alone: the order is read back, and what a read cannot show yet, a poll will. */
  private async acked(
    request: OrderRequest,
    { venueOrderId, shown }: { readonly venueOrderId: string; readonly shown?: Shown },
  ): Promise<SubmitOutcome> {
    const { clientOrderId, instrument, side, quantity, terms } = request;
    const createdAt = instant(Date.now() - ORDER_DEADLINE);
    const now =
      shown ?? (await this.readBack({ clientOrderId, instrument, type: terms.type, venueOrderId, createdAt }));
    if (now?.refusal !== undefined && now.order.filledQuantity === '0') {
      const { code, venueCode } = now.refusal;
      return rejected(code, venueCode, `${this.venue} took the order and ended it: ${venueCode}`);
    }
    if (now) return { kind: 'acked', ...this.ours(now) };
    const order: VenueOrder = {
      venueOrderId,
      clientOrderId,
      instrument,
      side,
      quantity,
      type: terms.type,
      state: 'open',
      filledQuantity: '0' as VenueOrder['filledQuantity'],
      receivedAt: instant(Date.now()),
    };
    return { kind: 'acked', order, fills: [] };
  }

  private async readBack(ref: OrderRef): Promise<Shown | undefined> {
    try {
      return await this.onTime(() => this.options.dialect.find(this.options.line, ref));
    } catch {
      // The order is accepted: what it looks like is a poll's to say.
      return undefined;
    }
  }

  private ours({ order, fills }: Shown): { readonly order: VenueOrder; readonly fills: readonly Fill[] } {
    const { clientOrderId } = order;
    return { order: this.ourTime(order), fills: fills.map((fill) => ({ ...fill, clientOrderId })) };
  }

  /** The venue's time of receipt, by our clock. */
  private ourTime<Order extends { readonly receivedAt: Instant }>(order: Order): Order {
    return { ...order, receivedAt: instant(millisOf(order.receivedAt) - this.options.line.clockDifference) };
  }

  /** Private requests, which are signed with the venue's time. */
  private async onTime<T>(work: () => Promise<T>): Promise<T> {
    await this.options.line.syncClock();
    return work();
  }
}

/** The instrument's filters, whose breach the venue would answer: what is off them is refused here, never rounded. */
function filterBroken(instrument: Instrument, request: OrderRequest): SubmitOutcome | undefined {
  const { quantity, terms } = request;
  // A market order's notional is the venue's to judge: it knows the price.
  const priced = 'price' in terms || 'stopPrice' in terms;
  const [violation] = checkOrder(instrument, { quantity, terms, referencePrice: '0' as typeof quantity }).filter(
    ({ rule }) => priced || rule !== 'min_notional',
  );
  if (violation === undefined) return undefined;
  const { rule, field, value, bound } = violation;
  return rejected('invalid_order', `filter_${rule}`, `${field} ${value} breaks ${rule} ${bound}`);
}

async function stands(permit: SendPermit): Promise<boolean> {
  try {
    return await permit.stillValid();
  } catch (error) {
    throw new NotSent(`the permit could not be checked: ${messageOf(error)}`);
  }
}

/** Nested objects count by their fields; amounts are text on both sides. */
function sameValue(signed: unknown, meant: unknown): boolean {
  if (typeof meant === 'object' && meant !== null) {
    if (typeof signed !== 'object' || signed === null) return false;
    const [one, other] = [signed as Record<string, unknown>, meant as Record<string, unknown>];
    return Object.keys(other).every((key) => sameValue(one[key], other[key]));
  }
  return (
    (typeof signed === 'string' || typeof signed === 'number' || typeof signed === 'boolean') &&
    String(signed) === String(meant)
  );
}

function rejected(
  code: Extract<SubmitOutcome, { kind: 'rejected' }>['code'],
  venueCode: string,
  message: string,
): SubmitOutcome {
  return { kind: 'rejected', code, venueCode, message };
}

function failed(error: unknown): SubmitOutcome {
  if (!(error instanceof BrokerError)) return { kind: 'unknown', message: messageOf(error) };
  const message = `${error.venueCode}: ${error.message}`;
  if (error.outcome === 'none') return { kind: 'not-sent', message };
  if (error.outcome === 'rejected') return rejected(error.code ?? 'invalid_order', error.venueCode, error.message);
  return { kind: 'unknown', message };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
