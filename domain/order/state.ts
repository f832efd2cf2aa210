import type { OrderState } from './order';

/** True when an order in this state will never fill again, and all that it filled is booked. */
export function isTerminal(state: OrderState): boolean {
  switch (state) {
    case 'filled':
    case 'cancelled':
    case 'expired':
    case 'rejected':
    case 'unsent':
      return true;
    case 'created':
    case 'sending':
    case 'unknown':
    case 'open':
    case 'partial':
      return false;
  }
}

/** True when the order works, or may work, at the venue. */
export function isLive(state: OrderState): boolean {
  return !isTerminal(state) && state !== 'created';
}
