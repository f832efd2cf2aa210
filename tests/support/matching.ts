import { dec, decimalString as d } from '../../domain/money/decimal';
import { EMPTY_BOOK } from '../../domain/matching/book';
import type { Book, BookChange, NewOrder } from '../../domain/matching/book';
import { placeOrder } from '../../domain/matching/engine';
import type { MarketMoment } from '../../domain/matching/engine';
import { DEFAULT_COSTS } from '../../domain/matching/matching-rules';
import type { MatchingRules } from '../../domain/matching/matching-rules';
import type { Print } from '../../domain/matching/print';
import type { OrderTerms, Side, TimeInForce } from '../../domain/order/order';

/** The default costs for an instrument with a tick and a lot of 0.01. */
export const RULES: MatchingRules = {
  ...DEFAULT_COSTS,
  baseAsset: 'US500',
  quoteAsset: 'USD',
  tick: d('0.01'),
  lot: d('0.01'),
};
/** The same market without spread, slippage and fees: executions show the print's price. */
export const FREE: MatchingRules = {
  ...RULES,
  halfSpreadBps: d('0'),
  slippageBps: d('0'),
  takerFeeRate: d('0'),
  makerFeeRate: d('0'),
};

/** A print of 1,000 units unless said otherwise. */
export const print = (at: number, price: number, volume = 1000, sessionClose = false): Print => ({
  at,
  price: dec(price),
  volume: dec(volume),
  ...(sessionClose ? { sessionClose } : {}),
});
/** An open market whose last print was a millisecond ago. */
export const open = (at: number, price: number, volume = 1000): MarketMoment => ({
  at,
  open: true,
  lastPrint: print(at - 1, price, volume),
});
/** A closed market that closed at 100. */
export const closed = (at: number): MarketMoment => ({ at, open: false, lastPrint: print(at - 1, 100) });
/** Ten units, good till cancelled, unless said otherwise. */
export const order = (side: Side, terms: OrderTerms, timeInForce: TimeInForce = 'GTC', quantity = '10'): NewOrder => ({
  id: 'o1',
  side,
  quantity: d(quantity),
  terms,
  timeInForce,
});
/** Market terms. */
export const MARKET: OrderTerms = { type: 'market' };
/** Limit terms. */
export const limit = (price: string): OrderTerms => ({ type: 'limit', price: d(price) });
/** Stop terms. */
export const stop = (price: string): OrderTerms => ({ type: 'stop', stopPrice: d(price) });
/** Stop-limit terms. */
export const stopLimit = (trigger: string, price: string): OrderTerms => ({
  type: 'stop-limit',
  stopPrice: d(trigger),
  price: d(price),
});

/** `quantity@price liquidity t=at` for each execution. */
export const trades = (change: BookChange): string[] =>
  change.executions.map((e) => `${e.quantity}@${e.price} ${e.liquidity} t=${e.at}`);
/** `state:reason filled t=at` for each end. */
export const ends = (change: BookChange): string[] =>
  change.ended.map((end) => `${end.state}:${end.reason} ${end.order.filled} t=${end.at}`);
/** A book with one order that was placed in a closed market. */
export const waiting = (placed: NewOrder): Book => placeOrder(EMPTY_BOOK, placed, closed(1), RULES).book;
