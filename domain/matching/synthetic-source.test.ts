import fc from 'fast-check';
import { isPastLastBar } from './print';
import { SYNTHETIC_RANGE, syntheticSource } from './synthetic-source';

const START = 1_700_000_000_000;
const moments = fc.integer({ min: 0, max: 4_000_000_000_000 });

describe('the synthetic tape', () => {
  test('the price is a pure function of seed and time: two tapes agree everywhere', () => {
    fc.assert(
      fc.property(fc.string(), moments, (seed, at) => {
        const print = syntheticSource({ seed }).lastPrint(at);
        const other = syntheticSource({ seed });
        expect([...other.printsBetween(at - 5_000, at - 1_000)]).toHaveLength(40);
        expect(JSON.stringify(other.lastPrint(at))).toBe(JSON.stringify(print));
      }),
    );
  });

  test('the price stays within 99.75 and 100.25, on the tick of 0.01', () => {
    expect([SYNTHETIC_RANGE.low.toFixed(2), SYNTHETIC_RANGE.high.toFixed(2)]).toEqual(['99.75', '100.25']);
    fc.assert(
      fc.property(fc.string(), moments, (seed, at) => {
        const price = syntheticSource({ seed }).lastPrint(at)?.price;
        expect(price?.gte(SYNTHETIC_RANGE.low) && price.lte(SYNTHETIC_RANGE.high)).toBe(true);
        expect(price?.mul(100).isInteger()).toBe(true);
      }),
    );
  });

  test('it prints on every whole interval, and the last print is the newest at or before the moment', () => {
    const source = syntheticSource({ seed: 'a', printInterval: 250 });
    const prints = [...source.printsBetween(START, START + 1_000)];
    expect(prints.map((print) => print.at - START)).toEqual([250, 500, 750, 1_000]);
    expect(source.lastPrint(START + 999)).toEqual(prints[2]);
    expect(source.maxPrintGap).toBe(250);
  });

  test('it moves: a minute shows both sides of the centre', () => {
    const prices = [...syntheticSource({ seed: 'a' }).printsBetween(START, START + 60_000)].map((print) =>
      print.price.toNumber(),
    );
    expect(prices).toHaveLength(600);
    expect(Math.max(...prices)).toBeGreaterThan(100.15);
    expect(Math.min(...prices)).toBeLessThan(99.85);
  });

  test('another seed gives another tape', () => {
    const tape = (seed: string): string =>
      [...syntheticSource({ seed }).printsBetween(START, START + 5_000)].map(({ price }) => price.toFixed()).join();
    expect(tape('a')).not.toBe(tape('b'));
  });

  test('it never closes and never ends', () => {
    const source = syntheticSource({ seed: 'a' });
    expect([source.isOpen(0), source.end, isPastLastBar(source, 4e12)]).toEqual([true, undefined, false]);
  });
});
