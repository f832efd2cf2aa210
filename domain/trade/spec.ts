import type { DecimalString } from '../money/decimal';
import type { Instant } from '../clock/instant';
import type { InstrumentId } from '../instrument/instrument';
import type { OrderTerms, OrderType, TimeInForce } from '../order/order';
import type { Direction } from '../signal/signal';

/** The strategy name of a trade whose client gives direction and stop; no analyst is asked. */
export const MANUAL = 'manual';

/** Types that an entry may have. A trailing one buys when the market has turned up from its low, and mirrored. */
export const ENTRY_TYPES = [
  'market',
  'limit',
  'stop',
  'stop-limit',
  'trailing-stop',
  'trailing-stop-limit',
] as const satisfies readonly OrderType[];
export type EntryType = (typeof ENTRY_TYPES)[number];

/** Whether the trailing stop rests at the venue; without it the watcher stands in for one, beside a fixed stop. */
interface TrailingStyle {
  /** The protective stop is a trailing order itself: it begins at the trade's stop price, and only ever tightens. */
  readonly native?: true;
  /** Of a native one that is to be a limit once it is reached: how far that lies beyond the stop. It may not fill. */
  readonly limitOffset?: DecimalString;
}

/** How far the trailing stop stays behind the best price since entry. */
export type TrailingDistance = TrailingStyle & ({ readonly bps: number } | { readonly amount: DecimalString });

/** What a client asks for, validated and with every default filled in. Plain JSON; stored with the trade. */
export interface TradeSpec {
  readonly account: string;
  readonly instrument: InstrumentId;
  /** `manual`, or the name of an analyst. */
  readonly strategy: string;
  /** Manual trades only: an analyst brings its own. */
  readonly direction?: Direction;
  /** Protective stop. Required when manual; otherwise it replaces the analyst's suggestion. */
  readonly stopPrice?: DecimalString;
  /**
   * Of a trailing entry, in place of a stop price: nobody knows where it fills, and a fixed stop may come to lie on the wrong
   * side of that. The protective stop lies this far, in quote currency, on the losing side of the price of the first fill.
   */
  readonly stopDistance?: DecimalString;
  readonly entry: OrderTerms;
  readonly timeInForce: TimeInForce;
  /** When a GTD entry ends. */
  readonly goodTill?: Instant;
  readonly takeProfitPrice?: DecimalString;
  readonly trailing?: TrailingDistance;
  /** Market seconds after the first fill at which the position is closed. */
  readonly timeExitSeconds?: number;
  /** Upper bounds from the client; sizing only ever goes below them. */
  readonly maxQuantity?: DecimalString;
  readonly maxNotional?: DecimalString;
  readonly whenClosed: 'reject' | 'wait';
  /** Whether the entry may be sent in pre- and post-market, where the venue and the order type allow it. */
  readonly extendedHours?: boolean;
  /** Present when a person must agree; real seconds until the request counts as refused. */
  readonly approvalDeadlineSeconds?: number;
  /** Market seconds after which an entry that is not filled is cancelled. */
  readonly unfilledTimeoutSeconds: number;
  /** Market time past which nothing that increases is sent. */
  readonly validUntil?: Instant;
}
