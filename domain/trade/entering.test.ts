import {
  amount,
  facts,
  filled,
  holding,
  marketAt,
  memory,
  NOW,
  order,
  rejected,
  stepLine,
} from '../../tests/support/trade-facts';
import { nextEntryAttempt, reasonToStopEntering } from './entering';
import type { OrderFacts } from './facts';
import { nextStep } from './next-step';
import type { Instant } from '../clock/instant';

const idle = (changes: Partial<OrderFacts> = {}): OrderFacts => order('entry', { state: 'created', ...changes });

describe('sending the entry', () => {
  test('an approved trade without an entry sends it', () => {
    expect(stepLine(facts())).toBe('submit entry/1 buy 10 market');
    expect(stepLine(facts({ direction: 'short' }))).toBe('submit entry/1 sell 10 market');
    expect(stepLine(facts({ spec: { entry: { type: 'limit', price: amount(99) } } }))).toBe(
      'submit entry/1 buy 10 limit 99',
    );
  });

  test('an entry has the end and the hours that the trade asks for, where its instrument has them', () => {
    const { instrument } = facts();
    const spec = { entry: { type: 'limit', price: amount(99) }, timeInForce: 'GTD', extendedHours: true } as const;
    const until = '2030-01-02T15:00:00.000Z' as Instant;
    const asked = facts({ spec: { ...spec, goodTill: until }, instrument: { ...instrument, extendedHours: true } });
    const step = nextStep(asked, memory());
    expect(step).toMatchObject({
      order: { timeInForce: 'GTD', goodTill: until, outsideRegularHours: true },
    });
    const regular = nextStep(facts({ spec: { ...spec, goodTill: until } }), memory());
    expect(regular.kind === 'submit' ? Object.keys(regular.order) : []).not.toContain('outsideRegularHours');
  });

  test('without a size, a direction or a known stop, risk is asked first', () => {
    expect(stepLine(facts({ approvedQuantity: null }))).toBe('check-risk-again');
    expect(stepLine(facts({ direction: null }))).toBe('check-risk-again');
    expect(stepLine(facts({ protection: null }))).toBe('check-risk-again');
  });

  test('there is one entry: what ended is not sent again', () => {
    expect(stepLine(facts({ orders: [order('entry', { state: 'cancelled' })] }))).toMatch(/^end /);
    expect(stepLine(facts({ orders: [order('entry')] }))).toMatch(/^wait /);
  });

  test('an entry that an earlier attempt did not send is checked by risk before the next', () => {
    expect(stepLine(facts({ orders: [idle()] }))).toBe('check-risk-again');
    expect(nextEntryAttempt(facts({ orders: [idle()] }))).toMatchObject({ leg: 'entry', revision: 1, attempt: 2 });
    expect(nextEntryAttempt(facts({ orders: [order('entry')] }))).toBeUndefined();
  });

  test('an entry without any attempt is sent as it is journalled', () => {
    expect(stepLine(facts({ orders: [idle({ attempts: 0 })] }))).toBe('submit entry/1 buy 10 market');
  });

  test('an approval that expired leads back to the risk check, any other refusal ends the entry', () => {
    expect(stepLine(facts({ orders: [idle({ refusal: 'approval_expired' })] }))).toBe('check-risk-again');
    expect(stepLine(facts({ orders: [idle({ refusal: 'leverage' })] }))).toBe('close entry-1: leverage');
  });

  test('a failed entry waits for its time', () => {
    const later = { retryAfter: { entry: NOW + 1_000 } };
    expect(stepLine(facts({ orders: [idle()] }), later)).toBe('wait 1000: waiting for the entry to fill');
    expect(stepLine(facts(), later)).toBe('wait 1000: waiting for the entry to fill');
  });
});

describe('why nothing more of the entry may fill', () => {
  test.each([
    ['nothing speaks against it', facts(), undefined],
    ['a halt', facts({ halted: true }), 'halted'],
    [
      'a person who refused',
      facts({ requests: { reject: { by: 'bob' }, approve: { by: 'ann' } } }),
      'approval_refused',
    ],
    ['a cancel', facts({ requests: { cancel: { by: 'bob' } } }), 'cancelled'],
    ['an exit', facts({ requests: { exit: { by: 'bob' } } }), 'cancelled'],
    ['a stop that filled in part', facts({ orders: [order('stop', { booked: amount(1) })] }), 'exit_filled'],
    ['a trigger', facts({ protection: { fired: 'time-exit' } }), 'time-exit'],
    ['the last bar of a replay', facts({ market: { ended: true } }), 'replay_ended'],
    ['the very moment of its validity', facts({ validUntil: marketAt(0) }), undefined],
    ['the moment after its validity', facts({ validUntil: marketAt(-0.001) }), 'expired'],
    ['the moment before its contract is left', facts({ market: { leaveAt: marketAt(0.001) } }), undefined],
    ['its contract, which is left', facts({ market: { leaveAt: marketAt(0) } }), 'contract_ending'],
    ['its time-out, to come', facts({ entrySentAt: marketAt(-599.999) }), undefined],
    ['its time-out', facts({ entrySentAt: marketAt(-600) }), 'unfilled_timeout'],
  ])('%s', (_, state, reason) => {
    expect(reasonToStopEntering(state)).toBe(reason);
  });
});

describe('taking the entry back', () => {
  const late = { entrySentAt: marketAt(-600) };

  test('the intent is given up before the order is cancelled', () => {
    expect(stepLine(facts({ ...late, orders: [order('entry')] }))).toBe('close entry-1: unfilled_timeout');
    expect(stepLine(facts({ ...late, orders: [order('entry', { closed: true })] }))).toBe(
      'cancel entry-1: unfilled_timeout',
    );
  });

  test('an entry that was never sent is only given up', () => {
    expect(stepLine(facts({ halted: true, orders: [idle({ closed: true })] }))).toBe('close entry-1: halted');
  });

  test('an entry in doubt is given up and then found out about, never cancelled on a guess', () => {
    const unknown = order('entry', { state: 'unknown' });
    const asked = { resolveAfter: { 'entry-1': NOW + 50 } };
    expect(stepLine(facts({ halted: true, orders: [unknown] }), asked)).toBe('close entry-1: halted');
    expect(stepLine(facts({ halted: true, orders: [{ ...unknown, closed: true }] }), asked)).toBe(
      'wait 50: an order in doubt is looked up again',
    );
  });

  test('a cancel without effect is repeated after its time', () => {
    const state = facts({ ...late, orders: [order('entry', { closed: true })] });
    expect(stepLine(state, { retryAfter: { 'cancel:entry-1': NOW + 1_000 } })).toBe(
      'wait 1000: waiting for the entry to fill',
    );
  });

  test('what filled before a cancel is managed on', () => {
    const entry = order('entry', { state: 'cancelled', booked: amount(4) });
    const cancelled = { requests: { cancel: { by: 'bob' } }, position: 4 };
    expect(stepLine(facts({ ...cancelled, orders: [entry] }))).toBe('submit stop/1 sell 4 stop 90');
    const stop = order('stop', { quantity: amount(4) });
    expect(stepLine(facts({ ...cancelled, orders: [entry, stop] }))).toMatch(/^wait .*: guarding the position/);
  });

  test('once a stop has filled in part, the rest of the entry goes', () => {
    const entry = order('entry', { state: 'partial', booked: amount(6) });
    const stop = order('stop', { state: 'partial', quantity: amount(6), booked: amount(2) });
    expect(stepLine(facts({ position: 4, orders: [entry, stop] }))).toBe('close entry-1: exit_filled');
  });

  test('a request to cancel after the fill changes nothing', () => {
    const state = holding({ orders: [order('stop')], requests: { cancel: { by: 'bob' } } });
    expect(stepLine(state)).toBe('wait for events: guarding the position');
  });

  test('a rejected entry ends the trade and is not tried again', () => {
    expect(stepLine(facts({ orders: [rejected('entry', 'insufficient_funds')] }))).toBe(
      'end rejected insufficient_funds',
    );
    expect(stepLine(facts({ orders: [filled('entry')] }))).toBe('end completed -');
  });
});
