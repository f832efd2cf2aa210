import type { InstrumentId } from '../instrument/instrument';
import { worthOf } from '../instrument/worth';
import { dec, text, ZERO } from '../money/decimal';
import type { DecimalString } from '../money/decimal';
import type { Fill } from '../order/order';
import type { TradedPair } from './books';

/** What one fill moves: units of the instrument, money in its quote asset, and a fee that neither of the two paid. */
export interface Effect {
  readonly instrument: InstrumentId;
  readonly units: DecimalString;
  readonly quoteAsset: string;
  readonly money: DecimalString;
  readonly thirdAsset: string | null;
  readonly third: DecimalString;
}

/** As `book_fill` in the database books it. */
export function effectOf(
  fill: Pick<Fill, 'instrument' | 'side' | 'quantity' | 'price' | 'fee' | 'feeAsset'>,
  pair: TradedPair,
): Effect {
  const { baseAsset, quoteAsset } = pair;
  const { fee, feeAsset, instrument, price, quantity } = fill;
  const sign = fill.side === 'buy' ? 1 : -1;
  const other = feeAsset !== baseAsset && feeAsset !== quoteAsset;
  return {
    instrument,
    units: text(
      dec(quantity)
        .mul(sign)
        .minus(feeAsset === baseAsset ? fee : 0),
    ),
    quoteAsset,
    money: text(
      worthOf(pair, quantity, price)
        .mul(-sign)
        .minus(feeAsset === quoteAsset ? fee : 0),
    ),
    thirdAsset: other ? feeAsset : null,
    third: text(other ? dec(fee).neg() : ZERO),
  };
}

/** The opposite. */
export function lessEffect(effect: Effect): Effect {
  const { money, third, units } = effect;
  return { ...effect, units: text(dec(units).neg()), money: text(dec(money).neg()), third: text(dec(third).neg()) };
}
