import { ceilTo, dec, Decimal, floorTo, text } from '../money/decimal';
import type { DecimalString } from '../money/decimal';
import type { Instrument } from '../instrument/instrument';
import { worthOf } from '../instrument/worth';
import type { Side } from '../order/order';
import type { Print } from './print';

/** In which asset fees are taken: always the quote currency, or whatever the trade receives (buys: the base asset). */
export type FeeAsset = 'quote' | 'received';

/** The costs and limits of the simulated market, for one instrument. All rates are at least 0 unless said otherwise. */
export interface MatchingRules extends Pick<Instrument, 'future'> {
  readonly baseAsset: string;
  readonly quoteAsset: string;
  /** Executions are multiples of this, in quote currency. */
  readonly tick: DecimalString;
  /** Executed quantities are multiples of this, in units. */
  readonly lot: DecimalString;
  /** Half the distance of bid and ask, in basis points (1/10,000) of the print's price. */
  readonly halfSpreadBps: DecimalString;
  /** What a market order or a triggered stop pays beyond the half spread, in basis points of the print's price. */
  readonly slippageBps: DecimalString;
  /** Highest share of a print's volume that one order takes, a fraction above 0 and at most 1. */
  readonly volumeShare: DecimalString;
  /** Fee of an execution that takes liquidity, a fraction of its notional. */
  readonly takerFeeRate: DecimalString;
  /** Fee of an execution of a resting limit order, a fraction of its notional; negative for a rebate. */
  readonly makerFeeRate: DecimalString;
  readonly feeAsset: FeeAsset;
}

/** The costs unless an account says otherwise: 5 bp in price (1 half spread, 4 slippage) and 10 bp in fees, in quote currency. */
export const DEFAULT_COSTS = {
  halfSpreadBps: text(dec(1)),
  slippageBps: text(dec(4)),
  volumeShare: text(dec('0.1')),
  takerFeeRate: text(dec('0.001')),
  makerFeeRate: text(dec('0.001')),
  feeAsset: 'quote',
} as const satisfies Partial<MatchingRules>;

const BPS = 10_000;
/** Fees are whole multiples of this, rounded against the account. */
const FEE_PLACES = 8;

/** The print's price moved against `side` by `bps` and then to the next worse tick; a sale never falls below one tick. */
function worse(side: Side, print: Print, bps: Decimal, tick: Decimal): Decimal {
  const move = print.price.mul(bps).div(BPS);
  if (side === 'buy') return ceilTo(print.price.plus(move), tick);
  return Decimal.max(tick, floorTo(Decimal.max(0, print.price.minus(move)), tick));
}

/** What an order that takes liquidity pays (buy) or gets (sell) at a print: half spread and slippage included. */
export function takerPrice(side: Side, print: Print, rules: MatchingRules): Decimal {
  return worse(side, print, dec(rules.halfSpreadBps).plus(rules.slippageBps), dec(rules.tick));
}

/** Best bid and ask around a print: half a spread to either side, on the tick. */
export function bidAndAsk(print: Print, rules: MatchingRules): { readonly bid: Decimal; readonly ask: Decimal } {
  const [half, tick] = [dec(rules.halfSpreadBps), dec(rules.tick)];
  return { bid: worse('sell', print, half, tick), ask: worse('buy', print, half, tick) };
}

/** The most that one order gets from a print: its share of the volume, on the lot. */
export function volumeCap(print: Print, rules: MatchingRules): Decimal {
  return floorTo(print.volume.mul(rules.volumeShare), dec(rules.lot));
}

/** The fee of an execution, rounded up to eight places (a rebate down), and the asset it is taken in. */
export function feeOf(
  side: Side,
  quantity: Decimal,
  price: Decimal,
  liquidity: 'maker' | 'taker',
  rules: MatchingRules,
): { readonly fee: DecimalString; readonly feeAsset: string } {
  const rate = dec(liquidity === 'taker' ? rules.takerFeeRate : rules.makerFeeRate);
  const inBase = rules.feeAsset === 'received' && side === 'buy';
  const fee = (inBase ? quantity : worthOf(rules, quantity, price))
    .mul(rate)
    .toDecimalPlaces(FEE_PLACES, Decimal.ROUND_CEIL);
  return { fee: text(fee), feeAsset: inBase ? rules.baseAsset : rules.quoteAsset };
}
