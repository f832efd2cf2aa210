import { dec } from '../money/decimal';
import type { Decimal, DecimalString } from '../money/decimal';
import type { FutureTerms, Instrument } from './instrument';

/** What a change of the price by 1 is worth for each unit, in quote currency: 1 for all but futures. */
function multiplierOf({ future }: Pick<Instrument, 'future'>): Decimal {
  return dec(future?.multiplier ?? 1);
}

/** What makes an instrument a future, to be carried along with a quantity of it; empty for everything else. */
export function futureOf({ future }: { readonly future?: FutureTerms | undefined }): Pick<Instrument, 'future'> {
  return future === undefined ? {} : { future };
}

/**
 * Notional of a quantity at a price, in quote currency: quantity × price × multiplier. It keeps the sign of the quantity.
 * The one place where a quantity meets a price; `worth_of` is the same in the database.
 */
export function worthOf(
  instrument: Pick<Instrument, 'future'>,
  quantity: Decimal | DecimalString,
  price: Decimal | DecimalString,
): Decimal {
  return dec(quantity).mul(price).mul(multiplierOf(instrument));
}
