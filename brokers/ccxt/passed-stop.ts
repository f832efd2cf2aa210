import type { InstrumentId } from '../../domain/instrument/instrument';
import { dec } from '../../domain/money/decimal';
import type { SubmitOutcome } from '../../domain/order/broker';
import type { OrderRequest } from '../../domain/order/order';
import type { Quote } from '../../domain/signal/market-data';

/**
 * The refusal of a stop whose price the market has reached, for a venue that would let it wait for the market to come back
 * and so leave the position without a stop; undefined for every other order. A price that moves between this look and the
 * acceptance is not covered: no look before the send can cover it.
 * @throws BrokerError when the price cannot be read: nothing may be sent then.
 */
export async function passedStop(
  { terms, side, instrument }: OrderRequest,
  quote: (id: InstrumentId) => Promise<Quote | undefined>,
): Promise<SubmitOutcome | undefined> {
  if (terms.type !== 'stop' && terms.type !== 'stop-limit') return undefined;
  const price = (await quote(instrument))?.price;
  if (price === undefined) return undefined;
  const passed = side === 'sell' ? dec(price).lte(terms.stopPrice) : dec(price).gte(terms.stopPrice);
  if (!passed) return undefined;
  const message = `the market is at ${price} already, and the venue would wait for it to come back to ${terms.stopPrice}`;
  return { kind: 'rejected', code: 'would_trigger_immediately', venueCode: 'stop_passed', message };
}
