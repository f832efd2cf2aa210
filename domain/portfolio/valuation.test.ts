import fc from 'fast-check';
import { dec, decimalString as d, text } from '../money/decimal';
import type { Decimal } from '../money/decimal';
import { valuate } from './valuation';
import type { ValuedPosition } from './valuation';

const position = (changes: Partial<ValuedPosition>): ValuedPosition => ({
  instrument: 'US500',
  quantity: d('0'),
  movedToday: d('0'),
  mark: d('100'),
  markAtStart: d('100'),
  ...changes,
});

describe('an account’s worth', () => {
  test('cash alone is all equity', () => {
    expect(valuate(d('1000'), d('0'), [])).toEqual({
      equity: '1000',
      gross: '0',
      realisedToday: '0',
      unrealisedToday: '0',
    });
  });

  test('a short position takes from the equity and adds to the gross', () => {
    const positions = [
      position({ quantity: d('3'), mark: d('100') }),
      position({ instrument: 'SIM', quantity: d('-2'), mark: d('50') }),
    ];
    // 1000 + 3 × 100 − 2 × 50; 300 + 100
    expect(valuate(d('1000'), d('0'), positions)).toMatchObject({ equity: '1200', gross: '400' });
  });

  test('a future counts its multiplier in every figure; a multiplier of 1 changes none', () => {
    const future = { multiplier: d('50'), lastTradingDay: '2026-12-18' };
    const held = { quantity: d('3'), movedToday: d('1'), mark: d('5010'), markAtStart: d('5000') };
    // Two carried in at 5000, one bought at 5005 for a fee of 2: booked cash is 100000 − 2 × 250000 − 250250 − 2.
    expect(valuate(d('-650252'), d('-250252'), [position({ ...held, future })])).toEqual({
      equity: '101248',
      gross: '751500',
      realisedToday: '248',
      unrealisedToday: '1000',
    });
    const one = { multiplier: d('1'), lastTradingDay: '2026-12-18' };
    expect(valuate(d('7'), d('5'), [position({ ...held, future: one })])).toEqual(
      valuate(d('7'), d('5'), [position(held)]),
    );
  });

  test('what was carried into the day and only moved in price is unrealised', () => {
    const carried = position({ quantity: d('10'), mark: d('90'), markAtStart: d('100') });
    expect(valuate(d('0'), d('0'), [carried])).toMatchObject({ realisedToday: '0', unrealisedToday: '-100' });
  });

  test('what was bought and sold today is realised, fees included', () => {
    // Bought 10 at 100, sold at 97, a fee of 1 each time: −30 − 2.
    expect(valuate(d('968'), d('-32'), [position({ mark: d('97') })])).toMatchObject({
      realisedToday: '-32',
      unrealisedToday: '0',
    });
  });

  test('what was bought today and is held counts at its mark', () => {
    // 10 bought at 100 with a fee of 1 are worth 950 now: −51.
    const bought = position({ quantity: d('10'), movedToday: d('10'), mark: d('95') });
    expect(valuate(d('0'), d('-1001'), [bought])).toMatchObject({ realisedToday: '-51', unrealisedToday: '0' });
  });

  test('what was carried in and sold today splits at the mark, and its sum is what the day made', () => {
    // Carried 10 from 100, sold at 110 with the mark at 108: 20 above the mark, 80 up to it.
    const sold = position({ movedToday: d('-10'), mark: d('108'), markAtStart: d('100') });
    expect(valuate(d('1100'), d('1100'), [sold])).toMatchObject({ realisedToday: '20', unrealisedToday: '80' });
  });

  test('the two parts of a day’s profit sum to the change of equity', () => {
    const units = fc.integer({ min: -1_000, max: 1_000 });
    const price = fc.integer({ min: 1, max: 100_000 });
    const positions = fc.array(fc.tuple(units, units, price, price), { maxLength: 5 });
    fc.assert(
      fc.property(fc.integer(), units, positions, (cash, cashToday, rows) => {
        const held = rows.map(([quantity, moved, mark, start]) =>
          position({
            quantity: d(String(quantity)),
            movedToday: d(String(moved)),
            mark: text(dec(mark).div(100)),
            markAtStart: text(dec(start).div(100)),
          }),
        );
        const value = valuate(d(String(cash)), d(String(cashToday)), held);
        const before = held.reduce<Decimal>(
          (sum, p) => sum.plus(dec(p.quantity).minus(p.movedToday).mul(p.markAtStart)),
          dec(cash).minus(cashToday),
        );
        expect(dec(value.realisedToday).plus(value.unrealisedToday).plus(before).eq(value.equity)).toBe(true);
      }),
    );
  });
});
