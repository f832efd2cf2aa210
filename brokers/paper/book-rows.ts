import { instant } from '../../domain/clock/instant';
import type { EpochMillis } from '../../domain/clock/instant';
import type { InstrumentId } from '../../domain/instrument/instrument';
import { worthOf } from '../../domain/instrument/worth';
import type { BookChange, Execution, OrderEnd, OrderEndReason, WorkingOrder } from '../../domain/matching/book';
import type { MatchingRules } from '../../domain/matching/matching-rules';
import { dec } from '../../domain/money/decimal';
import type { Decimal } from '../../domain/money/decimal';
import { stopPriceOf } from '../../domain/order/order';
import type { ClientOrderId, OrderRequest, VenueOrderState } from '../../domain/order/order';
import type { ChangedOrderRow, FillRow, PlacedOrderRow } from '../../database/paper-venue';

/** An order as the draft knows it. */
export interface DraftOrder {
  readonly instrument: InstrumentId;
  readonly clientOrderId: ClientOrderId;
  /** Set for an order that is placed in this draft. */
  readonly request?: OrderRequest;
  readonly order: WorkingOrder;
  readonly state: VenueOrderState;
  readonly endReason: OrderEndReason | null;
  readonly sequence: number;
}

/** One thing that happened in an instrument's book, with its market time. */
export type Happening =
  | {
      readonly kind: 'execution';
      readonly at: EpochMillis;
      readonly instrument: InstrumentId;
      readonly execution: Execution;
    }
  | { readonly kind: 'end'; readonly at: EpochMillis; readonly instrument: InstrumentId; readonly end: OrderEnd };

/** What a step did, in the order of its moments; at one moment executions come before ends. */
export function happeningsOf(instrument: InstrumentId, change: BookChange): readonly Happening[] {
  const executions = change.executions.map((execution): Happening => {
    return { kind: 'execution', at: execution.at, instrument, execution };
  });
  const ends = change.ended.map((end): Happening => ({ kind: 'end', at: end.at, instrument, end }));
  return [...executions, ...ends].sort((a, b) => a.at - b.at);
}

/** Units that an execution adds to the position, its fee included where that is taken in the base asset. */
export function positionChange({ side, quantity, fee, feeAsset }: Execution, rules: MatchingRules): Decimal {
  const units = side === 'buy' ? dec(quantity) : dec(quantity).neg();
  return feeAsset === rules.baseAsset ? units.minus(fee) : units;
}

/**
 * What an execution adds to the cash, its fee included where that is taken in quote currency. Of a future the whole worth, as
 * our books have it; nothing is settled daily.
 */
export function cashChange({ side, quantity, price, fee, feeAsset }: Execution, rules: MatchingRules): Decimal {
  const worth = worthOf(rules, quantity, price);
  const paid = side === 'buy' ? worth.neg() : worth;
  return feeAsset === rules.quoteAsset ? paid.minus(fee) : paid;
}

/** The stored row of an execution. */
export function fillRow(execution: Execution, sequence: number): FillRow {
  const { orderId, quantity, price, fee, feeAsset, liquidity, at } = execution;
  return {
    sequence,
    venueOrderId: orderId,
    execution: execution.sequence,
    quantity,
    price,
    fee,
    feeAsset,
    liquidity,
    marketAt: instant(at),
  };
}

/** The stored row of an order that was there before. */
export function changedRow({ order, state, endReason, sequence }: DraftOrder): ChangedOrderRow {
  return { venueOrderId: order.id, state, filled: order.filled, endReason, working: order, sequence };
}

/** The stored row of a new order. */
export function placedRow(entry: DraftOrder, { terms, ...request }: OrderRequest): PlacedOrderRow {
  return {
    ...changedRow(entry),
    clientOrderId: request.clientOrderId,
    instrument: request.instrument,
    side: request.side,
    quantity: request.quantity,
    type: terms.type,
    price: 'price' in terms ? terms.price : null,
    stopPrice: stopPriceOf(terms) ?? null,
    timeInForce: request.timeInForce,
    marketAt: instant(entry.order.placedAt),
  };
}
