import { checkOrder } from '../../domain/instrument/rules';
import { EMPTY_BOOK } from '../../domain/matching/book';
import type { BookChange, NewOrder } from '../../domain/matching/book';
import { marketMoment, placeOrder, settleAtEnd } from '../../domain/matching/engine';
import { isPastLastBar } from '../../domain/matching/print';
import type { TapeEnd } from '../../domain/matching/print';
import { dec, isDecimalString, text } from '../../domain/money/decimal';
import type { VenueRejectCode } from '../../domain/order/broker';
import { stopPriceOf, trailAmountOf } from '../../domain/order/order';
import type { OrderRequest, OrderTerms } from '../../domain/order/order';
import { describeLacked, lackedTerm } from '../../domain/order/venue-terms';
import type { BookDraft } from './book-draft';
import type { DraftOrder } from './book-rows';
import { marginShortfall } from './margin';
import { closable } from './tape-end';

/** What the venue says to a request: the order in the draft, or why not, in the venue's own words. */
export type Verdict =
  | { readonly kind: 'placed'; readonly placed: DraftOrder }
  | { readonly kind: 'refused'; readonly code: VenueRejectCode; readonly venueCode: string; readonly message: string };

type Refusal = Extract<Verdict, { kind: 'refused' }>;

const CLIENT_ID = /^[A-Za-z0-9_-]{1,64}$/;

function refuse(code: VenueRejectCode, venueCode: string, message: string): Refusal {
  return { kind: 'refused', code, venueCode, message };
}

/**
 * The venue's decision on a request, at the market time of the draft, to which the book must have been advanced. A
 * placed order has met the last print at once where the market is open; a refused one leaves the draft as it was.
 */
export function acceptOrder(draft: BookDraft, account: string, request: OrderRequest): Verdict {
  const refusal = refusedUnread(draft, account, request) ?? refusedByState(draft, request);
  if (refusal) return refusal;
  const source = draft.market.sourceOf(request.instrument);
  const order = newOrder(draft, request);
  const change =
    source.end !== undefined && isPastLastBar(source, draft.at)
      ? settleAfterEnd(draft, request, order, source.end)
      : placeOrder(EMPTY_BOOK, order, marketMoment(source, draft.at), draft.market.rulesOf(request.instrument));
  if (change === undefined) {
    return refuse(
      'instrument_closed',
      'tape_ended',
      `the prices of ${request.instrument} have ended: only closing orders at market are taken`,
    );
  }
  const [end] = change.ended;
  if (end?.state === 'rejected') return refusedByEngine(end.reason, request);
  return { kind: 'placed', placed: draft.place({ ...request, quantity: order.quantity }, change) };
}

function newOrder(draft: BookDraft, request: OrderRequest): NewOrder {
  const { side, terms, timeInForce } = request;
  return { id: draft.nextId(), side, quantity: text(dec(request.quantity)), terms, timeInForce };
}

/** What no market state could make acceptable. */
function refusedUnread(draft: BookDraft, account: string, request: OrderRequest): Refusal | undefined {
  if (request.account !== account) {
    return refuse('account_refused', 'wrong_account', `this is the venue of account ${account}`);
  }
  const lacked = lackedTerm('paper', request);
  if (lacked !== undefined) return refuse('not_supported', lacked, describeLacked('the paper venue', lacked));
  const instrument = draft.market.instruments.get(request.instrument);
  if (instrument === undefined) {
    return refuse('not_supported', 'unknown_instrument', `no instrument ${request.instrument.slice(0, 40)}`);
  }
  if (instrument.quoteAsset !== draft.stored.currency) {
    return refuse(
      'not_supported',
      'currency',
      `${instrument.id} is priced in ${instrument.quoteAsset}, the account in ${draft.stored.currency}`,
    );
  }
  if (!CLIENT_ID.test(request.clientOrderId)) {
    return refuse('invalid_order', 'client_order_id', 'a client order id has 1 to 64 of A-Z a-z 0-9 _ -');
  }
  const amounts = [request.quantity, ...pricesOf(request.terms)];
  if (!amounts.every(isDecimalString)) return refuse('invalid_order', 'malformed', 'an amount is no plain decimal');
  return undefined;
}

function pricesOf(terms: OrderTerms): readonly string[] {
  const named = [stopPriceOf(terms), trailAmountOf(terms)].filter((amount) => amount !== undefined);
  return [...named, ...('price' in terms ? [terms.price] : []), ...('limitOffset' in terms ? [terms.limitOffset] : [])];
}

/** What the book, the filters and the funds say. */
function refusedByState(draft: BookDraft, request: OrderRequest): Refusal | undefined {
  const instrument = draft.market.instruments.get(request.instrument);
  const last = draft.market.sourceOf(request.instrument).lastPrint(draft.at);
  if (draft.working().some(({ clientOrderId }) => clientOrderId === request.clientOrderId)) {
    return refuse('duplicate_client_order_id', 'duplicate_open_id', 'an open order has this client order id');
  }
  if (instrument === undefined || last === undefined) {
    return refuse('instrument_closed', 'no_price', `${request.instrument} has not traded yet`);
  }
  const { quantity, terms } = request;
  const [violation] = checkOrder(instrument, { quantity, terms, referencePrice: text(last.price) });
  if (violation) {
    const { rule, field, value, bound } = violation;
    return refuse('invalid_order', `filter_${rule}`, `${field} ${value} breaks ${rule} ${bound}`);
  }
  const { side } = request;
  const shortfall = marginShortfall(draft, { instrument: instrument.id, side, rest: dec(quantity), terms });
  if (shortfall) {
    const [needed, equity] = [shortfall.needed.toFixed(2), shortfall.equity.toFixed(2)];
    return refuse('insufficient_funds', 'initial_margin', `initial margin ${needed} is above the equity ${equity}`);
  }
  return undefined;
}

/** After the last bar only an order at market that closes what is held still trades: whole, at the last close. */
function settleAfterEnd(
  draft: BookDraft,
  request: OrderRequest,
  order: NewOrder,
  end: TapeEnd,
): BookChange | undefined {
  const { side, terms, instrument } = request;
  if (terms.type !== 'market' || dec(request.quantity).gt(closable(draft.position(instrument), side))) return undefined;
  const rules = draft.market.rulesOf(instrument);
  const closed = { at: draft.at, open: false, lastPrint: end.print };
  const { book } = placeOrder(EMPTY_BOOK, { ...order, timeInForce: 'GTC' }, closed, rules);
  return settleAtEnd(book, { at: draft.at, print: end.print }, new Set([order.id]), rules);
}

function refusedByEngine(reason: string, request: OrderRequest): Refusal {
  if (reason === 'would_take_liquidity')
    return refuse('would_take_liquidity', reason, 'the last price has already reached the limit');
  return reason === 'would_trigger_immediately'
    ? refuse('would_trigger_immediately', reason, 'the last price has already reached the stop')
    : refuse('instrument_closed', reason, `${request.instrument} is closed and the order is for immediate execution`);
}
