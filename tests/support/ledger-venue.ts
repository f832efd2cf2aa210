import type { Broker, Lookup, SubmitOutcome } from '../../domain/order/broker';
import { instant } from '../../domain/clock/instant';
import { decimalString, text, dec } from '../../domain/money/decimal';
import type { ClientOrderId, Fill, OrderRef, OrderRequest, VenueOrder } from '../../domain/order/order';

/**
 * A venue outside every database: what it has taken and executed stays, whatever is restored elsewhere. Market orders
 * fill at once; a stop fills when the test says so. As at real venues, an id may come back once its order has ended.
 */
export class LedgerVenue {
  readonly orders: VenueOrder[] = [];
  readonly fills: Fill[] = [];

  /** Units that it holds for the account. */
  held(): number {
    return this.fills.reduce((sum, { side, quantity }) => sum + (side === 'buy' ? 1 : -1) * Number(quantity), 0);
  }

  submit({ clientOrderId, instrument, side, quantity, terms }: OrderRequest): SubmitOutcome {
    const order: VenueOrder = {
      ...{ venueOrderId: `v${this.orders.length + 1}`, clientOrderId, instrument, side, quantity, type: terms.type },
      ...{ state: 'open', filledQuantity: decimalString('0'), receivedAt: instant(Date.now()) },
    };
    this.orders.push(order);
    const shown = terms.type === 'market' ? this.execute(clientOrderId) : order;
    return { kind: 'acked', order: shown, fills: this.fillsOf(order.venueOrderId) };
  }

  /** Fills the newest order of an id whole. */
  execute(id: ClientOrderId): VenueOrder {
    const place = this.orders.findLastIndex(({ clientOrderId }) => clientOrderId === id);
    const order = this.orders[place];
    if (order === undefined) throw new Error(`no order ${id}`);
    const { venueOrderId, instrument, side, quantity } = order;
    this.fills.push({
      ...{ venueFillId: `f${this.fills.length + 1}`, venueOrderId, instrument, side, quantity, liquidity: 'taker' },
      ...{ price: decimalString('100'), fee: decimalString('0'), feeAsset: 'USD', marketAt: instant(Date.now()) },
    });
    const filled: VenueOrder = { ...order, state: 'filled', filledQuantity: text(dec(quantity)) };
    this.orders[place] = filled;
    return filled;
  }

  /** It as our port, for what reads it. */
  broker(): Broker {
    const timings = { validityWindow: 100, readLag: 50, retention: 86_400_000, clockSkew: 10, pollEvery: 100 };
    return {
      ...{ venue: 'model', timings },
      find: ({ clientOrderId }: OrderRef): Promise<Lookup> => {
        const order = this.orders.findLast((one) => one.clientOrderId === clientOrderId);
        return Promise.resolve(
          order === undefined
            ? { kind: 'not-found' }
            : { kind: 'found', order, fills: this.fillsOf(order.venueOrderId) },
        );
      },
      // Only what works is listed: what ended is known by its executions alone.
      poll: (cursor: string | undefined) =>
        Promise.resolve({
          orders: this.orders.filter(({ state }) => state === 'open'),
          fills: this.fills.slice(Number(cursor ?? 0)),
          cursor: String(this.fills.length),
        }),
      openOrders: () => Promise.resolve(this.orders.filter(({ state }) => state === 'open')),
    } as unknown as Broker;
  }

  private fillsOf(venueOrderId: string): Fill[] {
    return this.fills.filter((fill) => fill.venueOrderId === venueOrderId);
  }
}
