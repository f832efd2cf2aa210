import { amount, filled, holding, marketAt, NOW, order, rejected, stepLine } from '../../tests/support/trade-facts';
import type { FactsChanges } from '../../tests/support/trade-facts';
import type { OrderFacts } from './facts';
import { wantsExit } from './guard';

const exitAsked: FactsChanges = { requests: { exit: { by: 'ann' } } };
const idle = (leg: string, changes: Partial<OrderFacts> = {}): OrderFacts =>
  order(leg, { state: 'created', ...changes });
const gone = (leg: string, changes: Partial<OrderFacts> = {}): OrderFacts =>
  order(leg, { state: 'cancelled', venueState: 'cancelled', ...changes });

describe('what asks for an exit', () => {
  test.each([
    ['nothing', holding(), false],
    ['a person', holding(exitAsked), true],
    ['a take-profit', holding({ protection: { fired: 'take-profit' } }), true],
    ['a trailing stop', holding({ protection: { fired: 'trailing-stop' } }), true],
    ['the time', holding({ protection: { fired: 'time-exit' } }), true],
    [
      'an emulated stop: its stop leg leaves, which a full halt admits',
      holding({ protection: { fired: 'stop' } }),
      false,
    ],
    ['the last bar of a replay', holding({ market: { ended: true } }), true],
    ['a position whose stop nobody knows', holding({ protection: null }), true],
    ['a stop that is gone, of a level that nobody knows', holding({ protection: null, orders: [gone('stop')] }), true],
    [
      'a stop that rests at the venue, though nobody knows its level: the books are older than it',
      holding({ protection: null, orders: [order('stop')] }),
      false,
    ],
  ])('%s', (_, state, asks) => {
    expect(wantsExit(state)).toBe(asks);
  });
});

describe('leaving a position', () => {
  test('the stops go first, one after the other, then the whole position is sold', () => {
    const pieces = [order('stop', { quantity: amount(6) }), order('stop-2', { quantity: amount(4) })];
    expect(stepLine(holding({ ...exitAsked, orders: pieces }))).toBe('cancel stop-1: exit');
    const second = [gone('stop', { quantity: amount(6) }), order('stop-2', { quantity: amount(4) })];
    expect(stepLine(holding({ ...exitAsked, orders: second }))).toBe('cancel stop-2-1: exit');
    const none = [gone('stop', { quantity: amount(6) }), gone('stop-2', { quantity: amount(4) })];
    expect(stepLine(holding({ ...exitAsked, orders: none }))).toBe('submit exit/1 sell 10 market');
  });

  test('a stop that is still to be cancelled holds the exit back', () => {
    const state = holding({ ...exitAsked, orders: [order('stop')] });
    expect(stepLine(state, { retryAfter: { 'cancel:stop-1': NOW + 1_000 } })).toBe('wait 1000: guarding the position');
  });

  test('a stop that was never sent is given up', () => {
    expect(stepLine(holding({ ...exitAsked, orders: [idle('stop')] }))).toBe('close stop-1: exit');
  });

  test('a stop in doubt keeps its share; the rest leaves', () => {
    const unknown = order('stop', { state: 'unknown', quantity: amount(4) });
    const asked = { resolveAfter: { 'stop-1': NOW + 500 } };
    expect(stepLine(holding({ ...exitAsked, orders: [unknown] }), asked)).toBe('submit exit/1 sell 6 market');
    const whole = order('stop', { state: 'unknown' });
    expect(stepLine(holding({ ...exitAsked, orders: [whole] }), asked)).toBe(
      'wait 500: an order in doubt is looked up again',
    );
  });

  test('a stop that is leaving at market is not called back', () => {
    const leaving = order('stop', { type: 'market' });
    expect(stepLine(holding({ ...exitAsked, orders: [leaving] }))).toBe('wait for events: guarding the position');
  });

  test('a stop that is leaving at market is called back when it is larger than the position', () => {
    const leaving = order('stop', { type: 'market' });
    expect(stepLine(holding({ ...exitAsked, position: 9, orders: [leaving] }))).toBe('cancel stop-1: replaced');
  });

  test('in a closed market the exit waits for the open with its stop standing', () => {
    const closed = { open: false, nextOpen: marketAt(120) };
    expect(stepLine(holding({ ...exitAsked, market: closed, orders: [order('stop')] }))).toBe(
      'wait 120000: exit at the next open; the stop stands',
    );
    expect(stepLine(holding({ ...exitAsked, market: closed }))).toBe('submit stop/1 sell 10 stop 90');
  });

  test('past the last bar the position is sold at the last close, and no stop is sent any more', () => {
    const ended = { market: { open: false, ended: true } };
    expect(stepLine(holding(ended))).toBe('submit exit/1 sell 10 market');
    expect(stepLine(holding(ended), { retryAfter: { exit: NOW + 5_000 } })).toMatch(/^wait 5000/);
    expect(stepLine(holding({ ...ended, position: 9, orders: [order('exit')] }))).toBe('cancel exit-1: replaced');
  });

  test('an exit that ended with a remainder goes on with the next revision', () => {
    const part = gone('exit', { booked: amount(4), venueFilled: amount(4) });
    expect(stepLine(holding({ ...exitAsked, position: 6, orders: [part] }))).toBe('submit exit/2 sell 6 market');
  });

  test('a running exit is waited for; what it does not cover gets a stop', () => {
    expect(stepLine(holding({ ...exitAsked, orders: [order('exit')] }))).toMatch(/^wait/);
    const part = order('exit', { quantity: amount(6) });
    expect(stepLine(holding({ ...exitAsked, orders: [part] }))).toBe('submit stop/1 sell 4 stop 90');
  });

  test('less than the venue sells is not sent while more of the entry may come', () => {
    const entry = order('entry', { state: 'unknown', closed: true, booked: amount(1) });
    const state = { ...holding(exitAsked), position: amount(1), orders: [entry] };
    expect(stepLine(state, { resolveAfter: { 'entry-1': NOW + 10 } })).toMatch(/^wait 10/);
  });

  test('a position too small to sell at today’s price keeps its stop', () => {
    // A short of 2 at 20 is worth 40, below the minimum of 50; its stop at 30 was worth 60.
    const stop = order('stop', { side: 'buy', quantity: amount(2), stopPrice: amount(30) });
    const state = holding({
      ...exitAsked,
      direction: 'short',
      position: -2,
      market: { price: amount(20) },
      protection: { stopPrice: amount(30) },
      orders: [stop],
    });
    expect(stepLine(state)).toBe('wait for events: guarding the position');
  });
});

describe('an exit that does not get through', () => {
  const soon = { retryAfter: { exit: NOW + 5_000 } };

  test('refused by the fence, the stop is restored until it may be tried again', () => {
    const orders = [gone('stop'), idle('exit', { refusal: 'halted', attempts: 0 })];
    expect(stepLine(holding({ ...exitAsked, orders }), soon)).toBe('submit stop/2 sell 10 stop 90');
  });

  test('then the fence is asked again with the stops in place, under the same intent', () => {
    const orders = [idle('exit', { refusal: 'halted', attempts: 0 }), order('stop', { revision: 2 })];
    expect(stepLine(holding({ ...exitAsked, orders }))).toBe('submit exit/1 sell 10 market');
  });

  test('once the fence lacks only room, the stops are lifted and the exit is sent', () => {
    const room = idle('exit', { refusal: 'over_capacity', attempts: 0 });
    expect(stepLine(holding({ ...exitAsked, orders: [room, order('stop')] }))).toBe('cancel stop-1: exit');
    expect(stepLine(holding({ ...exitAsked, orders: [room, gone('stop')] }))).toBe('submit exit/1 sell 10 market');
  });

  test('one that never left is sent again with its next attempt', () => {
    expect(stepLine(holding({ ...exitAsked, orders: [idle('exit')] }))).toBe(
      'submit exit/1 sell 10 market (attempt 2)',
    );
  });

  test('one that no longer fits the position is given up for a new one', () => {
    const orders = [idle('exit', { refusal: 'halted' })];
    expect(stepLine(holding({ ...exitAsked, position: 7, orders }))).toBe('close exit-1: another quantity');
  });

  test('rejected by the venue, the stop is restored and the next revision is sent later', () => {
    const orders = [rejected('exit', 'invalid_order')];
    expect(stepLine(holding({ ...exitAsked, orders }), soon)).toBe('submit stop/1 sell 10 stop 90');
    expect(stepLine(holding({ ...exitAsked, orders }))).toBe('submit exit/2 sell 10 market');
  });

  test('an exit larger than the position is called back', () => {
    expect(stepLine(holding({ ...exitAsked, position: 9, orders: [order('exit')] }))).toBe('cancel exit-1: replaced');
  });
});

describe('stops that did not get through', () => {
  test('a stop that is still right is sent again with its next attempt', () => {
    expect(stepLine(holding({ orders: [idle('stop')] }))).toBe('submit stop/1 sell 10 stop 90 (attempt 2)');
  });

  test('a refused stop keeps its intent and waits for its time', () => {
    const orders = [idle('stop', { refusal: 'quarantined', attempts: 0 })];
    expect(stepLine(holding({ orders }), { retryAfter: { stop: NOW + 1_000 } })).toMatch(/^wait 1000/);
    expect(stepLine(holding({ orders }))).toBe('submit stop/1 sell 10 stop 90');
  });

  test('a stop whose quantity or trigger is out of date is given up', () => {
    expect(stepLine(holding({ position: 7, orders: [idle('stop')] }))).toBe('close stop-1: outdated');
    expect(stepLine(holding({ market: { price: amount(89) }, orders: [idle('stop')] }))).toBe('close stop-1: outdated');
    expect(stepLine(holding({ protection: { stopPrice: amount(80) }, orders: [idle('stop')] }))).toBe(
      'close stop-1: outdated',
    );
  });

  test('a new stop follows under the next revision of its leg', () => {
    expect(stepLine(holding({ orders: [order('stop', { state: 'unsent' })] }))).toBe('submit stop/2 sell 10 stop 90');
  });
});

describe('a halted trade that holds a position', () => {
  test('is guarded, and ends halted when flat', () => {
    expect(stepLine(holding({ halted: true }))).toBe('submit stop/1 sell 10 stop 90');
    expect(stepLine(holding({ halted: true, orders: [order('stop')] }))).toBe('wait for events: guarding the position');
    expect(stepLine(holding({ halted: true, position: 0, orders: [filled('stop')] }))).toBe('end halted halted');
  });

  test('leaves on request, where the fence admits it', () => {
    expect(stepLine(holding({ ...exitAsked, halted: true }))).toBe('submit exit/1 sell 10 market');
  });
});
