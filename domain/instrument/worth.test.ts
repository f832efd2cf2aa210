import fc from 'fast-check';
import { dec, decimalString, text } from '../money/decimal';
import { worthOf } from './worth';

const d = decimalString;
const ES = { future: { multiplier: d('50'), lastTradingDay: '2026-12-18' } };

test('a share is worth its price, two contracts of fifty dollars a point a hundred times the price', () => {
  expect(text(worthOf({}, d('2'), d('190.25')))).toBe('380.5');
  expect(text(worthOf(ES, d('2'), d('5000.25')))).toBe('500025');
});

test('the worth is linear in quantity and price, to the last digit, and keeps the sign', () => {
  const amount = fc.bigInt(-(10n ** 12n), 10n ** 12n).map((digits) => text(dec(digits.toString()).div(1_000)));
  fc.assert(
    fc.property(amount, amount, amount, (a, b, price) => {
      const together = worthOf(ES, text(dec(a).add(b)), price);
      expect(text(worthOf(ES, a, price).add(worthOf(ES, b, price)))).toBe(text(together));
      expect(text(worthOf(ES, text(dec(a).neg()), price))).toBe(text(worthOf(ES, a, price).neg()));
    }),
  );
});
