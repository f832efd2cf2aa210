import fc from 'fast-check';
import { dec, text } from './decimal';
import type { DecimalString } from './decimal';
import { ExactSum } from './exact-sum';

const amount = fc
  .tuple(fc.bigInt({ min: -(10n ** 14n), max: 10n ** 14n }), fc.integer({ min: 0, max: 4 }))
  .map(([units, places]) => text(dec(units.toString()).div(dec(10).pow(places))));
const small = fc
  .tuple(fc.integer({ min: -1_000_000, max: 1_000_000 }), fc.integer({ min: 0, max: 4 }))
  .map(([units, places]) => text(dec(units).div(10 ** places)));

describe('an exact sum', () => {
  test.each([
    ['of ordinary prices and quantities', small],
    ['of numbers that no float can hold', fc.oneof(amount, small)],
  ])('%s is what decimals add up to', (_, value) => {
    fc.assert(
      fc.property(fc.array(fc.tuple(value, value), { maxLength: 40 }), (pairs) => {
        const [net, gross] = [new ExactSum(), new ExactSum()];
        for (const [a, b] of pairs) {
          net.addProduct(a, b);
          gross.addProduct(a, b, true);
        }
        const products = pairs.map(([a, b]) => dec(a).mul(b));
        expect(net.value().eq(products.reduce((sum, p) => sum.plus(p), dec(0)))).toBe(true);
        expect(gross.value().eq(products.reduce((sum, p) => sum.plus(p.abs()), dec(0)))).toBe(true);
      }),
    );
  });

  test('does not lose the cents of a large sum', () => {
    const sum = new ExactSum();
    for (let n = 0; n < 3; n += 1) sum.addProduct('90071992547409.91' as DecimalString, '1' as DecimalString);
    expect(text(sum.value())).toBe('270215977642229.73');
  });
});
