import { checkOrder, namedDistances } from '../../domain/instrument/rules';
import type { SubmitOutcome, VenueRejectCode } from '../../domain/order/broker';
import { orderKind, stopPriceOf } from '../../domain/order/order';
import type { OrderRequest } from '../../domain/order/order';
import { describeLacked, lackedOfFutures, lackedTerm, unsuitedTime } from '../../domain/order/venue-terms';
import type { EpochMillis } from '../../domain/clock/instant';
import type { IbContract } from './contracts';
import { describeExpired, isExpired } from './expiry';
import { doubleOf } from './numbers';
import { IB_CAPABILITIES } from './order-map';
import { offTick } from './ticks';

export type Rejection = Extract<SubmitOutcome, { kind: 'rejected' }>;

export function rejected(code: VenueRejectCode, venueCode: string, message: string): Rejection {
  return { kind: 'rejected', code, venueCode, message };
}

/** What TWS is not asked: orders of other accounts, and kinds that it does not have. */
export function refusedKind(request: OrderRequest, account: string): Rejection | undefined {
  if (request.account !== account)
    return rejected('account_refused', 'wrong_account', `this is the broker of account ${account}`);
  const kind = orderKind(request);
  if (IB_CAPABILITIES[kind] !== 'native')
    return rejected('not_supported', kind, `Interactive Brokers has no ${kind} orders`);
  const lacked = lackedTerm('ib', request);
  if (lacked !== undefined) return rejected('not_supported', lacked, describeLacked('Interactive Brokers', lacked));
  const unsuited = unsuitedTime(request);
  return unsuited === undefined ? undefined : rejected('invalid_order', 'time_in_force', unsuited);
}

/** What TWS is not asked of a future: one that has expired, and terms that exchanges of futures do not have. */
export function refusedFuture(known: IbContract, request: OrderRequest, now: EpochMillis): Rejection | undefined {
  const { contract, instrument } = known;
  if (instrument.future === undefined) return undefined;
  if (isExpired(known, now)) return rejected('instrument_closed', 'expired', describeExpired(known));
  const lacked = lackedOfFutures(request);
  if (lacked === undefined) return undefined;
  return rejected('not_supported', lacked, describeLacked(contract.exchange ?? 'its exchange', lacked));
}

/** The instrument's filters, and the tick of each price's band: what breaks one is refused here, never rounded. */
export function brokenRule({ bands, instrument }: IbContract, request: OrderRequest): Rejection | undefined {
  const { quantity, terms } = request;
  const [off] = offTick(bands, terms);
  if (off !== undefined)
    return rejected('invalid_order', 'filter_tick', `${off.field} ${off.value} breaks tick ${off.tick}`);
  const [broken] = checkOrder(instrument, { quantity, terms, referencePrice: quantity }).filter(
    ({ rule }) => rule !== 'tick',
  );
  if (broken !== undefined) {
    const { bound, field, rule, value } = broken;
    return rejected('invalid_order', `filter_${rule}`, `${field} ${value} breaks ${rule} ${bound}`);
  }
  return overlong(request);
}

/** The interface carries doubles: an amount that none holds would be sent as another one. */
function overlong({ quantity, terms }: OrderRequest): Rejection | undefined {
  const amounts = [
    quantity,
    'price' in terms ? terms.price : '0',
    stopPriceOf(terms) ?? '0',
    ...namedDistances(terms).map(({ value }) => value),
  ];
  try {
    for (const amount of amounts) doubleOf(amount as typeof quantity);
    return undefined;
  } catch (error) {
    return rejected('invalid_order', 'digits', error instanceof Error ? error.message : 'too many digits');
  }
}
