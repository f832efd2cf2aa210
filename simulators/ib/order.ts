import type { EpochMillis } from '../../domain/clock/instant';
import type { DecimalString, Decimal } from '../../domain/money/decimal';
import type { Side, VenueOrderState } from '../../domain/order/order';
import type { SimContract } from './contracts';

export const ORDER_TYPES = ['MKT', 'LMT', 'STP', 'STP LMT', 'TRAIL', 'TRAIL LIMIT'] as const;
export type IbOrderType = (typeof ORDER_TYPES)[number];
export const TIMES_IN_FORCE = ['DAY', 'GTC', 'GTD', 'IOC', 'FOK', 'OPG'] as const;
export type IbTimeInForce = (typeof TIMES_IN_FORCE)[number];

/** What a client asks for, after its request was found to make sense. */
export interface NewIbOrder {
  readonly clientId: number;
  readonly orderId: number;
  readonly orderRef: string;
  readonly account: string;
  readonly contract: SimContract;
  readonly side: Side;
  readonly quantity: DecimalString;
  readonly type: IbOrderType;
  /** The limit of LMT and STP LMT. */
  readonly limitPrice?: DecimalString;
  /** The level of STP and STP LMT; the distance of TRAIL and TRAIL LIMIT where no percentage is given. */
  readonly auxPrice?: DecimalString;
  /** Distance of a trailing stop, in percent of the best price. */
  readonly trailingPercent?: DecimalString;
  /** Where a trailing stop stands at first; its distance from the market unless told. */
  readonly trailStopPrice?: DecimalString;
  /** How far the limit of TRAIL LIMIT lies beyond its stop: below it for a sell, above it for a buy. */
  readonly limitOffset?: DecimalString;
  readonly timeInForce: IbTimeInForce;
  /** When a GTD order ends. */
  readonly expiresAt?: EpochMillis;
  /** As the client wrote it. */
  readonly goodTillDate: string;
  readonly outsideRth: boolean;
  /** False: it is kept and shown, and meets no market until it is sent again with true. */
  readonly transmit: boolean;
}

/** Status words of the protocol. */
export type IbStatus = 'PendingSubmit' | 'PreSubmitted' | 'Submitted' | 'Filled' | 'Cancelled' | 'Inactive';

/** An order as the broker knows it: the judge of crash tests counts these. */
export interface IbOrder extends NewIbOrder {
  /** `permId` as text. */
  readonly id: string;
  /** Unique in the account, for ever. */
  readonly permId: number;
  /** The order reference, which is what our orders are found by; null when the client sent none. */
  readonly clientOrderId: string | null;
  readonly receivedAt: EpochMillis;
  state: VenueOrderState;
  filled: DecimalString;
  averagePrice: Decimal;
  lastPrice: Decimal;
  updatedAt: EpochMillis;
  /** True once a stop has been reached. */
  triggered: boolean;
  /** Where a trailing stop stands now. */
  stopNow: DecimalString | null;
  endReason: string | null;
  /** Until this time it is held, and meets no market; undefined once it works. Infinity: until told. */
  heldUntil: EpochMillis | undefined;
  /** Until this time no query shows it. */
  hiddenUntil: EpochMillis;
  /** What has changed in it since it came: each change has a number. */
  revision: number;
}

/** One execution. A correction is a fill of its own that stands in for the one it corrects. */
export interface IbFill {
  /** Its last part counts corrections: `….01`, then `….02`. */
  readonly id: string;
  readonly permId: number;
  /** `permId` as text. */
  readonly orderId: string;
  readonly account: string;
  readonly contract: SimContract;
  readonly side: Side;
  readonly quantity: DecimalString;
  readonly price: DecimalString;
  /** Filled by the order with this one, and at which average. */
  readonly cumulative: DecimalString;
  readonly averagePrice: Decimal;
  readonly commission: DecimalString;
  /** What closing with it earned, in the contract's currency; null when it closed nothing. */
  readonly realized: DecimalString | null;
  readonly liquidity: 'maker' | 'taker';
  readonly at: EpochMillis;
  /** True once a correction stands in for it. */
  corrected: boolean;
}

/** How an order stands, in the protocol's word. */
export function statusOf(order: IbOrder): IbStatus {
  switch (order.state) {
    case 'filled':
      return 'Filled';
    case 'rejected':
      return 'Inactive';
    case 'cancelled':
    case 'expired':
      return 'Cancelled';
    case 'open':
      if (order.heldUntil === Number.POSITIVE_INFINITY) return 'PendingSubmit';
      return order.heldUntil !== undefined || !order.transmit || waitsForTrigger(order) ? 'PreSubmitted' : 'Submitted';
  }
}

/** True for a stop that has not been reached. */
export function waitsForTrigger({ triggered, type }: Pick<IbOrder, 'triggered' | 'type'>): boolean {
  return !triggered && type !== 'MKT' && type !== 'LMT';
}
