import type { CalendarId, MarketCalendar } from '../../domain/calendar/calendar';
import { millisOf } from '../../domain/clock/instant';
import type { EpochMillis, Instant, Millis } from '../../domain/clock/instant';
import type { Instrument, InstrumentId } from '../../domain/instrument/instrument';
import type {
  Broker,
  CancelOutcome,
  ContractCandidate,
  ContractKind,
  ListedOrder,
  Lookup,
  SendPermit,
  StreamSink,
  SubmitOutcome,
  VenueBalance,
  VenuePosition,
  VenueSnapshot,
  VenueStream,
  VenueTimings,
  VenueValue,
} from '../../domain/order/broker';
import type { OrderRef, OrderRequest, VenueOrder } from '../../domain/order/order';
import type { Quote } from '../../domain/signal/market-data';
import { USED } from './book';
import { messageOf } from './connection';
import { UnusableContract } from './contracts';
import type { IbContract } from './contracts';
import { describeExpired, isExpired } from './expiry';
import { comparedSpans, hourDifferences } from './hours';
import type { IbHoldings } from './holdings';
import type { IbMarket } from './market';
import { IB_CAPABILITIES } from './order-map';
import { IbReading, LOOK_DEADLINE } from './reading';
import { IbSending, LINE_DEADLINE } from './sending';
import type { SendingParts } from './sending';
import { listedOrder, ourId, shownFill, shownOrder } from './shown';
import { awaitEnd } from './submission';
import { dayIn } from './windows';

/** What one account's broker is made of. */
export interface IbBrokerParts extends Omit<SendingParts, 'readLag'> {
  readonly timings: VenueTimings;
  /** Executions before this moment are none of ours. */
  readonly historyFrom: EpochMillis;
  /** For hours that are compared; not compared when left out. */
  readonly calendarOf?: ((id: CalendarId) => MarketCalendar) | undefined;
  readonly market: IbMarket;
  readonly holdings: IbHoldings;
  /** Told when orders or executions of the account changed, and of the line's state; set by a stream. */
  readonly hints: { sink: StreamSink | undefined };
}

const CANCEL_DEADLINE: Millis = 2_000;

/**
 * An account at Interactive Brokers, through TWS or its gateway. An order keeps one number for all its attempts, journalled
 * before it is sent, so that TWS itself takes no second order for it, until TWS is past that number; what happened is read from open orders, executions and
 * completed orders alone. Only one process at a time has the line under this client id.
 */
export class IbBroker implements Broker {
  readonly venue = 'ib';
  readonly timings: VenueTimings;
  readonly capabilities = IB_CAPABILITIES;
  private readonly reading: IbReading;
  private readonly sending: IbSending;
  /** Where the cursor of this process's polls begins: another process's cursor is read from the start. */
  private readonly epoch = `${process.pid.toString(36)}${Date.now().toString(36)}`;

  constructor(private readonly parts: IbBrokerParts) {
    this.timings = parts.timings;
    this.reading = new IbReading(parts);
    this.sending = new IbSending({ ...parts, readLag: parts.timings.readLag }, this.reading);
  }

  /** Those that could be resolved and have not expired. @throws Error of the first that is not there, when none is */
  async instruments(): Promise<readonly Instrument[]> {
    const found = await this.contracts();
    const known = found.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
    const listed = known.filter((contract) => !isExpired(contract, Date.now()));
    const failed = found.find((one) => one.status === 'rejected');
    if (listed.length === 0 && failed !== undefined) throw failed.reason;
    const [expired] = known;
    if (listed.length === 0 && expired !== undefined) throw new UnusableContract(describeExpired(expired));
    return listed.map(({ instrument }) => instrument);
  }

  submit(request: OrderRequest, permit: SendPermit): Promise<SubmitOutcome> {
    return this.sending.submit(request, permit);
  }

  async find(ref: OrderRef): Promise<Lookup> {
    try {
      await this.reading.look();
    } catch (error) {
      return inconclusive(messageOf(error));
    }
    const { book } = this.parts;
    const order = book.byRef(ref.clientOrderId);
    if (order?.vanished) return inconclusive('TWS showed the order as working and shows it nowhere any more');
    const found = order && (await this.reading.ours(order).catch(() => undefined));
    if (order !== undefined && found === undefined) return inconclusive('the order could not be read');
    if (found !== undefined) return { kind: 'found', ...found };
    return this.absent(ref);
  }

  async cancel(ref: OrderRef): Promise<CancelOutcome> {
    const { book, clientId, line } = this.parts;
    try {
      const connection = await line.through(LINE_DEADLINE);
      if (book.byRef(ref.clientOrderId) === undefined) await this.reading.look();
      const order = book.byRef(ref.clientOrderId);
      if (order === undefined) return { kind: 'unknown', message: 'TWS shows no such order' };
      if (order.state !== 'open') return { kind: 'too-late' };
      const { orderId } = order;
      if (orderId === undefined || order.clientId !== clientId)
        return {
          kind: 'unknown',
          message: `the order is one of client ${order.clientId ?? 'unknown'}: only it cancels`,
        };
      await this.reading.pace();
      const before = book.remarkOn(orderId);
      if (!connection.send((api) => api.cancelOrder(orderId, '')))
        return { kind: 'unknown', message: 'no line to TWS' };
      const answer = await awaitEnd(book, orderId, before, CANCEL_DEADLINE);
      return { kind: answer === 'too-late' ? 'too-late' : 'requested' };
    } catch (error) {
      return { kind: 'unknown', message: messageOf(error) };
    }
  }

  async poll(cursor: string | undefined): Promise<VenueSnapshot> {
    await this.reading.look();
    const { book, historyFrom } = this.parts;
    const since = this.stepOf(cursor);
    const { step } = book;
    const changed = book.all().filter((order) => order.step > since || order.state === 'open');
    const orders: VenueOrder[] = [];
    for (const order of changed) {
      const id = ourId(order.orderRef);
      const contract = this.parts.catalogue.instrumentOf(order.conId);
      if (id === undefined || contract === undefined || order.vanished) continue;
      orders.push(shownOrder(order, contract, id, await this.reading.receivedTime(id, order)));
    }
    const fills = book
      .allExecutions()
      // Times of executions are whole seconds.
      .filter((one) => one.step > since && one.execution.at + 1_000 > historyFrom)
      .flatMap((one) => {
        const contract = this.parts.catalogue.instrumentOf(one.execution.conId);
        return contract === undefined ? [] : [shownFill(one, contract)];
      });
    return { orders, fills, cursor: `${this.epoch}:${step}` };
  }

  async openOrders(): Promise<readonly ListedOrder[]> {
    await this.reading.look();
    return this.parts.book.all().flatMap((order) => {
      const contract = this.parts.catalogue.instrumentOf(order.conId);
      const working = order.state === 'open' && !order.vanished;
      return working ? [listedOrder(order, contract ?? { id: `conId ${order.conId}` })] : [];
    });
  }

  async balances(): Promise<readonly VenueBalance[]> {
    const { holdings, line } = this.parts;
    return holdings.cash(await line.ready(LOOK_DEADLINE));
  }

  async positions(): Promise<readonly VenuePosition[]> {
    const { holdings, line } = this.parts;
    return holdings.positions(await line.ready(LOOK_DEADLINE));
  }

  async accountValues(): Promise<readonly VenueValue[]> {
    const { holdings, line } = this.parts;
    return holdings.values(await line.ready(LOOK_DEADLINE));
  }

  quote(instrument: InstrumentId): Promise<Quote | undefined> {
    return this.parts.market.quote(instrument);
  }

  async serverTime(): Promise<Instant> {
    return (await this.parts.line.ready(LOOK_DEADLINE)).serverTime();
  }

  stream(sink: StreamSink): VenueStream {
    const { hints, line, market } = this.parts;
    hints.sink = sink;
    line.ready(LOOK_DEADLINE).catch(() => undefined);
    const stopQuotes = market.stream(sink);
    return {
      watch: (instruments) => market.watch(instruments),
      close: () => {
        if (hints.sink === sink) hints.sink = undefined;
        stopQuotes();
      },
    };
  }

  /** Contracts that cannot be traded, or have expired, and hours of others that our calendar does not have. @throws LineDown */
  async notices(): Promise<readonly string[]> {
    const { calendarOf } = this.parts;
    return (await this.contracts()).flatMap((one) => {
      if (one.status === 'rejected') return [messageOf(one.reason)];
      const { hours, id, instrument } = one.value;
      if (isExpired(one.value, Date.now())) return [describeExpired(one.value)];
      if (calendarOf === undefined) return [];
      const spans = comparedSpans(hours, instrument);
      return hourDifferences(spans, calendarOf(instrument.calendar)).map((difference) => `${id}: ${difference}`);
    });
  }

  /** Stocks and futures by their symbol, for people. @throws LineDown */
  async findContracts(text: string, kind?: ContractKind): Promise<readonly ContractCandidate[]> {
    const { catalogue, line } = this.parts;
    return catalogue.search(await line.ready(LOOK_DEADLINE), text, kind);
  }

  close(): void {
    this.parts.line.close();
    this.parts.market.close();
  }

  /** Every contract of the account, or why it cannot be traded. @throws LineDown */
  private async contracts(): Promise<readonly PromiseSettledResult<IbContract>[]> {
    const { catalogue, line } = this.parts;
    const connection = await line.ready(LOOK_DEADLINE);
    return Promise.allSettled(catalogue.ids.map((id) => catalogue.of(connection, id)));
  }

  /**
   * That an order is nowhere counts only within what TWS can show. A line under our client id proves that TWS has let go of
   * every earlier one, so that nothing of ours is on its way any more.
   */
  private async absent(ref: OrderRef): Promise<Lookup> {
    const { absences, book, numbers } = this.parts;
    let number: number | undefined;
    try {
      number = (await numbers.of([ref.clientOrderId])).get(ref.clientOrderId)?.number;
    } catch (error) {
      return inconclusive(messageOf(error));
    }
    // Without a number nothing was ever sent.
    if (number === undefined && ref.venueOrderId === null) return { kind: 'not-found' };
    if (ref.venueOrderId !== null) return inconclusive('TWS showed the order once and does not any more');
    const { timeZone } = absences;
    if (dayIn(timeZone, millisOf(ref.createdAt)) !== dayIn(timeZone, Date.now()))
      return inconclusive('the order is of another day than TWS shows: look in its trade log, and settle it by hand');
    const remark = number === undefined ? undefined : book.remarkOn(number);
    // TWS says so as well of a number that nobody has used, once it has used a higher one.
    const passedBy = remark?.code === USED && number !== undefined && book.pastSince(number) !== undefined;
    if (remark?.is === 'duplicate' && !passedBy)
      return inconclusive(`TWS says that number ${number} was used, and shows no order for it`);
    return { kind: 'not-found' };
  }

  private stepOf(cursor: string | undefined): number {
    const [epoch, step] = (cursor ?? '').split(':');
    return epoch === this.epoch ? Number(step) : 0;
  }
}

function inconclusive(message: string): Lookup {
  return { kind: 'inconclusive', message };
}
