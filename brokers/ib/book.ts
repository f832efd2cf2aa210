import { EventName } from '@stoqey/ib';
import type { CommissionReport, Contract, Execution, Order, OrderState } from '@stoqey/ib';
import type { Millis } from '../../domain/clock/instant';
import { dec, Decimal, text, ZERO } from '../../domain/money/decimal';
import type { DecimalString } from '../../domain/money/decimal';
import { orderError } from './codes';
import type { OrderErrorReading } from './codes';
import type { TwsConnection, TwsMessage } from './connection';
import { Executions } from './executions';
import type { Booked } from './executions';
import type { IbOrder } from './facts';
import { amountOf } from './numbers';
import { fromIbExecution, fromIbOrder, stateOf } from './order-map';

/** An order that is about to be sent: what makes it recognisable when only its number comes back. */
export type ExpectedOrder = Omit<IbOrder, 'permId' | 'state' | 'filled'> & { readonly orderId: number };

/** An order with when it last changed, in steps of the book. */
export interface BookedOrder extends IbOrder {
  readonly step: number;
  /** It was open and TWS shows it nowhere any more: what became of it is not known. */
  readonly vanished: boolean;
}

/** An execution with when it last changed, in steps of the book. */
export interface BookedExecution extends Booked {
  readonly step: number;
}

/** What TWS said last about one of our numbers, apart from showing an order. */
export interface NumberRemark extends OrderErrorReading {
  readonly code: number;
  readonly text: string;
}

export interface BookOptions {
  readonly accountCode: string;
  readonly clientId: number;
  /** Zone of execution times that name none. */
  readonly timeZone: string;
  /** Something of orders or executions is new. */
  readonly changed: () => void;
}

/** Ids of requests are counted from here on: TWS answers both kinds by number, and an order's must never end a request. */
export const FIRST_REQUEST = 1_000_000_000;
const ANSWER: Millis = 5_000;
const REJECTED = 201;
/** "Duplicate order id": the number itself was used, or a higher one. */
export const USED = 103;

/**
 * All that TWS has shown of an account's orders and executions. Everything that it says is taken in, whoever asked; states
 * go forward only. A look reads open orders, executions and completed orders anew.
 */
export class IbBook {
  private readonly orders = new Map<number, BookedOrder>();
  /** Durable ids by our own numbers, and by references: orders are asked for by these. */
  private readonly byOwnNumber = new Map<number, number>();
  private readonly byReference = new Map<string, number>();
  private readonly executions = new Executions();
  private readonly stepOf = new Map<string, number>();
  private readonly expected = new Map<number, ExpectedOrder>();
  private readonly remarks = new Map<number, NumberRemark>();
  private readonly seen = new Set<number>();
  private readonly watchers = new Set<() => void>();
  private requests = FIRST_REQUEST;
  /** The highest number of our client that TWS is known to have used, and when that was learnt. */
  private used = { number: 0, at: -Infinity };
  step = 0;

  constructor(private readonly options: BookOptions) {}

  /** Listens to a new connection. */
  attach(connection: TwsConnection): void {
    const { api } = connection;
    // What TWS offers next is one above the highest that it has seen.
    this.hasUsed(connection.nextValidId - 1);
    api.on(EventName.openOrder, (_, contract, order, state) => this.onOrder(contract, order, state, 'open'));
    api.on(EventName.completedOrder, (contract, order, state) => this.onOrder(contract, order, state, 'completed'));
    api.on(EventName.orderStatus, (orderId, status, filled, _remaining, _average, permId, _parent, _last, clientId) =>
      this.onStatus(orderId, status, filled, permId ?? 0, clientId ?? -1),
    );
    api.on(EventName.execDetails, (_, contract, execution) => this.onExecution(contract, execution));
    api.on(EventName.commissionReport, (report) => this.onCommission(report));
  }

  /** An error that names one of our numbers. */
  onMessage({ id, code, text: said }: TwsMessage): void {
    if (id < 0 || id >= FIRST_REQUEST) return;
    const reading = orderError(code, said);
    if (code === REJECTED || code === USED) this.hasUsed(id);
    this.remarks.set(id, { ...reading, code, text: said });
    const order = this.byNumber(id);
    if (order?.state === 'open') {
      if (reading.is === 'cancelled') this.put({ ...order, state: 'cancelled' });
      // Of an order that TWS has shown only the plain rejection is one: any other error may be about something else.
      if (code === REJECTED && order.filled === '0') this.put({ ...order, state: 'rejected' });
    }
    this.tell();
  }

  /** Takes note of an order before it is sent. */
  expect(order: ExpectedOrder): void {
    this.expected.set(order.orderId, order);
    this.remarks.delete(order.orderId);
  }

  /** What TWS last remarked about a number of ours; forgotten when the number is sent again. */
  remarkOn(orderId: number): NumberRemark | undefined {
    return this.remarks.get(orderId);
  }

  /**
   * Since when, by this process's clock in milliseconds, TWS is known to be past a number of ours: it has used a higher one,
   * and takes this one no more, whatever it was drawn for. Undefined while it may still take it, or has used none but this.
   */
  pastSince(orderId: number): Millis | undefined {
    return this.used.number > orderId ? this.used.at : undefined;
  }

  /** A number that TWS is not known to be past. */
  get nextNumber(): number {
    return this.used.number + 1;
  }

  byNumber(orderId: number): BookedOrder | undefined {
    return this.orders.get(this.byOwnNumber.get(orderId) ?? 0);
  }

  /** The newest order that bears this reference. */
  byRef(orderRef: string): BookedOrder | undefined {
    return this.orders.get(this.byReference.get(orderRef) ?? 0);
  }

  all(): readonly BookedOrder[] {
    return [...this.orders.values()];
  }

  allExecutions(): readonly BookedExecution[] {
    return this.executions
      .all()
      .map((one) => ({ ...one, step: this.stepOf.get(one.execution.execId) ?? 0 }))
      .sort((a, b) => a.execution.at - b.execution.at || a.step - b.step);
  }

  executionsOf(permId: number): readonly BookedExecution[] {
    return this.allExecutions().filter(({ execution }) => execution.permId === permId);
  }

  /** Called at each change until it is stopped. */
  watch(watcher: () => void): () => void {
    this.watchers.add(watcher);
    return () => void this.watchers.delete(watcher);
  }

  nextRequest(): number {
    return (this.requests += 1);
  }

  /**
   * Reads everything anew. Open orders come first: one that ends meanwhile is then among the executions or the completed
   * ones. @throws LineDown, or Error when a part could not be read: a look is whole or none
   */
  async look(connection: TwsConnection): Promise<void> {
    const unreadable = connection.unreadable;
    this.seen.clear();
    const ends = (event: EventName) => (resolve: (answer: undefined) => void) =>
      connection.on(event, () => resolve(undefined));
    await connection.ask('open orders', ANSWER, (api) => api.reqAllOpenOrders(), ends(EventName.openOrderEnd));
    const listed = new Set(this.seen);
    const request = this.nextRequest();
    await connection.ask<undefined>(
      'executions',
      ANSWER,
      (api) => api.reqExecutions(request, { acctCode: this.options.accountCode }),
      (resolve) =>
        connection.on(EventName.execDetailsEnd, (id: number) => {
          if (id === request) resolve(undefined);
        }),
    );
    await connection.ask(
      'completed orders',
      ANSWER,
      (api) => api.reqCompletedOrders(false),
      ends(EventName.completedOrdersEnd),
    );
    if (connection.unreadable !== unreadable) throw new Error('a part of what TWS showed could not be read');
    this.settleUnlisted(new Set([...listed, ...this.seen]));
  }

  /** Open orders that a look did not find: filled by their executions, or not known any more. */
  private settleUnlisted(listed: ReadonlySet<number>): void {
    for (const order of this.orders.values()) {
      if (order.state !== 'open' || listed.has(order.permId)) continue;
      const filled = this.filledBy(order);
      if (filled.gte(order.quantity)) this.put({ ...order, state: 'filled', filled: text(filled) });
      else this.put({ ...order, vanished: true });
    }
  }

  private onOrder(contract: Contract, order: Order, state: OrderState, where: 'open' | 'completed'): void {
    const read = fromIbOrder(contract, order, state, where);
    if (read === undefined || read.account !== this.options.accountCode) return;
    this.seen.add(read.permId);
    this.merge(read);
  }

  private onStatus(orderId: number, status: string, filled: number, permId: number, clientId: number): void {
    if (permId === 0) return;
    const own = clientId === this.options.clientId ? this.expected.get(orderId) : undefined;
    const known = this.orders.get(permId) ?? (own && { ...own, permId, state: 'open', filled: '0' as DecimalString });
    if (known === undefined) return;
    this.seen.add(permId);
    this.merge({ ...known, state: stateOf(status, false), filled: amountOf(filled) ?? known.filled });
  }

  private onExecution(contract: Contract, raw: Execution): void {
    const execution = fromIbExecution(contract, raw, this.options.timeZone);
    if (execution === undefined || execution.account !== this.options.accountCode) return;
    if (!this.executions.add(execution)) return;
    this.stepOf.set(execution.execId, (this.step += 1));
    const order = this.orders.get(execution.permId);
    if (order) this.merge(order);
    this.tell();
  }

  private onCommission({ commission, currency, execId }: CommissionReport): void {
    const amount = amountOf(commission);
    if (execId === undefined || amount === undefined || currency === undefined) return;
    const execution = this.executions.addCommission(execId, { amount, currency });
    if (execution === undefined) return;
    this.stepOf.set(execution.execId, (this.step += 1));
    this.tell();
  }

  /** Forward only: an end stays, and what filled never becomes less. */
  private merge(order: IbOrder): void {
    const known = this.orders.get(order.permId);
    const filled = Decimal.max(known?.filled ?? ZERO, order.filled, this.filledBy(order));
    const quantity = dec(known?.quantity ?? order.quantity);
    const whole = quantity.gt(0) && filled.gte(quantity) ? ('filled' as const) : undefined;
    const ended = known !== undefined && known.state !== 'open' ? known.state : undefined;
    this.put({
      ...known,
      ...order,
      // Among completed orders TWS states what filled as the quantity, and no number.
      quantity: text(quantity),
      state: whole ?? ended ?? order.state,
      filled: text(filled),
      vanished: false,
    });
  }

  private put(order: Omit<BookedOrder, 'step'>): void {
    const known = this.orders.get(order.permId);
    const same = known?.state === order.state && known.filled === order.filled && known.vanished === order.vanished;
    if (same && known.orderId === order.orderId && known.stopPrice === order.stopPrice) return;
    if (known === undefined) this.byReference.set(order.orderRef, order.permId);
    if (order.orderId !== undefined && order.clientId === this.options.clientId) {
      this.byOwnNumber.set(order.orderId, order.permId);
      this.hasUsed(order.orderId);
    }
    this.orders.set(order.permId, { ...order, step: same ? known.step : (this.step += 1) });
    this.tell();
  }

  private hasUsed(number: number): void {
    if (number > this.used.number) this.used = { number, at: performance.now() };
  }

  private filledBy({ permId }: Pick<IbOrder, 'permId'>): Decimal {
    return this.executions.of(permId).reduce((sum, { quantity }) => sum.add(quantity), ZERO);
  }

  private tell(): void {
    for (const watcher of [...this.watchers]) watcher();
    this.options.changed();
  }
}
