import { ORDER_STATES } from './order';
import { isLive, isTerminal } from './state';

test('an order is idle, live or at its end, and never two of them', () => {
  const kind = (state: (typeof ORDER_STATES)[number]): string =>
    [isLive(state) ? 'live' : '', isTerminal(state) ? 'terminal' : ''].join('') || 'idle';
  expect(Object.fromEntries(ORDER_STATES.map((state) => [state, kind(state)]))).toEqual({
    created: 'idle',
    sending: 'live',
    unknown: 'live',
    open: 'live',
    partial: 'live',
    filled: 'terminal',
    cancelled: 'terminal',
    expired: 'terminal',
    rejected: 'terminal',
    unsent: 'terminal',
  });
});
