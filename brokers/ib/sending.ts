import { setTimeout as sleep } from 'node:timers/promises';
import { instant, millisOf } from '../../domain/clock/instant';
import type { Millis } from '../../domain/clock/instant';
import type { SendPermit, SubmitOutcome } from '../../domain/order/broker';
import type { ClientOrderId, OrderRequest } from '../../domain/order/order';
import type { OrderNumber } from '../../domain/order/order-numbers';
import { Lane } from '../lane';
import { messageOf } from './connection';
import type { TwsConnection } from './connection';
import type { IbContract } from './contracts';
import { toIbOrder } from './order-map';
import type { OrderStyle } from './order-map';
import type { IbReading, ReadingParts } from './reading';
import { brokenRule, refusedFuture, refusedKind, rejected } from './refusals';
import { awaitAnswer } from './submission';
import { absenceAt } from './windows';
import type { AbsencePlan } from './windows';

/** Over one attempt: shorter than the protocol's own deadline, so that the failure is named here. */
const ORDER_DEADLINE: Millis = 4_000;
/** Waiting for a line to send on. */
export const LINE_DEADLINE: Millis = 1_500;

/** What orders are sent with. */
export interface SendingParts extends ReadingParts {
  readonly account: string;
  readonly style: OrderStyle;
  readonly clientId: number;
  readonly absences: AbsencePlan;
  /** How late TWS may show what it has taken. */
  readonly readLag: Millis;
}

/**
 * Orders on their way to TWS. Each keeps one number for all its attempts, journalled before it is sent, so that TWS itself
 * takes no second order for it, until TWS is past that number.
 */
export class IbSending {
  /** TWS refuses a number below one that it has seen: orders leave one after the other, in the order of their numbers. */
  private readonly sending = new Lane();

  constructor(
    private readonly parts: SendingParts,
    private readonly reading: IbReading,
  ) {}

  /** Sends an order once, or says why nothing left, as `Broker.submit` does. */
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
      this.reading.drawnAt(clientOrderId, drawn.drawnAt);
      await this.reading.pace();
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
    const early = since + this.parts.readLag - performance.now();
    if (early > 0) await sleep(early);
    await this.reading.look();
    if (book.byRef(clientOrderId)) return takenReference();
    const further = await numbers.redraw(clientOrderId, drawn.number, Math.max(floor, book.nextNumber));
    return further ?? notSent(`TWS is past number ${drawn.number}, and an earlier attempt of the order is not settled`);
  }

  private async answered(connection: TwsConnection, orderId: number, within: Millis): Promise<SubmitOutcome> {
    const { book } = this.parts;
    const answer = await awaitAnswer(book, connection, orderId, within);
    if (answer.kind === 'lost') return { kind: 'unknown', message: 'the line dropped before TWS answered' };
    if (answer.kind === 'silence') return { kind: 'unknown', message: `TWS said nothing of order ${orderId}` };
    if (answer.kind === 'shown') {
      if (answer.order.state === 'rejected') return this.refusal(orderId);
      const shown = await this.reading.ours(answer.order).catch(() => undefined);
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
      await this.reading.look();
      return this.parts.book.byNumber(orderId) !== undefined;
    } catch {
      return true;
    }
  }
}

function notSent(message: string): SubmitOutcome {
  return { kind: 'not-sent', message };
}

function takenReference(): SubmitOutcome {
  return rejected('duplicate_client_order_id', 'order_ref', 'TWS has an order with this reference');
}
