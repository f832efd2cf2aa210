import { assertNever } from '../assert-never';
import type { EpochMillis, Instant, Millis } from '../clock/instant';
import type { Instrument, InstrumentId } from '../instrument/instrument';
import { dec, Decimal } from '../money/decimal';
import type { DecimalString } from '../money/decimal';
import type { OrderTerms, Side } from '../order/order';
import { distanceFrom } from '../order/trailing';
import type { Quote } from '../signal/market-data';
import type { Direction } from '../signal/signal';
import type { TrailingDistance } from '../trade/spec';
import type { EffectivePolicy } from './policy-document';

/** An entry that somebody wants; the quantity is not theirs to decide, only its ceiling. */
export interface ProposedEntry {
  readonly tradeId: string;
  readonly instrument: Instrument;
  readonly side: Side;
  /** Prices on the tick (see `quantiseTerms`). */
  readonly terms: OrderTerms;
  /** Where the protective stop will stand, on the tick, in quote currency. */
  readonly stopPrice?: DecimalString;
  /** In place of a stop price, of an entry that nobody knows the price of: how far from its fill the stop will stand. */
  readonly stopDistance?: DecimalString;
  /** How the protective stop will follow the price; its distances must be on the tick where the venue follows it. */
  readonly trailing?: TrailingDistance;
  /** Needed only where the policy has a minimum of reward to risk. */
  readonly takeProfit?: DecimalString;
  /** The most units that the client asked for or a person approved. */
  readonly maxQuantity?: DecimalString;
  /** The highest notional that the client asked for or a person approved, in quote currency. */
  readonly maxNotional?: DecimalString;
  /** Market time after which the trade may not be entered any more. */
  readonly validUntil?: EpochMillis;
}

/** The market as the account's clock shows it. */
export interface MarketView {
  /** Market time of the decision. */
  readonly at: EpochMillis;
  readonly open: boolean;
  /** False outside the coverage of the market's calendar. */
  readonly covered?: boolean;
  readonly nextOpen?: EpochMillis;
  /** Of a future: from when on nothing may be held in it. */
  readonly leaveAt?: EpochMillis;
  /** Undefined when the feed has none. */
  readonly quote: Quote | undefined;
  /**
   * How old the quote counts, where that is not all the time since: to an entry that rests until the market opens, the time
   * in which it was closed made the last price no older.
   */
  readonly quoteAge?: Millis;
  /** An older quote is stale: the feed's longest gap between prints. */
  readonly maxQuoteAge: Millis;
  /** Average true range over 14 days, in quote currency; undefined without enough bars. */
  readonly averageTrueRange?: DecimalString;
}

/** A lock that stands in the way of the entry. */
export interface RiskLock {
  readonly code: 'cooldown' | 'loss_streak';
  /** `account`, or `instrument:ID`. */
  readonly scope: string;
  /** Market time. */
  readonly until: Instant;
}

/** The daily history of the account's positions as they are now: research numbers. */
export interface ProfitHistory {
  /** What they would have gained on each day, in account currency. */
  readonly profits: Float64Array;
  /** Value at risk of those without a history, added undiversified. */
  readonly assumed: number;
  /** Returns of the entry's instrument over the same days; undefined when it has too few. */
  readonly returns: Float64Array | undefined;
}

/** Exposure in one instrument; orders of unknown outcome are counted in as if they had filled. */
export interface Exposure extends Pick<Instrument, 'future'> {
  readonly instrument: InstrumentId;
  /** Units, negative when short. */
  readonly quantity: DecimalString;
  /** The price that values it, in quote currency. */
  readonly mark: DecimalString;
}

/** A trade that is not flat or still entering. */
export interface OpenTrade {
  readonly tradeId: string;
  readonly instrument: InstrumentId;
  readonly direction: Direction;
}

/** The account as the database knows it, in account currency. */
export interface PortfolioView {
  readonly equity: DecimalString;
  /** Notional that the venue's funds still pay for: free cash, or what margin is left. */
  readonly buyingPower: DecimalString;
  /** Profit since the trading day began, negative for a loss. */
  readonly realisedToday: DecimalString;
  /** Change of the open positions' value since the trading day began or they were opened, negative for a loss. */
  readonly unrealisedToday: DecimalString;
  readonly exposures: readonly Exposure[];
  /** The proposing trade itself may be among them; it does not stand in its own way. */
  readonly openTrades: readonly OpenTrade[];
  /** False where the venue lends nothing, as on a spot account: a sale that opens a position would sell somebody else's. */
  readonly mayShort?: boolean;
  /** Instruments in which an order of the account has an unknown outcome. */
  readonly unknownOrders: readonly InstrumentId[];
  /** Instruments in which our books and the venue's differ; none unless told. */
  readonly unreconciled?: readonly InstrumentId[];
  /** Highest equity so far; the equity itself unless told. */
  readonly equityPeak?: DecimalString;
  readonly locks?: readonly RiskLock[];
  /** Attempts to add exposure within the last minute. */
  readonly ordersLastMinute?: number;
  /** What the strategy's other trades hold or may come to hold. */
  readonly strategy?: { readonly openTrades: number; readonly notional: DecimalString };
  /** Without one every position counts with the assumed volatility. */
  readonly history?: ProfitHistory;
}

/** Everything that the decision depends on. */
export interface RiskInput {
  readonly entry: ProposedEntry;
  readonly market: MarketView;
  readonly portfolio: PortfolioView;
  readonly policy: EffectivePolicy;
}

/** The prices at which an entry may fill, in quote currency. */
export interface EntryPrices {
  /** The worst one: sets the distance to the stop. */
  readonly worst: Decimal;
  /** The best one: the stop must be on the losing side of it too. */
  readonly best: Decimal;
  /** The highest plausible one: values the position for limits on notional. */
  readonly reference: Decimal;
}

/** Lowest and highest of the prices that bound where an order of these terms fills. */
function fillRange(side: Side, terms: OrderTerms, quote: Quote): readonly [Decimal, Decimal] {
  const market = dec(side === 'buy' ? quote.ask : quote.bid);
  switch (terms.type) {
    case 'market':
      return [market, market];
    // It triggers at the far side of a move that nobody knows yet: at first, a buy would have to rise by its distance.
    case 'trailing-stop':
    case 'trailing-stop-limit': {
      const first = terms.stopPrice === undefined ? market.plus(distanceFrom(market, terms)) : dec(terms.stopPrice);
      const level = side === 'buy' ? first : market;
      return [level, level];
    }
    case 'limit': {
      // A marketable limit fills at the market: between there and the limit lies everything that can happen.
      const limit = dec(terms.price);
      const best = side === 'buy' ? Decimal.min(limit, market) : Decimal.max(limit, market);
      return [Decimal.min(limit, best), Decimal.max(limit, best)];
    }
    case 'stop':
      return [dec(terms.stopPrice), dec(terms.stopPrice)];
    case 'stop-limit':
      return [Decimal.min(terms.stopPrice, terms.price), Decimal.max(terms.stopPrice, terms.price)];
    default:
      return assertNever(terms);
  }
}

/**
 * The prices an entry is judged by: a market order by the far side of the quote, the others by the prices they name.
 * A stop's own slippage is not in them; `gapAllowance` and `costReserve` are there for that.
 */
export function entryPrices(side: Side, terms: OrderTerms, quote: Quote): EntryPrices {
  const [lowest, highest] = fillRange(side, terms, quote);
  return side === 'buy'
    ? { worst: highest, best: lowest, reference: highest }
    : { worst: lowest, best: highest, reference: highest };
}
