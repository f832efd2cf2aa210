import type { Instant } from '../clock/instant';
import type { Instrument, InstrumentId } from '../instrument/instrument';
import type { DecimalString } from '../money/decimal';
import type { ListedOrder, VenueBalance, VenuePosition } from '../order/broker';
import type { Fill, OrderState, Side } from '../order/order';

/** The assets that an instrument exchanges: what its fills move. */
export interface TradedPair extends Pick<Instrument, 'future'> {
  readonly baseAsset: string;
  readonly quoteAsset: string;
}

/** An order of ours, as the journal has it. */
export interface OurOrder {
  readonly clientOrderId: string;
  /** Null while the venue has not shown the order. */
  readonly venueOrderId: string | null;
  readonly instrument: InstrumentId;
  readonly side: Side;
  readonly quantity: DecimalString;
  readonly state: OrderState;
  /** Units of the fills that are booked to it. */
  readonly booked: DecimalString;
}

/** A fill as it is booked. */
export interface OurFill extends Omit<Fill, 'clientOrderId'> {
  /** The order of ours that it belongs to; null for a foreign one. */
  readonly clientOrderId: string | null;
  /** Real time of the booking. */
  readonly bookedAt: Instant;
}

/** Our side: the journal and the books of one account at one moment. */
export interface OurBooks {
  readonly account: string;
  /** Every order that has not ended, and of the ended ones those that the venue shows. */
  readonly orders: readonly OurOrder[];
  /** Fills booked since the last comparison, and those that the venue shows. */
  readonly fills: readonly OurFill[];
  /** By asset: opening balance, what fills paid and received, fees in third assets, corrections. Units of instruments are not in it. */
  readonly cash: Readonly<Record<string, DecimalString>>;
  /** By instrument: units that its fills made, and corrections. */
  readonly positions: Readonly<Record<InstrumentId, DecimalString>>;
  /** Every instrument that the account may trade or has traded. */
  readonly instruments: Readonly<Record<InstrumentId, TradedPair>>;
  /** Keys of differences that a person accepted: they are none any more. */
  readonly accepted: readonly string[];
}

/** The venue's side, as one look at it showed. */
export interface VenueBooks {
  /** Orders that work, ours or not, and those of ours that were looked up. */
  readonly orders: readonly ListedOrder[];
  /** Client order ids of which the venue says for certain that it has no such order. */
  readonly absent: readonly string[];
  /** Client order ids whose fills are shown whole. */
  readonly whole: readonly string[];
  readonly fills: readonly Fill[];
  readonly balances: readonly VenueBalance[];
  /** Units by instrument, at venues that count positions; undefined where what is held are balances of assets. */
  readonly positions?: readonly VenuePosition[];
}

/**
 * What is no difference because it is on its way. There is no other tolerance: amounts agree to the last digit or differ.
 */
export interface InFlight {
  /** Real time: fills executed or booked later than this may be at one side only. */
  readonly settledBefore: Instant;
  /** True when either side moved while the sides were read: holdings then say nothing. */
  readonly moved: boolean;
}
