import type { EpochMillis } from '../../domain/clock/instant';
import type { DecimalString } from '../../domain/money/decimal';
import type { OrderType, Side, VenueOrderState } from '../../domain/order/order';

/** An order as TWS shows it, ours or not. */
export interface IbOrder {
  /** Of the account at the venue, for all time; our venue order id. */
  readonly permId: number;
  /** Undefined where TWS does not say: among completed orders. */
  readonly orderId?: number;
  readonly clientId?: number;
  /** What whoever placed it wrote there; of ours, the client order id. */
  readonly orderRef: string;
  readonly conId: number;
  readonly account: string;
  readonly side: Side;
  readonly quantity: DecimalString;
  readonly type: OrderType;
  readonly state: VenueOrderState;
  readonly filled: DecimalString;
  /** Where the stop of a trailing order stands, as far as TWS tells. */
  readonly stopPrice?: DecimalString;
}

/** One execution as TWS states it. */
export interface IbExecution {
  readonly execId: string;
  readonly permId: number;
  readonly orderRef: string;
  readonly conId: number;
  readonly account: string;
  readonly side: Side;
  readonly quantity: DecimalString;
  readonly price: DecimalString;
  readonly maker: boolean;
  readonly at: EpochMillis;
}

/** What an execution cost; a rebate is negative. */
export interface Commission {
  readonly amount: DecimalString;
  readonly currency: string;
}
