import { dec, text, ZERO } from '../money/decimal';
import type { Decimal, DecimalString } from '../money/decimal';
import type { InstrumentId } from '../instrument/instrument';
import type { Amounts, InstrumentAssets } from './book';

/** What one unit of an asset is worth in a currency, with the name of what says so. */
export interface Rate {
  readonly asset: string;
  readonly currency: string;
  readonly rate: DecimalString;
  /** Where it is from, such as `price of BNB/USDT`. */
  readonly name: string;
}

/** Amounts in one currency, and what they were converted by. */
export interface Converted {
  readonly total: DecimalString;
  /** Rates that were used, by the asset that they converted. */
  readonly rates: readonly Rate[];
  /** Assets that no rate is known for; they count as nothing, and are said. */
  readonly unvalued: readonly string[];
}

const PLACES = 18;

/**
 * What one unit of an asset is worth in a currency, by the price of an instrument that trades the one for the other, either
 * way round; undefined where there is none. Of several instruments the first one by name counts.
 */
export function rateOf(
  asset: string,
  currency: string,
  assetsOf: ReadonlyMap<InstrumentId, InstrumentAssets>,
  priceOf: (instrument: InstrumentId) => DecimalString | undefined,
): Rate | undefined {
  if (asset === currency) return { asset, currency, rate: text(dec(1)), name: 'the currency itself' };
  for (const [instrument, { baseAsset, future, quoteAsset }] of [...assetsOf].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const price = priceOf(instrument);
    // A contract on an asset is no unit of it, and its price not what the asset trades at now.
    if (future !== undefined || price === undefined || dec(price).isZero()) continue;
    const name = `price of ${instrument}`;
    if (baseAsset === asset && quoteAsset === currency) return { asset, currency, rate: price, name };
    if (baseAsset === currency && quoteAsset === asset) {
      return { asset, currency, rate: text(dec(1).div(price).toDecimalPlaces(PLACES)), name: `1 / ${name}` };
    }
  }
  return undefined;
}

/** Amounts of several assets in one currency. */
export function convert(amounts: Amounts, rateFor: (asset: string) => Rate | undefined): Converted {
  let total: Decimal = ZERO;
  const rates: Rate[] = [];
  const unvalued: string[] = [];
  for (const [asset, amount] of Object.entries(amounts)) {
    const rate = rateFor(asset);
    if (rate === undefined) {
      if (!dec(amount).isZero()) unvalued.push(asset);
      continue;
    }
    total = total.plus(dec(amount).mul(rate.rate));
    if (rate.asset !== rate.currency) rates.push(rate);
  }
  return { total: text(total), rates, unvalued };
}
