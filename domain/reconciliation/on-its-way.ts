import type { OurOrder } from './books';

/** An order whose answer we wait for: the venue may have it, and what it fills, before we know. */
export function isOnItsWay({ state }: OurOrder): boolean {
  return state === 'sending' || state === 'unknown';
}
