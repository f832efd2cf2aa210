import { facts, holding, marketAt, memory, NOW, order, stepLine } from '../../tests/support/trade-facts';
import { MARKET_NOW } from '../../tests/support/trade-facts';
import { realMoment } from './waiting';

describe('how long a trade waits', () => {
  test('a working entry: until its time-out or the end of its validity, whichever is first', () => {
    const entry = { orders: [order('entry')] };
    expect(stepLine(facts({ ...entry, entrySentAt: marketAt(-60) }))).toBe(
      'wait 540000: waiting for the entry to fill',
    );
    expect(stepLine(facts({ ...entry, entrySentAt: marketAt(-60), validUntil: marketAt(30) }))).toBe(
      'wait 30001: waiting for the entry to fill',
    );
    // Of a future also until its contract is left: what still rests then is taken back.
    const leaving = { ...entry, entrySentAt: marketAt(-60), market: { leaveAt: marketAt(20) } };
    expect(stepLine(facts(leaving))).toBe('wait 20000: waiting for the entry to fill');
    expect(stepLine(facts({ ...leaving, market: { leaveAt: marketAt(0) } }))).toBe('close entry-1: contract_ending');
  });

  test('market time passes faster on a replay', () => {
    const state = facts({ orders: [order('entry')], entrySentAt: marketAt(-60), market: { speed: 60 } });
    expect(stepLine(state)).toBe('wait 9000: waiting for the entry to fill');
  });

  test('a guarded position waits for events; in a closed market also for the open', () => {
    expect(stepLine(holding({ orders: [order('stop')] }))).toBe('wait for events: guarding the position');
    const closed = { open: false, nextOpen: marketAt(10) };
    expect(stepLine(holding({ market: closed, orders: [order('stop')] }))).toBe('wait 10000: guarding the position');
  });

  test('the nearest of several moments counts, and moments gone by do not', () => {
    const state = holding({ orders: [order('stop')] });
    expect(
      stepLine(state, {
        resolveAfter: { other: NOW + 300, gone: NOW - 5 },
        retryAfter: { exit: NOW + 200, stop: 0, now: NOW },
      }),
    ).toBe('wait 200: guarding the position');
  });
});

describe('the real moment of a market time', () => {
  const market = facts().market;

  test('is never nearer than a short sleep', () => {
    expect(realMoment(MARKET_NOW + 1, market, memory())).toBe(NOW + 20);
  });

  test('a clock that stands is looked at ever less often, up to ten seconds', () => {
    const sleeps = [1, 2, 3, 8, 9, 50].map(
      (clockStood) => realMoment(MARKET_NOW + 1, market, memory({ clockStood })) - NOW,
    );
    expect(sleeps).toEqual([40, 80, 160, 5_120, 10_000, 10_000]);
  });
});
