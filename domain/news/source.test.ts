import { dueAt, isStale, retryAt } from './source';
import type { NewsSourceState } from './source';

const MINUTE = 60_000;
const NOW = Date.parse('2026-01-05T12:00:00Z');
const state = (changes: Partial<NewsSourceState> = {}): NewsSourceState => ({
  since: NOW - 600 * MINUTE,
  askedAt: null,
  answeredAt: null,
  failures: 0,
  retryAt: null,
  ...changes,
});

describe('the wait after a failure', () => {
  it.each([
    [1, 1],
    [2, 2],
    [5, 16],
    [9, 256],
    [10, 360],
    [1_000_000, 360],
  ])('number %i is %i minutes', (failures, minutes) => {
    expect(retryAt(NOW, failures)).toBe(NOW + minutes * MINUTE);
  });

  it('is not shorter than the source asks for, and never longer than a day', () => {
    expect(retryAt(NOW, 1, 30 * MINUTE)).toBe(NOW + 30 * MINUTE);
    expect(retryAt(NOW, 10, 30 * MINUTE)).toBe(NOW + 360 * MINUTE);
    expect(retryAt(NOW, 1, 10 * 365 * 1_440 * MINUTE)).toBe(NOW + 1_440 * MINUTE);
  });
});

describe('a source is due', () => {
  const every = { everyMinutes: 10 };

  it('at once when it was never asked, and then by its pace, a little early too', () => {
    expect(dueAt(state(), every, false)).toBeLessThanOrEqual(NOW);
    expect(dueAt(state({ askedAt: NOW }), every, false)).toBe(NOW + 9.5 * MINUTE);
  });

  it('at once when a person asks, but not before the end of a wait', () => {
    expect(dueAt(state({ askedAt: NOW }), every, true)).toBeLessThanOrEqual(NOW);
    const waits = state({ askedAt: NOW, failures: 1, retryAt: NOW + 40 * MINUTE });
    expect(dueAt(waits, every, true)).toBe(NOW + 40 * MINUTE);
    expect(dueAt(waits, every, false)).toBe(NOW + 40 * MINUTE);
  });
});

describe('a source is stale', () => {
  const after = { staleAfterMinutes: 60 };

  it('when it has not answered for longer than it may, counted from its beginning when it never did', () => {
    expect(isStale(state({ answeredAt: NOW - 60 * MINUTE }), after, NOW)).toBe(false);
    expect(isStale(state({ answeredAt: NOW - 61 * MINUTE }), after, NOW)).toBe(true);
    expect(isStale(state({ since: NOW - 61 * MINUTE }), after, NOW)).toBe(true);
    expect(isStale(state({ since: NOW - 59 * MINUTE }), after, NOW)).toBe(false);
  });
});
