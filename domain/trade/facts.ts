import type { Instant } from '../clock/instant';
import type { Instrument } from '../instrument/instrument';
import type { DecimalString } from '../money/decimal';
import type { ClientOrderId, OrderState, OrderType, Side, TimeInForce, VenueOrderState } from '../order/order';
import type { Direction, Signal } from '../signal/signal';
import type { TradeOutcome, TradePhase } from './phase';
import type { TradeSpec, TrailingDistance } from './spec';

/** One order of the trade as the journal has it. */
export interface OrderFacts {
  readonly clientOrderId: ClientOrderId;
  /** `entry`, `stop`, `stop-2`, `stop-3` or `exit`. */
  readonly leg: string;
  readonly revision: number;
  readonly side: Side;
  readonly quantity: DecimalString;
  readonly type: OrderType;
  readonly price: DecimalString | null;
  readonly stopPrice: DecimalString | null;
  readonly timeInForce: TimeInForce;
  /** When a GTD order ends; null or left out for every other. */
  readonly goodTill?: Instant | null;
  /** Left out in older histories: false. */
  readonly outsideRegularHours?: boolean;
  readonly state: OrderState;
  /** Given up: no attempt may follow. */
  readonly closed: boolean;
  readonly venueOrderId: string | null;
  readonly venueState: VenueOrderState | null;
  readonly venueFilled: DecimalString;
  /** Quantity of the fills that are booked. */
  readonly booked: DecimalString;
  /** Code of the fence's last refusal. */
  readonly refusal: string | null;
  /** Code of the venue's rejection. */
  readonly rejectCode: string | null;
  /** What the venue said with it, secrets removed; left out where the journal does not tell. */
  readonly rejectDetail?: string | null;
  readonly attempts: number;
  /** Basis points that a trailing stop stays behind; null for every other type, and where it is an amount. */
  readonly trailBps: number | null;
  /** The same as an amount in quote currency; left out in older histories. */
  readonly trailAmount?: DecimalString | null;
  /** How far the limit of a trailing stop-limit lies beyond its stop. */
  readonly limitOffset?: DecimalString | null;
  /** The level nearest to the market at which the venue has shown a trailing order's stop. */
  readonly venueStopPrice?: DecimalString | null;
  readonly postOnly: boolean;
  /** When its journal row was written, in real time. */
  readonly createdAt: Instant;
}

/** Why a position is to be closed without a person's request. */
export type ExitTrigger = 'stop' | 'take-profit' | 'trailing-stop' | 'time-exit';

/** Levels that the watcher checks and what it found. Prices in quote currency. */
export interface Protection {
  /** Of a trailing entry that has not filled, where the stop would lie at the price that risk assumed. */
  readonly stopPrice: DecimalString;
  /** Until the first fill of a trailing entry, with whose booking the stop price is worked out once for all: how far from it. */
  readonly stopDistance?: DecimalString;
  readonly takeProfitPrice?: DecimalString;
  readonly trailing?: TrailingDistance;
  /** Best price since the first fill, for the trailing stop. */
  readonly best?: DecimalString;
  /** True when the venue refused to rest the stop: the watcher stands in for it. */
  readonly emulated?: boolean;
  readonly fired?: ExitTrigger;
}

/** What people asked for, each once, with who and when. */
export interface TradeRequests {
  readonly approve?: {
    readonly by: string;
    readonly maxQuantity?: DecimalString;
    readonly maxNotional?: DecimalString;
  };
  readonly reject?: { readonly by: string };
  readonly exit?: { readonly by: string };
  readonly cancel?: { readonly by: string };
}

/** Whether the market takes the entry now, and from when on it does. */
export interface EntryMarket {
  readonly open: boolean;
  /** Null when it is open or the calendar ends. */
  readonly nextOpen: Instant | null;
  /** True for an entry that is sent while the market is closed and rests until its opening auction. */
  readonly rests?: boolean;
}

/** The market of the trade's instrument at the trade's market time. */
export interface MarketState {
  readonly now: Instant;
  readonly open: boolean;
  /** The next open; null when the market is open or the calendar ends. */
  readonly nextOpen: Instant | null;
  /** The same for the trade's entry, for which pre- and post-market may count as open; absent in older histories. */
  readonly entry?: EntryMarket;
  /** Market seconds a real second; 1 unless the clock replays. */
  readonly speed: number;
  /** The last print, null when there is none. */
  readonly price: DecimalString | null;
  /** True past the feed's last print: a replay has no later bar. */
  readonly ended: boolean;
  /** Of a future: from when on nothing may be held in it, see domain/instrument/expiry.ts. */
  readonly leaveAt?: Instant;
}

/** Everything that is known of a trade at one moment: what each decision is made from. Plain JSON. */
export interface TradeFacts {
  readonly tradeId: string;
  readonly account: string;
  readonly mode: 'paper' | 'sandbox' | 'live';
  readonly spec: TradeSpec;
  readonly instrument: Instrument;
  readonly phase: TradePhase;
  readonly outcome: TradeOutcome | null;
  /** Why, as a code; null when the outcome says it all. */
  readonly outcomeCode: string | null;
  readonly epoch: number;
  /** True when a halt reached the trade: it enters nothing more and only guards. */
  readonly halted: boolean;
  /** Epoch of the newest halt that reached it. */
  readonly haltEpoch?: number | null;
  readonly attention: string | null;
  readonly direction: Direction | null;
  readonly signal: Signal | null;
  /** Entry quantity that risk approved; null before that. */
  readonly approvedQuantity: DecimalString | null;
  readonly protection: Protection | null;
  readonly requests: TradeRequests;
  /** Real time at which a person was first asked to agree; null while nobody was. */
  readonly approvalAskedAt: Instant | null;
  readonly validUntil: Instant;
  /** Booked position of this trade, in units; negative when short. */
  readonly position: DecimalString;
  /** Market time of the first fill. */
  readonly firstFillAt: Instant | null;
  /** Market time at which the entry was first acknowledged or sent. */
  readonly entrySentAt: Instant | null;
  readonly orders: readonly OrderFacts[];
  readonly market: MarketState;
}
