import { amount, facts, filled, holding, marketAt, order, rejected } from '../../tests/support/trade-facts';
import type { FactsChanges } from '../../tests/support/trade-facts';
import { dec } from '../money/decimal';
import type { OrderFacts } from './facts';
import { isBeyondStop, MAX_REFUSED_STOPS, missingProtection } from './protection';

/** What a position of 10, or as given, lacks: one line. */
function missing(changes: FactsChanges = {}): string {
  const state = holding(changes);
  const found = missingProtection(state, dec(state.position));
  switch (found.kind) {
    case 'add':
      return `add ${found.leg} ${found.quantity} ${found.terms.type}`;
    case 'replace':
      return `replace ${found.order.leg}/${found.order.revision}`;
    case 'emulate':
      return `emulate ${found.why}`;
    case 'none':
    case 'native':
      return found.kind;
  }
}

const piece = (leg: string, quantity: number | string, changes: Partial<OrderFacts> = {}): OrderFacts =>
  order(leg, { quantity: amount(quantity), ...changes });

describe('covering a position', () => {
  test('a first fill gets a stop over all of it', () => {
    expect(missing()).toBe('add stop 10 stop');
    expect(missing({ position: 4 })).toBe('add stop 4 stop');
    expect(missing({ position: -4, market: { price: amount(80) } })).toBe('add stop 4 stop');
  });

  test('a covered position lacks nothing', () => {
    expect(missing({ orders: [piece('stop', 10)] })).toBe('none');
    expect(missing({ orders: [piece('stop', 6), piece('stop-2', 4)] })).toBe('none');
  });

  test('later fills get further pieces; a fourth makes the last piece be replaced', () => {
    expect(missing({ orders: [piece('stop', 6)] })).toBe('add stop-2 4 stop');
    expect(missing({ orders: [piece('stop', 4), piece('stop-2', 4)] })).toBe('add stop-3 2 stop');
    const three = [piece('stop', 3), piece('stop-2', 3), piece('stop-3', 2)];
    expect(missing({ orders: three })).toBe('replace stop-3/1');
    const twoLeft = [piece('stop', 3), piece('stop-2', 3), piece('stop-3', 2, { state: 'cancelled' })];
    expect(missing({ orders: twoLeft })).toBe('add stop-3 4 stop');
  });

  test('a piece whose leg is free again takes its name', () => {
    expect(missing({ orders: [piece('stop', 4, { state: 'cancelled' }), piece('stop-2', 6)] })).toBe('add stop 4 stop');
  });

  test('a stop that filled in part covers its rest', () => {
    expect(missing({ position: 7, orders: [piece('stop', 10, { state: 'partial', booked: amount(3) })] })).toBe('none');
  });

  test('a stop that ended at the venue covers only the fills that are still to be booked', () => {
    const ended = piece('stop', 10, { state: 'open', venueState: 'cancelled', venueFilled: amount(3) });
    expect(missing({ orders: [ended] })).toBe('add stop-2 7 stop');
  });

  test('a stop in doubt counts as working', () => {
    expect(missing({ orders: [piece('stop', 10, { state: 'unknown' })] })).toBe('none');
    expect(missing({ orders: [piece('stop', 10, { state: 'sending' })] })).toBe('none');
  });

  test('a running exit counts like a stop', () => {
    expect(missing({ orders: [order('exit')] })).toBe('none');
    expect(missing({ orders: [piece('exit', 7)] })).toBe('add stop 3 stop');
  });

  test('less than a lot needs no stop', () => {
    expect(missing({ position: '10.9', orders: [piece('stop', 10)] })).toBe('none');
  });

  test('without a known stop there is nothing to send', () => {
    expect(missing({ protection: null })).toBe('none');
  });
});

describe('a fill below the venue’s minimum', () => {
  test('is merged into the last piece', () => {
    expect(missing({ orders: [piece('stop', 9)] })).toBe('replace stop/1');
    expect(missing({ orders: [piece('stop', 5), piece('stop-2', 4)] })).toBe('replace stop-2/1');
  });

  test('waits while the last piece is in doubt', () => {
    expect(missing({ orders: [piece('stop', 9, { state: 'unknown' })] })).toBe('none');
  });

  test('costs no native stop when a further one would be refused', () => {
    const orders = [piece('stop', 9), rejected('stop-2', 'not_supported', { quantity: amount(1) })];
    expect(missing({ orders, protection: { emulated: true } })).toBe('none');
  });

  test('waits alone for more', () => {
    expect(missing({ position: 1 })).toBe('none');
  });

  test('is emulated when it could be sold at today’s price, though not rested at the stop’s', () => {
    // 2 × 20 = 40 is below the minimum notional of 50, 2 × 30 is not.
    const low = { position: 2, protection: { stopPrice: amount(20) }, market: { price: amount(30) } };
    expect(missing(low)).toBe('emulate below_minimum');
    expect(missing({ ...low, protection: { stopPrice: amount(20), emulated: true } })).toBe('none');
    expect(missing({ ...low, market: { price: amount(24) } })).toBe('none');
  });
});

describe('too much protection', () => {
  test('after a late fee the last stop is replaced', () => {
    expect(missing({ position: '9.99', orders: [piece('stop', 10)] })).toBe('replace stop/1');
    expect(missing({ position: '9.99', orders: [piece('stop', 6), piece('stop-2', 4)] })).toBe('replace stop-2/1');
    expect(missing({ position: '9.99', orders: [piece('stop', 10, { state: 'cancelled' })] })).toBe('add stop 9 stop');
  });

  test('a stop in doubt is passed over for one that can be cancelled', () => {
    const orders = [piece('stop', 6), piece('stop-2', 4, { state: 'unknown' })];
    expect(missing({ position: 9, orders })).toBe('replace stop/1');
    expect(missing({ position: 9, orders: [piece('stop', 10, { state: 'unknown' })] })).toBe('none');
  });

  test('an order that would enlarge the position is taken back', () => {
    expect(missing({ position: -2, orders: [piece('stop', 3)] })).toBe('replace stop/1');
  });
});

describe('a stop whose trigger is reached', () => {
  test('leaves at market', () => {
    expect(missing({ market: { price: amount(90) } })).toBe('add stop 10 market');
    expect(missing({ position: -10, market: { price: amount(91) } })).toBe('add stop 10 market');
  });

  test('is judged by prices of an open market only', () => {
    expect(missing({ market: { price: amount(80), open: false } })).toBe('add stop 10 stop');
    expect(missing({ market: { price: null } })).toBe('add stop 10 stop');
  });

  test('leaves at market when the venue said so', () => {
    expect(missing({ orders: [rejected('stop', 'would_trigger_immediately')] })).toBe('add stop 10 market');
  });

  test('stays so until the venue has answered the order at market', () => {
    const said = rejected('stop', 'would_trigger_immediately');
    const unsent = order('stop', { revision: 2, type: 'market', state: 'unsent' });
    expect(missing({ orders: [said, unsent] })).toBe('add stop 10 market');
    const answered = order('stop', { revision: 2, type: 'market', state: 'cancelled', booked: amount(4) });
    expect(missing({ position: 6, orders: [said, answered] })).toBe('add stop 6 stop');
  });

  test('leaves at market when the watcher fired, for every later fill too', () => {
    const fired = { emulated: true, fired: 'stop' as const };
    expect(missing({ protection: fired })).toBe('add stop 10 market');
    expect(missing({ protection: fired, orders: [filled('stop', 10, { type: 'market' })], position: 3 })).toBe(
      'add stop 3 market',
    );
  });

  test('replaces a resting piece when all three are taken, but never one that leaves', () => {
    const beyond = { market: { price: amount(80) } };
    const resting = ['stop', 'stop-2', 'stop-3'].map((leg) => piece(leg, 3));
    expect(missing({ ...beyond, orders: resting })).toBe('replace stop-3/1');
    expect(missing({ ...beyond, orders: resting.map((o) => ({ ...o, type: 'market' as const })) })).toBe('none');
  });
});

describe('a stop that the venue refuses', () => {
  const refusals = (code: string, count: number): OrderFacts[] =>
    Array.from({ length: count }, (_, n) => rejected('stop', code, { revision: n + 1 }));

  test.each(['not_supported', 'invalid_order', 'account_refused', 'insufficient_funds', 'request_expired'])(
    '%s is emulated at once',
    (code) => {
      expect(missing({ orders: refusals(code, 1) })).toBe(`emulate ${code}`);
    },
  );

  test('stays emulated when the refusal is about the order', () => {
    expect(missing({ orders: refusals('not_supported', 1), protection: { emulated: true } })).toBe('none');
  });

  test('leaves at market once its trigger is reached', () => {
    const reached = { protection: { emulated: true }, market: { price: amount(89) } };
    expect(missing({ ...reached, orders: refusals('not_supported', 1) })).toBe('add stop 10 market');
  });

  test('is tried again when the refusal is about a state that passes', () => {
    const emulated = { protection: { emulated: true } };
    expect(missing({ ...emulated, orders: refusals('insufficient_funds', 1) })).toBe('add stop 10 stop');
    expect(missing({ ...emulated, orders: refusals('insufficient_funds', MAX_REFUSED_STOPS - 1) })).toBe(
      'add stop 10 stop',
    );
    expect(missing({ ...emulated, orders: refusals('insufficient_funds', MAX_REFUSED_STOPS) })).toBe('none');
  });

  test('is sent at the next open when the venue was closed, even one that has to leave', () => {
    const closed = { open: false, nextOpen: marketAt(60) };
    const orders = refusals('instrument_closed', 1);
    expect(missing({ orders, market: closed })).toBe('emulate instrument_closed');
    expect(missing({ orders, market: closed, protection: { emulated: true } })).toBe('none');
    expect(missing({ orders, market: closed, protection: { emulated: true, fired: 'stop' } })).toBe('none');
    expect(missing({ orders, protection: { emulated: true } })).toBe('add stop 10 stop');
    expect(missing({ orders, protection: { emulated: true, fired: 'stop' } })).toBe('add stop 10 market');
  });

  test('an old refusal says nothing once a later stop was taken', () => {
    const orders = [rejected('stop', 'invalid_order'), piece('stop', 10, { revision: 2, state: 'cancelled' })];
    expect(missing({ orders })).toBe('add stop 10 stop');
  });

  test('the watcher is relieved when the venue rests a stop for all of it', () => {
    const emulated = { protection: { emulated: true } };
    expect(missing({ ...emulated, orders: [piece('stop', 10)] })).toBe('native');
    expect(missing({ ...emulated, orders: [piece('stop', 10, { state: 'unknown' })] })).toBe('none');
    expect(missing({ ...emulated, orders: [piece('exit', 10)] })).toBe('none');
    expect(missing({ protection: { emulated: true, fired: 'stop' }, orders: [piece('stop', 10)] })).toBe('none');
  });

  test('emulation for want of size ends when the position has grown', () => {
    expect(missing({ protection: { emulated: true } })).toBe('add stop 10 stop');
  });
});

test('a price at the stop is beyond it, on the losing side of either direction', () => {
  expect([89.99, 90, 90.01].map((price) => isBeyondStop(dec(1), amount(90), amount(price)))).toEqual([
    true,
    true,
    false,
  ]);
  expect([89.99, 90, 90.01].map((price) => isBeyondStop(dec(-1), amount(90), amount(price)))).toEqual([
    false,
    true,
    true,
  ]);
});

test('an entry order is no protection', () => {
  const state = facts({ position: 4, orders: [order('entry', { state: 'partial', booked: amount(4) })] });
  expect(missingProtection(state, dec(4))).toMatchObject({ kind: 'add', quantity: '4' });
});
