import { createHash } from 'node:crypto';
import { instant, millisOf } from '../../domain/clock/instant';
import { dec, text } from '../../domain/money/decimal';
import type { DecimalString } from '../../domain/money/decimal';
import { stopPriceOf } from '../../domain/order/order';
import type { ClientOrderId, OrderRequest } from '../../domain/order/order';

/** `{tradeId}/{leg}/{revision}`: what the trade means to do, once. */
export function intentId(tradeId: string, leg: string, revision: number): string {
  return `${tradeId}/${leg}/${revision}`;
}

/**
 * The id that an intent has at its venue: the first 32 hex digits of SHA-256 over installation, venue, account and
 * intent. It fits every venue's rules and comes out the same in a retry, a replay, a second worker or a reset.
 */
export function clientOrderId(installation: string, venue: string, account: string, intent: string): ClientOrderId {
  const hash = createHash('sha256').update([installation, venue, account, intent].join('|')).digest('hex');
  return hash.slice(0, 32) as ClientOrderId;
}

function plain(amount: DecimalString | undefined): string {
  return amount === undefined ? '' : text(dec(amount));
}

/**
 * A hash over all that the venue is told: two requests under one id must be the same request. Amounts count by value:
 * what a client wrote as `95.00` comes back from the journal as `95`.
 */
export function paramsHash(request: OrderRequest): string {
  const { terms } = request;
  const parts = [
    request.account,
    request.instrument,
    request.side,
    text(dec(request.quantity)),
    terms.type,
    'price' in terms ? text(dec(terms.price)) : '',
    plain(stopPriceOf(terms)),
    request.timeInForce,
    ...(terms.type === 'limit' && terms.postOnly ? ['post-only'] : []),
    ...('trailBps' in terms ? [String(terms.trailBps)] : []),
    ...('trailAmount' in terms ? [`by ${plain(terms.trailAmount)}`] : []),
    ...('limitOffset' in terms ? [`limit at ${plain(terms.limitOffset)}`] : []),
    ...(request.goodTill === undefined ? [] : [`until ${instant(millisOf(request.goodTill))}`]),
    ...(request.outsideRegularHours === true ? ['outside regular hours'] : []),
  ];
  return createHash('sha256').update(parts.join('|')).digest('hex');
}
