import type { EpochMillis, Millis } from '../clock/instant';
import type { DecimalString } from '../money/decimal';
import type { InstrumentId } from '../instrument/instrument';
import type { Bar } from './signal';

/** The last known price of an instrument. */
export interface Quote {
  readonly instrument: InstrumentId;
  readonly price: DecimalString;
  /** Best bid and ask; equal to the price where the feed has none. */
  readonly bid: DecimalString;
  readonly ask: DecimalString;
  /** Market time of the print behind the price. */
  readonly at: EpochMillis;
}

/** Prices of one account's market, as of that account's clock; nothing later is ever shown. */
export interface MarketData {
  /** The last print at or before `at`; undefined when there is none. */
  quote(instrument: InstrumentId, at: EpochMillis): Promise<Quote | undefined>;
  /** The last `count` complete bars before `at`, oldest first. */
  bars(instrument: InstrumentId, at: EpochMillis, count: number): Promise<readonly Bar[]>;
  /** The longest gap between prints in an open session: an older price is stale. */
  maxPrintGap(instrument: InstrumentId): Millis;
  /** Market time at which the feed ends: nothing prints at or after it; undefined for a feed without an end. */
  endsAt(instrument: InstrumentId): EpochMillis | undefined;
  /**
   * Waits some seconds at most until a price that is not stale is there, for a trade whose instrument nobody used
   * before; left out by a feed that has its prices anyway.
   */
  awaitQuote?(instrument: InstrumentId): Promise<void>;
}
