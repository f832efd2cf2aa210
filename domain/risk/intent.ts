import type { DecimalString } from '../money/decimal';
import type { InstrumentId } from '../instrument/instrument';
import type { OrderTerms } from '../order/order';
import type { Direction } from '../signal/signal';

/** An entry that somebody asks about, without starting a trade. Plain JSON. */
export interface RiskIntent {
  readonly account: string;
  readonly instrument: InstrumentId;
  /** Whose limits apply besides the account's: `manual`, or the name of an analyst. */
  readonly strategy: string;
  readonly direction: Direction;
  /** One of the two: a trailing entry has a distance, every other a price. */
  readonly stopPrice?: DecimalString;
  readonly stopDistance?: DecimalString;
  readonly entry: OrderTerms;
  readonly takeProfitPrice?: DecimalString;
  readonly maxQuantity?: DecimalString;
  readonly maxNotional?: DecimalString;
  readonly extendedHours?: boolean;
}
