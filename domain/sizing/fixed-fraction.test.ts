import fc from 'fast-check';
import { dec, decimalString as d, text } from '../money/decimal';
import { fixedFraction } from './fixed-fraction';
import type { FixedFractionInput } from './fixed-fraction';

const BASE: FixedFractionInput = {
  equity: d('100000'),
  riskFraction: d('0.01'),
  entryPrice: d('100'),
  stopPrice: d('95'),
  gapAllowance: d('0'),
  referencePrice: d('100'),
  lot: d('1'),
  caps: [],
};

describe('fixed fractional sizing', () => {
  test('one per cent of 100,000 over a stop five away is 200 units', () => {
    // 100000 * 0.01 / (100 - 95) = 200
    expect(fixedFraction(BASE)).toEqual({
      quantity: '200',
      binding: 'risk',
      riskPerUnit: '5',
      bounds: [{ bound: 'risk', quantity: '200' }],
    });
  });

  test('a short sale with its stop above is sized by the same distance', () => {
    expect(fixedFraction({ ...BASE, stopPrice: d('105') }).quantity).toBe('200');
  });

  test('the quantity is floored to the lot', () => {
    // 1000 / 3 = 333.33…
    expect(fixedFraction({ ...BASE, stopPrice: d('97'), lot: d('0.01') }).quantity).toBe('333.33');
    expect(fixedFraction({ ...BASE, stopPrice: d('97'), lot: d('10') }).quantity).toBe('330');
  });

  test('a stop that equals the entry gives zero, not a division by zero', () => {
    expect(fixedFraction({ ...BASE, stopPrice: d('100'), gapAllowance: d('0.1') })).toMatchObject({
      quantity: '0',
      binding: 'risk',
    });
  });

  test('an account that is worth nothing, or less, gives zero', () => {
    expect(fixedFraction({ ...BASE, equity: d('0') }).quantity).toBe('0');
    expect(fixedFraction({ ...BASE, equity: d('-5') }).quantity).toBe('0');
  });

  test('an allowance for gaps beyond the stop makes the position smaller', () => {
    // 1000 / (5 + 0.05 * 95) = 1000 / 9.75 = 102.56…
    expect(fixedFraction({ ...BASE, gapAllowance: d('0.05') })).toMatchObject({ quantity: '102', riskPerUnit: '9.75' });
  });

  test('the tightest bound is named', () => {
    const caps = [
      { bound: 'concentration', notional: d('15000') },
      { bound: 'leverage', notional: d('12000') },
    ] as const;
    expect(fixedFraction({ ...BASE, caps })).toMatchObject({ quantity: '120', binding: 'leverage' });
    expect(fixedFraction({ ...BASE, caps, maxQuantity: d('119.5') })).toMatchObject({
      quantity: '119',
      binding: 'requested_quantity',
    });
  });

  test('of equal bounds the first one is named', () => {
    expect(fixedFraction({ ...BASE, caps: [{ bound: 'leverage', notional: d('20000') }] })).toMatchObject({
      quantity: '200',
      binding: 'risk',
    });
  });

  test('room that is used up counts as none', () => {
    expect(fixedFraction({ ...BASE, caps: [{ bound: 'concentration', notional: d('-1') }] })).toMatchObject({
      quantity: '0',
      binding: 'concentration',
    });
  });
});

const amount = (max: number): fc.Arbitrary<ReturnType<typeof d>> =>
  fc.integer({ min: 1, max: max * 100 }).map((value) => text(dec(value).div(100)));
const input: fc.Arbitrary<FixedFractionInput> = fc
  .tuple(
    amount(1_000_000),
    amount(1),
    amount(1000),
    amount(1000),
    amount(1),
    amount(1000),
    fc.constantFrom('0.01', '0.3', '1'),
    amount(500_000),
    amount(500_000),
    amount(1000),
  )
  .map(
    ([
      equity,
      riskFraction,
      entryPrice,
      stopPrice,
      gapAllowance,
      referencePrice,
      lot,
      concentration,
      leverage,
      maxQuantity,
    ]) => ({
      equity,
      riskFraction,
      entryPrice,
      stopPrice,
      gapAllowance,
      referencePrice,
      lot: d(lot),
      caps: [
        { bound: 'concentration', notional: concentration },
        { bound: 'leverage', notional: leverage },
      ],
      maxQuantity,
    }),
  );

describe('whatever the input', () => {
  test('no bound is exceeded, the lot is kept, and one more lot would exceed the binding bound', () => {
    fc.assert(
      fc.property(input, (given) => {
        const size = fixedFraction(given);
        const quantity = dec(size.quantity);
        expect(quantity.mod(given.lot).isZero()).toBe(true);
        expect(quantity.mul(size.riskPerUnit).lte(dec(given.equity).mul(given.riskFraction))).toBe(true);
        for (const { notional } of given.caps) expect(quantity.mul(given.referencePrice).lte(notional)).toBe(true);
        expect(quantity.lte(given.maxQuantity ?? Infinity)).toBe(true);
        const binding = size.bounds.find(({ bound }) => bound === size.binding);
        expect(quantity.plus(given.lot).gt(binding?.quantity ?? Infinity)).toBe(true);
      }),
    );
  });

  test('more equity, more room under the caps or less allowance for gaps never gives less', () => {
    fc.assert(
      fc.property(input, amount(1000), (given, more) => {
        const base = dec(fixedFraction(given).quantity);
        const grown = (changes: Partial<FixedFractionInput>): boolean =>
          base.lte(fixedFraction({ ...given, ...changes }).quantity);
        expect(grown({ equity: text(dec(given.equity).plus(more)) })).toBe(true);
        expect(
          grown({ caps: given.caps.map((cap) => ({ ...cap, notional: text(dec(cap.notional).plus(more)) })) }),
        ).toBe(true);
        expect(grown({ gapAllowance: d('0') })).toBe(true);
      }),
    );
  });
});
