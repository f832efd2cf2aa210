import type { Millis } from '../../domain/clock/instant';
import type { BookedOrder, IbBook, NumberRemark } from './book';

/** What TWS answered to an order: it shows it, it refuses it, or it has seen the number before. */
export type OrderAnswer =
  | { readonly kind: 'shown'; readonly order: BookedOrder }
  | { readonly kind: 'refused'; readonly remark: NumberRemark }
  | { readonly kind: 'silence' };

/**
 * Waits for what counts as an answer to a sent order: an open order or a state with its durable id, or an error. A remark
 * that the order is held, or any other warning, is none.
 */
export function awaitAnswer(book: IbBook, orderId: number, within: Millis): Promise<OrderAnswer> {
  return awaitChange<OrderAnswer>(book, within, () => {
    const order = book.byNumber(orderId);
    if (order !== undefined) return { kind: 'shown', order };
    const remark = book.remarkOn(orderId);
    const refused = remark?.is === 'rejected' || remark?.is === 'duplicate' || remark?.is === 'cancelled';
    return refused ? { kind: 'refused', remark } : undefined;
  }).then((answer) => answer ?? { kind: 'silence' });
}

/** What became of a cancel: the order has ended, or TWS says that it was too late for it. */
export type CancelAnswer = 'ended' | 'too-late' | 'silence';

/** Waits for the end of an order that is to be cancelled. @param before the remark that stood before the cancel was sent */
export function awaitEnd(
  book: IbBook,
  orderId: number,
  before: NumberRemark | undefined,
  within: Millis,
): Promise<CancelAnswer> {
  return awaitChange<CancelAnswer>(book, within, () => {
    const order = book.byNumber(orderId);
    if (order?.state === 'cancelled') return 'ended';
    if (order !== undefined && order.state !== 'open') return 'too-late';
    const remark = book.remarkOn(orderId);
    return remark !== before && remark?.is === 'too-late' ? 'too-late' : undefined;
  }).then((answer) => answer ?? 'silence');
}

function awaitChange<T>(book: IbBook, within: Millis, look: () => T | undefined): Promise<T | undefined> {
  const now = look();
  if (now !== undefined) return Promise.resolve(now);
  return new Promise((resolve) => {
    const end = (value: T | undefined): void => {
      clearTimeout(timer);
      stop();
      resolve(value);
    };
    const timer = setTimeout(() => end(undefined), within);
    const stop = book.watch(() => {
      const value = look();
      if (value !== undefined) end(value);
    });
  });
}
