import type { Millis } from '../../domain/clock/instant';
import type { BookedOrder, IbBook, NumberRemark } from './book';
import type { TwsConnection } from './connection';

/** What TWS answered to an order: it shows it, it refuses it, or it has seen the number before; or the line ended first. */
export type OrderAnswer =
  | { readonly kind: 'shown'; readonly order: BookedOrder }
  | { readonly kind: 'refused'; readonly remark: NumberRemark }
  | { readonly kind: 'lost' }
  | { readonly kind: 'silence' };

/**
 * Waits for what counts as an answer to a sent order: an open order or a state with its durable id, or an error. A remark
 * that the order is held, or any other warning, is none.
 */
export async function awaitAnswer(
  book: IbBook,
  connection: TwsConnection,
  orderId: number,
  within: Millis,
): Promise<OrderAnswer> {
  const answer = await awaitChange<OrderAnswer>(
    book,
    within,
    () => {
      const order = book.byNumber(orderId);
      if (order !== undefined) return { kind: 'shown', order };
      const remark = book.remarkOn(orderId);
      const refused = remark?.is === 'rejected' || remark?.is === 'duplicate' || remark?.is === 'cancelled';
      if (refused) return { kind: 'refused', remark };
      return connection.isUp ? undefined : { kind: 'lost' };
    },
    (look) => connection.whenGone(look),
  );
  return answer ?? { kind: 'silence' };
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

/** @param also has the look repeated at something else than a change of the book, until its answer is called */
function awaitChange<T>(
  book: IbBook,
  within: Millis,
  look: () => T | undefined,
  also: (look: () => void) => () => void = () => () => undefined,
): Promise<T | undefined> {
  const now = look();
  if (now !== undefined) return Promise.resolve(now);
  return new Promise((resolve) => {
    const end = (value: T | undefined): void => {
      clearTimeout(timer);
      for (const stop of stops) stop();
      resolve(value);
    };
    const again = (): void => {
      const value = look();
      if (value !== undefined) end(value);
    };
    const timer = setTimeout(() => end(undefined), within);
    const stops = [book.watch(again), also(again)];
  });
}
