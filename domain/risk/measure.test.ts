import { dec, decimalString as d } from '../money/decimal';
import type { Bar } from '../signal/signal';
import { portfolioVar } from './entry-risk';
import { profitHistory } from './history';
import { measureRisk } from './measure';
import type { MeasureInput } from './measure';

/** Bars whose daily returns are given, from a close of 100 on. */
function bars(returns: readonly number[]): readonly Bar[] {
  let close = 100;
  return [0, ...returns].map((change, day) => {
    close *= 1 + change;
    const date = new Date(Date.UTC(2026, 0, 1 + day)).toISOString().slice(0, 10);
    return { date, open: close, high: close, low: close, close, volume: 1 };
  });
}

// 100 days: −5 % … +4.9 % in steps of a tenth, in a mixed order.
const STEPS = Array.from({ length: 100 }, (_, n) => (((n * 37) % 100) - 50) / 1_000);
const input = (changes: Partial<MeasureInput> = {}): MeasureInput => ({
  positions: [{ instrument: 'EXA', quantity: d('10'), mark: d('100') }],
  guarded: [{ instrument: 'EXA', quantity: d('10'), mark: d('100'), stopPrice: d('95') }],
  barsOf: new Map([['EXA', bars(STEPS)]]),
  assumedVolatility: d('0.05'),
  ...changes,
});
const tail = (changes: Partial<MeasureInput>, method: string, level: string) =>
  measureRisk(input(changes)).tails.find((one) => one.method === method && one.level === level);

describe('the risk of positions', () => {
  test('is measured by four methods at two levels', () => {
    const { tails, days } = measureRisk(input());
    expect([days, tails.length]).toEqual([100, 8]);
    // Profits of 1000 times −0.050 … 0.049: the 5 % quantile lies at place 4.95, which is −45.05; the mean of the five below
    // is −48. At 1 %: place 0.99, −49.01; the lowest alone is −50.
    expect(tail({}, 'historical', '0.95')).toMatchObject({ valueAtRisk: '45.05', expectedShortfall: '48' });
    expect(tail({}, 'historical', '0.99')).toMatchObject({ valueAtRisk: '49.01', expectedShortfall: '50' });
    // Mean −0.5, deviation 29.0115: 1.64485 × 29.0115 + 0.5.
    expect(tail({}, 'parametric', '0.95')).toMatchObject({ valueAtRisk: '48.22' });
    for (const method of ['cornish-fisher', 'monte-carlo']) {
      expect(Number(tail({}, method, '0.95')?.valueAtRisk)).toBeGreaterThan(40);
      expect(Number(tail({}, method, '0.95')?.valueAtRisk)).toBeLessThan(55);
    }
    expect(measureRisk(input())).toEqual(measureRisk(input()));
  });

  test('is by the historical method what the limit and the gauge count', () => {
    const history = profitHistory([{ instrument: 'EXA', value: 1_000 }], 'EXA', input().barsOf, d('0.05'));
    expect(tail({}, 'historical', '0.95')?.valueAtRisk).toBe(dec(portfolioVar(history).toFixed(2)).toFixed());
  });

  test('has parts that sum to the parametric figure with mean 0, a hedge taking from it', () => {
    const barsOf = new Map([
      ['EXA', bars(STEPS)],
      ['EXB', bars(STEPS.map((step) => step / 2))],
    ]);
    const positions = [...input().positions, { instrument: 'EXB', quantity: d('-10'), mark: d('100') }];
    const parts = measureRisk(input({ positions, barsOf })).positions.filter(({ level }) => level === '0.95');
    // 1000 × σ − 1000 × σ/2 with σ = 2.90115 %: 1.64485 × 14.5057.
    expect(parts.reduce((sum, { component }) => sum + Number(component), 0)).toBeCloseTo(23.86, 1);
    expect(Number(parts[1]?.component)).toBeLessThan(0);
    expect(Number(parts[0]?.marginal)).toBeCloseTo(0.0477, 3);
  });

  test('counts a position without a history by the assumed volatility, undiversified', () => {
    const positions = [{ instrument: 'NEW', quantity: d('-10'), mark: d('100') }];
    const risk = measureRisk(input({ positions, guarded: [] }));
    // 1.644854 × 0.05 × 1000, and 2.326348 × 0.05 × 1000.
    expect(risk.tails.map(({ valueAtRisk }) => valueAtRisk)).toEqual([
      ...Array<string>(4).fill('82.24'),
      ...Array<string>(4).fill('116.32'),
    ]);
    expect(risk.positions[0]).toMatchObject({ component: null, marginal: null, assumed: '82.24' });
    expect(risk).toMatchObject({ days: 0 });
    expect(risk.stress[3]).toMatchObject({ profit: '-116.32' });
  });

  test('is put under stress', () => {
    // ±10 % of 1000; a gap of 5 % below the stop at 95 fills at 90.25; 2.326348 × 29.0115.
    expect(measureRisk(input()).stress.map(({ profit }) => profit)).toEqual(['-100', '100', '-97.5', '-67.49']);
  });

  test('of nothing is nothing', () => {
    const risk = measureRisk(input({ positions: [], guarded: [] }));
    expect(risk).toMatchObject({ days: 0, positions: [] });
    expect(new Set(risk.tails.map(({ valueAtRisk }) => valueAtRisk))).toEqual(new Set(['0']));
    expect(risk.stress.every(({ profit }) => dec(profit).isZero())).toBe(true);
  });
});
