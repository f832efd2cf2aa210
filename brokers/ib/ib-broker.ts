import { setTimeout as sleep } from 'node:timers/promises';
import type { CalendarId, MarketCalendar } from '../../domain/calendar/calendar';
import { instant, millisOf } from '../../domain/clock/instant';
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
import type { ClientOrderId, OrderRef, OrderRequest, VenueOrder } from '../../domain/order/order';
import type { OrderNumber, OrderNumbers } from '../../domain/order/order-numbers';
import type { Quote } from '../../domain/signal/market-data';
import { Lane } from '../lane';
import { USED } from './book';
import type { BookedOrder, IbBook } from './book';
import type { Catalogue } from './catalogue';
import { describeExpired, isExpired } from './expiry';
import { comparedSpans, hourDifferences } from './hours';
import type { IbHoldings } from './holdings';
import type { TwsConnection } from './connection';
import { UnusableContract } from './contracts';
import type { IbContract } from './contracts';
import type { TwsLine } from './line';
import type { IbMarket } from './market';
import { IB_CAPABILITIES, toIbOrder } from './order-map';
import type { OrderStyle } from './order-map';
import { Pacer } from './pacing';
import { MESSAGE_LIMITS } from './pacing';
import { brokenRule, refusedFuture, rejected, refusedKind } from './refusals';
import { listedOrder, ourId, shownFill, shownOrder } from './shown';
import { awaitAnswer, awaitEnd } from './submission';
import { absenceAt, dayIn } from './windows';
import type { AbsencePlan } from './windows';

/** What one account's broker is made of. */
export interface IbBrokerParts {
  readonly account: string;
  readonly style: OrderStyle;
  readonly clientId: number;
  readonly timings: VenueTimings;
  readonly absences: AbsencePlan;
  /** Executions before this moment are none of ours. */
  readonly historyFrom: EpochMillis;
  /** For hours that are compared; not compared when left out. */
  readonly calendarOf?: ((id: CalendarId) => MarketCalendar) | undefined;
  readonly line: TwsLine;
  readonly book: IbBook;
  readonly catalogue: Catalogue;
  readonly numbers: OrderNumbers;
  readonly market: IbMarket;
  readonly holdings: IbHoldings;
  /** Told when orders or executions of the account changed, and of the line's state; set by a stream. */
  readonly hints: { sink: StreamSink | undefined };
}

/** Over one attempt: shorter than the protocol's own deadline, so that the failure is named here. */
const ORDER_DEADLINE: Millis = 4_000;
const LINE_DEADLINE: Millis = 1_500;
const LOOK_DEADLINE: Millis = 5_000;
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
  private readonly pacer = new Pacer(MESSAGE_LIMITS);
  private readonly receivedAt = new Map<ClientOrderId, Instant>();
  private readonly looks = new Lane();
  /** TWS refuses a number below one that it has seen: orders leave one after the other, in the order of their numbers. */
  private readonly sending = new Lane();
  private nextLook: Promise<void> | undefined;
  /** Where the cursor of this process's polls begins: another process's cursor is read from the start. */
  private readonly epoch = `${process.pid.toString(36)}${Date.now().toString(36)}`;

  constructor(private readonly parts: IbBrokerParts) {
    this.timings = parts.timings;
  }

  /** Those that could be resolved and have not expired. @throws Error of the first that is not there, when none is */
  async instruments(): Promise<readonly Instrument[]> {
    const { catalogue, line } = this.parts;
    const connection = await line.ready(LOOK_DEADLINE);
    const found = await Promise.allSettled(catalogue.ids.map((id) => catalogue.of(connection, id)));
    const known = found.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
    const listed = known.filter((contract) => !isExpired(contract, Date.now()));
    const failed = found.find((one) => one.status === 'rejected');
    if (listed.length === 0 && failed !== undefined) throw failed.reason;
    const [expired] = known;
    if (listed.length === 0 && expired !== undefined) throw new UnusableContract(describeExpired(expired));
    return listed.map(({ instrument }) => instrument);
  }

  async submit(request: OrderRequest, permit: SendPermit): Promise<SubmitOutcome> {
    const deadline = performance.now() + ORDER_DEADLINE;
    const refusal = refusedKind(request, this.parts.account);
    if (refusal) return refusal;
    const absence = absenceAt(this.parts.absences, Date.now());
    if (absence) return notSent(`TWS goes away by plan (${absence.why}), until ${instant(absence.until)}`);
    const { book, catalogue, line } = this.parts;
    if (!catalogue.has(request.instrument))
      return rejected('not_supported', 'unknown_instrument', `no instrument ${request.instrument}`);
    let connection: TwsConnection;
    let contract: IbContract;
    try {
      connection = await line.through(LINE_DEADLINE);
      contract = await catalogue.of(connection, request.instrument);
    } catch (error) {
      return notSent(messageOf(error));
    }
    const broken = refusedFuture(contract, request, Date.now()) ?? brokenRule(contract, request);
    if (broken) return broken;
    if (book.byRef(request.clientOrderId)) return takenReference();
    return this.send(connection, contract, request, permit, deadline);
  }

  async find(ref: OrderRef): Promise<Lookup> {
    try {
      await this.look();
    } catch (error) {
      return inconclusive(messageOf(error));
    }
    const { book } = this.parts;
    const order = book.byRef(ref.clientOrderId);
    if (order?.vanished) return inconclusive('TWS showed the order as working and shows it nowhere any more');
    const found = order && (await this.ours(order).catch(() => undefined));
    if (order !== undefined && found === undefined) return inconclusive('the order could not be read');
    if (found !== undefined) return { kind: 'found', ...found };
    return this.absent(ref);
  }

  async cancel(ref: OrderRef): Promise<CancelOutcome> {
    const { book, clientId, line } = this.parts;
    try {
      const connection = await line.through(LINE_DEADLINE);
      if (book.byRef(ref.clientOrderId) === undefined) await this.look();
      const order = book.byRef(ref.clientOrderId);
      if (order === undefined) return { kind: 'unknown', message: 'TWS shows no such order' };
      if (order.state !== 'open') return { kind: 'too-late' };
      const { orderId } = order;
      if (orderId === undefined || order.clientId !== clientId)
        return {
          kind: 'unknown',
          message: `the order is one of client ${order.clientId ?? 'unknown'}: only it cancels`,
        };
      await this.pace();
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
    await this.look();
    const { book, historyFrom } = this.parts;
    const since = this.stepOf(cursor);
    const { step } = book;
    const changed = book.all().filter((order) => order.step > since || order.state === 'open');
    const orders: VenueOrder[] = [];
    for (const order of changed) {
      const id = ourId(order.orderRef);
      const contract = this.parts.catalogue.instrumentOf(order.conId);
      if (id === undefined || contract === undefined || order.vanished) continue;
      orders.push(shownOrder(order, contract, id, await this.receivedTime(id, order)));
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
    await this.look();
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
    const { calendarOf, catalogue, line } = this.parts;
    const connection = await line.ready(LOOK_DEADLINE);
    const found = await Promise.allSettled(catalogue.ids.map((id) => catalogue.of(connection, id)));
    return found.flatMap((one) => {
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

  /** From the journalled number on: the permit is the last thing that is waited for before the bytes leave. */
  private async send(
    connection: TwsConnection,
    contract: IbContract,
    request: OrderRequest,
    permit: SendPermit,
    deadline: Millis,
  ): Promise<SubmitOutcome> {
    const left = await this.sending.run(() => this.leave(connection, contract, request, permit, deadline));
    return typeof left === 'number' ? this.answered(connection, left, deadline - performance.now()) : left;
  }

  /** Draws the order's number and sends it under that; answers the number, or that nothing left. */
  private async leave(
    connection: TwsConnection,
    { conId, contract, instrument }: IbContract,
    request: OrderRequest,
    permit: SendPermit,
    deadline: Millis,
  ): Promise<number | SubmitOutcome> {
    const { book, clientId, line, style } = this.parts;
    const { clientOrderId } = request;
    const tooLate = (): boolean => performance.now() > deadline - LINE_DEADLINE;
    if (tooLate()) return notSent('its turn did not come in time');
    let orderId: number;
    const order = toIbOrder(request, style, instrument.future === undefined ? 'stock' : 'future');
    try {
      const drawn = await this.drawn(clientOrderId, connection.nextValidId);
      if ('kind' in drawn) return drawn;
      if (tooLate()) return notSent('its number came too late');
      orderId = drawn.number;
      this.receivedAt.set(clientOrderId, drawn.drawnAt);
      await this.pace();
      await connection.prove();
      if (!(await permit.stillValid())) return notSent('the permit was withdrawn');
    } catch (error) {
      return notSent(messageOf(error));
    }
    if (Date.now() > millisOf(permit.validUntil)) return notSent('the attempt is void');
    if (!line.isThrough(connection)) return notSent('the line dropped before the order left');
    const { side, quantity, terms } = request;
    const { accountCode } = style;
    book.expect({
      ...{ orderId, clientId, orderRef: clientOrderId, conId, account: accountCode, side, quantity, type: terms.type },
    });
    const sent = connection.send((api) => api.placeOrder(orderId, contract, order));
    return sent ? orderId : notSent('the line dropped before the order left');
  }

  /**
   * The number that an order goes under. One that TWS is past, because orders that drew theirs later went first, is of no
   * use any more: TWS would refuse it for good. A further one is drawn only when nothing of the order can be under the old
   * one: the journal has every earlier attempt as not sent or not found, and TWS, which accepts nothing under the old number
   * from now on, does not show it either.
   */
  private async drawn(clientOrderId: ClientOrderId, floor: number): Promise<OrderNumber | SubmitOutcome> {
    const { book, numbers } = this.parts;
    const drawn = await numbers.draw(clientOrderId, floor);
    const since = book.pastSince(drawn.number);
    if (since === undefined) return drawn;
    const early = since + this.timings.readLag - performance.now();
    if (early > 0) await sleep(early);
    await this.look();
    if (book.byRef(clientOrderId)) return takenReference();
    const further = await numbers.redraw(clientOrderId, drawn.number, Math.max(floor, book.nextNumber));
    return further ?? notSent(`TWS is past number ${drawn.number}, and an earlier attempt of the order is not settled`);
  }

  private async answered(connection: TwsConnection, orderId: number, within: Millis): Promise<SubmitOutcome> {
    const { book } = this.parts;
    const lost = new Promise<undefined>((resolve) => connection.whenGone(() => resolve(undefined)));
    const answer = await Promise.race([awaitAnswer(book, orderId, within), lost]);
    if (answer === undefined) return { kind: 'unknown', message: 'the line dropped before TWS answered' };
    if (answer.kind === 'silence') return { kind: 'unknown', message: `TWS said nothing of order ${orderId}` };
    if (answer.kind === 'shown') {
      if (answer.order.state === 'rejected') return this.refusal(orderId);
      const shown = await this.ours(answer.order).catch(() => undefined);
      return shown ? { kind: 'acked', ...shown } : { kind: 'unknown', message: 'the order could not be read' };
    }
    if (!answer.remark.listed && (await this.isShownAfterAll(orderId)))
      return { kind: 'unknown', message: `${answer.remark.code}: ${answer.remark.text}` };
    return this.refusal(orderId);
  }

  private refusal(orderId: number): SubmitOutcome {
    const remark = this.parts.book.remarkOn(orderId);
    if (remark?.is === 'duplicate')
      return rejected(
        'duplicate_client_order_id',
        String(remark.code),
        `TWS has seen order ${orderId}: ${remark.text}`,
      );
    return rejected(remark?.as ?? 'invalid_order', String(remark?.code ?? 'inactive'), remark?.text ?? 'rejected');
  }

  /** An error that nobody knows proves nothing by itself. */
  private async isShownAfterAll(orderId: number): Promise<boolean> {
    try {
      await this.look();
      return this.parts.book.byNumber(orderId) !== undefined;
    } catch {
      return true;
    }
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

  /** What TWS shows now; one look serves all that asked before it began. @throws LineDown */
  private look(): Promise<void> {
    this.nextLook ??= this.looks.run(async () => {
      this.nextLook = undefined;
      const connection = await this.parts.line.through(LOOK_DEADLINE);
      await this.pace(3);
      await this.parts.book.look(connection);
    });
    return this.nextLook;
  }

  /** Waits for room among the messages of a second. */
  private async pace(messages = 1): Promise<void> {
    const now = performance.now();
    const at = this.pacer.take(now, messages);
    if (at > now) await sleep(at - now);
  }

  private async ours(order: BookedOrder): Promise<{ order: VenueOrder; fills: ReturnType<typeof shownFill>[] }> {
    const { book, catalogue, line } = this.parts;
    const id = ourId(order.orderRef);
    if (id === undefined) throw new RangeError('not an order of ours');
    for (const one of catalogue.ids) {
      if (catalogue.instrumentOf(order.conId) !== undefined) break;
      await catalogue.of(await line.ready(LOOK_DEADLINE), one);
    }
    const contract = catalogue.instrumentOf(order.conId);
    if (contract === undefined) throw new RangeError(`no instrument with conId ${order.conId}`);
    const shown = shownOrder(order, contract, id, await this.receivedTime(id, order));
    return { order: shown, fills: book.executionsOf(order.permId).map((one) => shownFill(one, contract)) };
  }

  /** TWS does not state it: no earlier than when the number was drawn; of an order without one, its first execution. */
  private async receivedTime(id: ClientOrderId, { permId }: BookedOrder): Promise<Instant> {
    const known = this.receivedAt.get(id);
    if (known !== undefined) return known;
    const drawn = (await this.parts.numbers.of([id])).get(id)?.drawnAt;
    const first = this.parts.book.executionsOf(permId)[0]?.execution.at;
    const at = drawn ?? instant(first ?? Date.now());
    this.receivedAt.set(id, at);
    return at;
  }

  private stepOf(cursor: string | undefined): number {
    const [epoch, step] = (cursor ?? '').split(':');
    return epoch === this.epoch ? Number(step) : 0;
  }
}

function notSent(message: string): SubmitOutcome {
  return { kind: 'not-sent', message };
}

function takenReference(): SubmitOutcome {
  return rejected('duplicate_client_order_id', 'order_ref', 'TWS has an order with this reference');
}

function inconclusive(message: string): Lookup {
  return { kind: 'inconclusive', message };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
