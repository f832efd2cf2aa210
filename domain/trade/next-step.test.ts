import { facts, filled, holding, lineOf, memory, NOW, order, stepLine } from '../../tests/support/trade-facts';
import { nextStep } from './next-step';

describe('the order of safety', () => {
  test('an order in doubt is looked up before anything else', () => {
    const state = holding({ orders: [order('stop', { state: 'unknown' })], requests: { exit: { by: 'ann' } } });
    expect(stepLine(state)).toBe('resolve stop-1');
  });

  test('an attempt whose sender died is in doubt too', () => {
    expect(stepLine(facts({ orders: [order('entry', { state: 'sending' })] }))).toBe('resolve entry-1');
  });

  test('while a look-up has to wait, the other rules go on', () => {
    const state = holding({ orders: [order('stop', { state: 'unknown', quantity: filled('x', 4).quantity })] });
    expect(stepLine(state, { resolveAfter: { 'stop-1': NOW + 100 } })).toBe('submit stop-2/1 sell 6 stop 90');
  });

  test('too much exposure comes before too little protection', () => {
    const entry = order('entry', { state: 'partial', booked: filled('x', 4).booked });
    const state = facts({ position: 4, orders: [entry], halted: true });
    expect(stepLine(state)).toBe('close entry-1: halted');
    const closed = facts({ position: 4, orders: [{ ...entry, closed: true }], halted: true });
    expect(stepLine(closed)).toBe('cancel entry-1: halted');
  });

  test('a cancel that has not had its time does not hold the stop back', () => {
    const entry = order('entry', { state: 'partial', booked: filled('x', 4).booked, closed: true });
    const state = facts({ position: 4, orders: [entry], halted: true });
    expect(stepLine(state, { retryAfter: { 'cancel:entry-1': NOW + 1 } })).toBe('submit stop/1 sell 4 stop 90');
  });

  test('the same facts give the same step, whoever asks', () => {
    const state = holding({ orders: [order('stop')] });
    const copy: typeof state = JSON.parse(JSON.stringify(state)) as typeof state;
    expect(lineOf(nextStep(copy, memory()))).toBe(lineOf(nextStep(state, memory())));
  });
});
