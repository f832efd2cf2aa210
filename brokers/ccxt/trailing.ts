import { orderKind } from '../../domain/order/order';
import type { OrderRequest, TrailDistance } from '../../domain/order/order';
import { NotSent } from './broker-error';

/**
 * The basis points of a trailing stop that follows from the market on.
 * @throws NotSent for every other trailing order: sent as one of these it would mean something else
 */
export function shareOnly(terms: Extract<OrderRequest['terms'], TrailDistance>): number {
  const kind = orderKind({ terms, timeInForce: 'GTC' });
  if (kind !== 'trailing-stop' || !('trailBps' in terms)) throw new NotSent(`the exchange has no ${kind} orders`);
  return terms.trailBps;
}
