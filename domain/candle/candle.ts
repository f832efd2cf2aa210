import type { EpochMillis } from '../clock/instant';
import type { DecimalString } from '../money/decimal';

/** What was traded within one length of time: prices in quote currency, volume as the feed counts it. Exact. */
export interface Candle {
  /** When it opens; of a daily candle of a market with sessions, midnight UTC of its trading day. */
  readonly openAt: EpochMillis;
  readonly open: DecimalString;
  readonly high: DecimalString;
  readonly low: DecimalString;
  readonly close: DecimalString;
  readonly volume: DecimalString;
}
