import { amount, facts, filled, holding, NOW, order, rejected, stepLine } from '../../tests/support/trade-facts';
import type { OrderFacts } from './facts';

const ended = (leg: string, changes: Partial<OrderFacts> = {}): OrderFacts =>
  order(leg, { state: 'cancelled', venueState: 'cancelled', ...changes });

describe('how a flat trade ends', () => {
  test.each([
    ['its stop filled', holding({ position: 0, orders: [filled('stop')] }), 'end completed stop'],
    [
      'a take-profit',
      holding({ position: 0, protection: { fired: 'take-profit' }, orders: [ended('stop'), filled('exit')] }),
      'end completed take-profit',
    ],
    [
      'a person asked for the exit',
      holding({ position: 0, requests: { exit: { by: 'ann' } }, orders: [filled('exit')] }),
      'end completed operator_exit',
    ],
    [
      'the replay ended',
      holding({ position: 0, market: { ended: true }, orders: [filled('exit')] }),
      'end completed replay_ended',
    ],
    ['closed from outside', holding({ position: 0, orders: [filled('exit')] }), 'end completed -'],
    ['halted before its entry', facts({ halted: true }), 'end halted halted'],
    [
      'halted by the fence',
      facts({ orders: [order('entry', { state: 'unsent', refusal: 'halted' })] }),
      'end halted halted',
    ],
    [
      'refused by the fence',
      facts({ orders: [order('entry', { state: 'unsent', refusal: 'leverage' })] }),
      'end rejected leverage',
    ],
    ['refused by the venue', facts({ orders: [rejected('entry', 'account_refused')] }), 'end rejected account_refused'],
    ['refused by a person', facts({ requests: { reject: { by: 'bob' } } }), 'end rejected approval_refused'],
    ['cancelled', facts({ requests: { cancel: { by: 'bob' } }, orders: [ended('entry')] }), 'end cancelled cancelled'],
    [
      'timed out',
      facts({
        entrySentAt: facts().validUntil,
        validUntil: facts().market.now,
        spec: { unfilledTimeoutSeconds: -3_600 },
        orders: [ended('entry')],
      }),
      'end expired unfilled_timeout',
    ],
    ['taken off by the venue', facts({ orders: [order('entry', { state: 'expired' })] }), 'end expired expired'],
  ])('%s', (_, state, line) => {
    expect(stepLine(state)).toBe(line);
  });
});

describe('before a flat trade ends', () => {
  const flat = { position: 0 };

  test('what was never sent is given up and what rests is cancelled', () => {
    expect(stepLine(holding({ ...flat, orders: [order('stop-2', { state: 'created' })] }))).toBe(
      'close stop-2-1: trade ends',
    );
    expect(stepLine(holding({ ...flat, orders: [order('stop')] }))).toBe('cancel stop-1: trade ends');
  });

  test('a cancel is given its time', () => {
    const state = holding({ ...flat, orders: [order('stop')] });
    expect(stepLine(state, { retryAfter: { 'cancel:stop-1': NOW + 700 } })).toMatch(/^wait 700/);
  });

  test('a trade with an order in doubt does not end', () => {
    const state = holding({ ...flat, orders: [order('stop', { state: 'unknown' })] });
    expect(stepLine(state, { resolveAfter: { 'stop-1': NOW + 9 } })).toMatch(/^wait 9/);
  });

  test('a working entry is waited for', () => {
    expect(stepLine(facts({ orders: [order('entry')] }))).toMatch(/^wait/);
  });
});

describe('dust', () => {
  test('less than a lot is dust, with its own digits', () => {
    expect(stepLine(holding({ position: '0.123456789012345678', orders: [filled('stop')] }))).toBe(
      'end completed stop dust 0.123456789012345678',
    );
    expect(stepLine(holding({ position: '-0.5', orders: [filled('stop')] }))).toBe('end completed stop dust -0.5');
  });

  test('so is less than the minimum quantity or, at the last price, the minimum notional', () => {
    expect(stepLine(holding({ position: '1.9', orders: [filled('stop')] }))).toBe('end completed stop dust 1.9');
    const cheap = { market: { price: amount(20) }, protection: { stopPrice: amount(10) } };
    expect(stepLine(holding({ ...cheap, position: 2, orders: [filled('stop')] }))).toBe('end completed stop dust 2');
    expect(stepLine(holding({ ...cheap, position: 3, orders: [filled('stop')] }))).toMatch(/^(submit|emulate)/);
  });

  test('without a price only the quantity decides', () => {
    expect(stepLine(holding({ position: 2, market: { price: null }, orders: [filled('stop')] }))).toBe(
      'submit stop/2 sell 2 stop 90',
    );
  });

  test('what a resting stop protects is no dust, however little it is worth today', () => {
    const stop = order('stop', { side: 'buy', quantity: amount(2), stopPrice: amount(30) });
    const state = holding({
      position: -2,
      market: { price: amount(20) },
      protection: { stopPrice: amount(30) },
      orders: [stop],
    });
    expect(stepLine(state)).toBe('wait for events: guarding the position');
  });

  test('more of the entry may still come on top of a small fill', () => {
    const entry = order('entry', { state: 'partial', booked: amount(1) });
    expect(stepLine(facts({ position: 1, orders: [entry] }))).toMatch(/^wait/);
  });

  test('a halted trade ends halted with its dust', () => {
    expect(stepLine(holding({ halted: true, position: '0.5', orders: [filled('stop')] }))).toBe(
      'end halted halted dust 0.5',
    );
  });
});
