import { amount, marketAt } from '../../tests/support/trade-facts';
import { millisOf } from '../clock/instant';
import { dec } from '../money/decimal';
import type { Protection } from './facts';
import { trailingLevel } from './native-trailing';
import { leave, look } from './triggers';
import type { PositionLook } from './triggers';

const at = (price: number, changes: Partial<PositionLook> = {}): PositionLook => ({
  position: amount(10),
  price: amount(price),
  now: marketAt(0),
  firstFillAt: marketAt(-60),
  timeExitSeconds: null,
  ...changes,
});
const protection = (changes: Partial<Protection> = {}): Protection => ({ stopPrice: amount(90), ...changes });
const short = { position: amount(-10) };

describe('a stop', () => {
  test('that a venue rests does not fire here', () => {
    expect(look(protection(), at(80))).toEqual(protection());
  });

  test('that is emulated fires at its price and beyond', () => {
    const emulated = protection({ emulated: true });
    expect([90.01, 90, 80].map((price) => look(emulated, at(price)).fired)).toEqual([undefined, 'stop', 'stop']);
    expect([89.99, 90].map((price) => look(emulated, at(price, short)).fired)).toEqual([undefined, 'stop']);
  });

  test('that is emulated takes over from another trigger, whose exit may have been refused', () => {
    const fired = protection({ emulated: true, fired: 'take-profit' });
    expect(look(fired, at(100))).toBe(fired);
    expect(look(fired, at(89))).toEqual({ ...fired, fired: 'stop' });
    expect(look(protection({ fired: 'take-profit' }), at(80)).fired).toBe('take-profit');
  });
});

describe('a take-profit', () => {
  test('fires at its price and beyond, on the winning side', () => {
    const target = protection({ takeProfitPrice: amount(110) });
    expect([109.99, 110, 111].map((price) => look(target, at(price)).fired)).toEqual([
      undefined,
      'take-profit',
      'take-profit',
    ]);
    const down = protection({ stopPrice: amount(110), takeProfitPrice: amount(90) });
    expect([90.01, 90].map((price) => look(down, at(price, short)).fired)).toEqual([undefined, 'take-profit']);
  });
});

describe('a trailing stop', () => {
  test('keeps a distance in price or in basis points on the losing side', () => {
    expect(trailingLevel(dec(1), amount(200), { bps: 50 })).toBe('199');
    expect(trailingLevel(dec(-1), amount(200), { bps: 50 })).toBe('201');
    expect(trailingLevel(dec(1), amount(200), { amount: amount('0.25') })).toBe('199.75');
  });

  test('follows the best price and never goes back', () => {
    const trailing = protection({ trailing: { amount: amount(5) } });
    const risen = look(look(look(trailing, at(100)), at(108)), at(104));
    expect(risen).toEqual({ ...trailing, best: '108' });
    expect(look(risen, at(103))).toEqual({ ...trailing, best: '108', fired: 'trailing-stop' });
  });

  test('of a short position follows the lowest price', () => {
    const trailing = protection({ stopPrice: amount(110), trailing: { amount: amount(5) } });
    const fallen = look(look(trailing, at(100, short)), at(92, short));
    expect(fallen.best).toBe('92');
    expect(look(fallen, at(97, short)).fired).toBe('trailing-stop');
  });

  test('without one no best price is kept', () => {
    expect(look(protection(), at(100))).toEqual(protection());
  });
});

describe('a time exit', () => {
  test('fires so many market seconds after the first fill', () => {
    expect([61, 60, 59].map((seconds) => look(protection(), at(100, { timeExitSeconds: seconds })).fired)).toEqual([
      undefined,
      'time-exit',
      'time-exit',
    ]);
    expect(look(protection(), at(100, { timeExitSeconds: 1, firstFillAt: null })).fired).toBeUndefined();
  });
});

test('of several triggers at once the one that loses most is named', () => {
  const all = protection({ emulated: true, stopPrice: amount(90), trailing: { amount: amount(5) }, best: amount(100) });
  expect(look(all, at(90, { timeExitSeconds: 1 })).fired).toBe('stop');
  expect(look({ ...all, emulated: false }, at(90, { timeExitSeconds: 1 })).fired).toBe('trailing-stop');
});

test('what has fired stays fired', () => {
  const fired = protection({ fired: 'stop', emulated: true });
  expect(look(fired, at(120))).toBe(fired);
});

test('a contract that is to be left fires at its moment, whatever its price, and not over another exit', () => {
  const moment = millisOf(marketAt(0));
  expect(leave(protection(), moment, marketAt(0))).toEqual(protection({ fired: 'time-exit' }));
  expect(leave(protection(), moment + 1, marketAt(0))).toBeUndefined();
  expect(leave(protection({ fired: 'stop' }), moment, marketAt(0))).toBeUndefined();
  expect(leave(protection(), undefined, marketAt(0))).toBeUndefined();
});
