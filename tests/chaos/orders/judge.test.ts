import { decimalString as d } from '../../../domain/money/decimal';
import { judge } from './judge';
import type { Played } from './judge';
import type { LedgerOrder } from './messages';

const intent = (changes: Partial<Played> = {}): Played => ({
  ...{ clientOrderId: 'a1', scenario: 'killed', end: 'filled', closed: false, booked: d('1'), milliseconds: 5 },
  flagged: false,
  ...changes,
});
const order = (clientOrderId = 'a1', filled = '1'): LedgerOrder => ({
  ...{ id: '7', clientOrderId, state: 'filled', filled },
});
const CLEAN = { duplicates: 0, missing: 0, parked: 0, differ: 0, wrong: [] };

describe('the judge of order chaos', () => {
  it('finds nothing wrong with one order for one intent', () => {
    expect(judge([intent()], [order()])).toMatchObject({ intents: 1, orders: 1, ...CLEAN });
  });

  it('counts every order beyond the first, however the venue writes the id', () => {
    const verdict = judge([intent()], [order(), order('A-1'), order()]);
    expect(verdict).toMatchObject({ orders: 3, duplicates: 2, differ: 1, unflagged: 1, wrong: ['a1'] });
  });

  it('does not count a second order as unnoticed when a person was told', () => {
    expect(judge([intent({ flagged: true })], [order(), order()])).toMatchObject({ duplicates: 1, unflagged: 0 });
  });

  it('misses an order that the journal has as filled and the venue does not know', () => {
    expect(judge([intent()], [order('another')])).toMatchObject({ missing: 1, differ: 1, wrong: ['a1'] });
  });

  it('misses an intent that ended unsent although nobody gave it up', () => {
    expect(judge([intent({ end: 'unsent', booked: d('0') })], [])).toMatchObject({ missing: 1 });
  });

  it('accepts that an intent which was given up has no order, and not that it has one nobody booked', () => {
    const given = intent({ end: 'unsent', closed: true, booked: d('0') });
    expect(judge([given], [])).toMatchObject(CLEAN);
    expect(judge([given], [order()])).toMatchObject({ differ: 1 });
  });

  it('neither misses nor compares an intent whose end is not known', () => {
    expect(judge([intent({ end: 'parked', booked: d('0') })], [])).toMatchObject({ ...CLEAN, parked: 1 });
  });
});
