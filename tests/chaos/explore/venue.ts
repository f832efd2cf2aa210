import { instant, millisOf } from '../../../domain/clock/instant';
import type { EpochMillis, Millis } from '../../../domain/clock/instant';
import { dec, Decimal, text, ZERO } from '../../../domain/money/decimal';
import type { CancelOutcome, Lookup, SubmitOutcome, VenueSnapshot, VenueTimings } from '../../../domain/order/broker';
import type { Run } from './run';
import type { Fill, OrderRequest, VenueOrder, VenueOrderState } from '../../../domain/order/order';

/** A request on its way to the venue, or there. */
export interface Message {
  /** Intent and number of the message, `t0/entry/1.1`: the same in every replay. */
  readonly label: string;
  readonly request: OrderRequest;
  readonly attempt: number;
  readonly validUntil: EpochMillis;
  /** The step in which the fence last permitted this send. */
  readonly permittedAt: number;
  /** Who waits for the answer. */
  readonly sender: Run;
  /** Set when the venue has received it. */
  outcome: SubmitOutcome | undefined;
  /** Gives the sender its answer; undefined once it was given or lost. */
  reply: ((outcome: SubmitOutcome) => void) | undefined;
}

interface Execution {
  readonly id: string;
  readonly at: EpochMillis;
  readonly quantity: Decimal;
}

/** An order that the venue has accepted. Times are true times; what a reader sees may be older. */
export interface BookedOrder {
  readonly message: Message;
  readonly venueOrderId: string;
  readonly acceptedAt: EpochMillis;
  readonly fills: Execution[];
  ended: { readonly state: VenueOrderState; readonly at: EpochMillis } | undefined;
}

/** Price of every fill, in quote currency. */
export const PRICE = 100;

/** A venue in memory: ids are unique among open orders only, requests expire by its own clock, and reads lag. */
export class Venue {
  readonly messages: Message[] = [];
  readonly orders: BookedOrder[] = [];

  /** @param skew the venue's clock less ours, in milliseconds */
  constructor(
    readonly timings: VenueTimings,
    private readonly skew: Millis,
  ) {}

  /** The venue reads a request: accepted, or refused for its age or for its id. */
  receive(message: Message, now: EpochMillis): SubmitOutcome {
    const outcome = this.judge(message, now);
    message.outcome = outcome;
    return outcome;
  }

  /** True while the venue would still take the request. */
  wouldTake(message: Message, now: EpochMillis): boolean {
    return message.outcome === undefined && now + this.skew <= message.validUntil;
  }

  private judge(message: Message, now: EpochMillis): SubmitOutcome {
    if (!this.wouldTake(message, now))
      return { kind: 'rejected', code: 'request_expired', venueCode: 'late', message: 'too late' };
    const { clientOrderId } = message.request;
    if (this.orders.some((o) => o.message.request.clientOrderId === clientOrderId && o.ended === undefined)) {
      return { kind: 'rejected', code: 'duplicate_client_order_id', venueCode: 'dup', message: 'id is in use' };
    }
    const order: BookedOrder = {
      message,
      venueOrderId: `v-${message.label}`,
      acceptedAt: now,
      fills: [],
      ended: undefined,
    };
    this.orders.push(order);
    return { kind: 'acked', order: this.shown(order, now), fills: [] };
  }

  /** Executes a share of what is left, above 0 and at most 1. */
  fill(order: BookedOrder, share: number, now: EpochMillis): void {
    if (order.ended) return;
    const left = openRest(order);
    const quantity = share >= 1 ? left : left.mul(share).toDecimalPlaces(3, Decimal.ROUND_UP);
    order.fills.push({ id: String(order.fills.length + 1), at: now, quantity });
    if (openRest(order).isZero()) order.ended = { state: 'filled', at: now };
  }

  end(order: BookedOrder, state: 'cancelled' | 'expired', now: EpochMillis): void {
    order.ended ??= { state, at: now };
  }

  cancel(clientOrderId: string, now: EpochMillis): CancelOutcome {
    const open = this.orders.find((o) => o.message.request.clientOrderId === clientOrderId && o.ended === undefined);
    if (open === undefined) return { kind: 'too-late' };
    this.end(open, 'cancelled', now);
    return { kind: 'requested' };
  }

  /** What a reader sees whose orders and fills are this old; an order is forgotten a retention after its end. */
  find(clientOrderId: string, ordersAt: EpochMillis, fillsAt: EpochMillis): Lookup {
    const known = this.orders.findLast(
      (o) =>
        o.message.request.clientOrderId === clientOrderId && o.acceptedAt <= ordersAt && !this.forgotten(o, ordersAt),
    );
    if (known === undefined) return { kind: 'not-found' };
    return { kind: 'found', order: this.shown(known, ordersAt), fills: shownFills(known, fillsAt) };
  }

  /** Everything at once; there is no cursor, since booking twice must change nothing. */
  poll(ordersAt: EpochMillis, fillsAt: EpochMillis): VenueSnapshot {
    const orders = this.orders.filter((o) => o.acceptedAt <= ordersAt).map((o) => this.shown(o, ordersAt));
    return { orders, fills: this.orders.flatMap((o) => shownFills(o, fillsAt)), cursor: 'all' };
  }

  private forgotten(order: BookedOrder, at: EpochMillis): boolean {
    return order.ended !== undefined && at >= order.ended.at + this.timings.retention;
  }

  private shown(order: BookedOrder, at: EpochMillis): VenueOrder {
    const { request } = order.message;
    return {
      venueOrderId: order.venueOrderId,
      clientOrderId: request.clientOrderId,
      instrument: request.instrument,
      side: request.side,
      quantity: request.quantity,
      type: request.terms.type,
      state: order.ended && order.ended.at <= at ? order.ended.state : 'open',
      filledQuantity: text(sum(order.fills.filter((fill) => fill.at <= at))),
      receivedAt: instant(order.acceptedAt + this.skew),
    };
  }
}

/** What the order has executed in truth. */
export function filled(order: BookedOrder): Decimal {
  return sum(order.fills);
}

/** What the order may still execute: nothing after its end. */
export function openRest(order: BookedOrder): Decimal {
  return order.ended ? ZERO : dec(order.message.request.quantity).sub(filled(order));
}

/** Units that the order has moved the position by, fees taken in units included. */
export function moved(order: BookedOrder): Decimal {
  const { side, instrument } = order.message.request;
  const units = filled(order);
  return side === 'buy' ? units.sub(units.mul(feeRate(instrument, side))) : units.neg();
}

/** Buyers of EXB pay a thousandth of what they get. */
function feeRate(instrument: string, side: 'buy' | 'sell'): string {
  return instrument === 'EXB' && side === 'buy' ? '0.001' : '0';
}

function shownFills(order: BookedOrder, at: EpochMillis): Fill[] {
  const { request } = order.message;
  const { instrument, side } = request;
  return order.fills
    .filter((fill) => fill.at <= at)
    .map((fill) => ({
      venueFillId: fill.id,
      venueOrderId: order.venueOrderId,
      clientOrderId: request.clientOrderId,
      instrument,
      side,
      quantity: text(fill.quantity),
      price: text(dec(PRICE)),
      fee: text(fill.quantity.mul(feeRate(instrument, side))),
      feeAsset: side === 'buy' ? instrument : 'USD',
      liquidity: 'taker',
      marketAt: instant(fill.at),
    }));
}

function sum(fills: readonly Execution[]): Decimal {
  return fills.reduce((total, fill) => total.add(fill.quantity), ZERO);
}

/** When the venue must refuse the request by its own clock. */
export function expiry(permit: { readonly validUntil: string }): EpochMillis {
  return millisOf(permit.validUntil);
}
