import type { DecimalString } from '../money/decimal';
import type { CalendarId } from '../calendar/calendar';

/** Our own name of an instrument, such as `US500`; adapters map it to the venue's symbol. */
export type InstrumentId = string;

/** What makes a contract a future: nothing is paid for it at the start, and it ends. */
export interface FutureTerms {
  /** Quote currency that one unit gains when the price rises by 1; above 0 (ES: `50`). */
  readonly multiplier: DecimalString;
  /** The last day of its trading, `YYYY-MM-DD` in the zone of its calendar. */
  readonly lastTradingDay: string;
}

/** What may be traded and the venue's rules for it. */
export interface Instrument {
  readonly id: InstrumentId;
  /** One sentence for people, honest about what the instrument is. */
  readonly description: string;
  readonly calendar: CalendarId;
  /** The asset that quantities count; its fees, if any, make a position smaller. */
  readonly baseAsset: string;
  /** The currency of prices. */
  readonly quoteAsset: string;
  /** Prices are multiples of this, in quote currency. */
  readonly tick: DecimalString;
  /** Quantities are multiples of this, in units of the base asset. */
  readonly lot: DecimalString;
  /** Smallest quantity of an order, in units. */
  readonly minQuantity: DecimalString;
  /** Smallest notional of an order, in quote currency. */
  readonly minNotional: DecimalString;
  /** Highest share of a buy's quantity that the venue may take as a fee in the base asset (a fraction; `0` for none). */
  readonly maxBaseFeeRate: DecimalString;
  /** Whether the venue takes limit orders for it in pre- and post-market. */
  readonly extendedHours?: boolean;
  /** Set for a future; a stock, a currency and a coin have none, and count price times quantity. */
  readonly future?: FutureTerms;
}
