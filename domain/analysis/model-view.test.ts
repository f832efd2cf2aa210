import fc from 'fast-check';
import { instant, millisOf } from '../clock/instant';
import type { Instant } from '../clock/instant';
import { decimalString as d } from '../money/decimal';
import type { DecimalString } from '../money/decimal';
import type { AnalysisData } from './analysis-data';
import { signalOf } from './model-view';
import type { ModelView } from './model-view';

const at = '2020-01-02T21:00:00.000Z' as Instant;
const row = (name: string, value: number): AnalysisData['indicators'][number] => ({
  id: `indicator:${name}`,
  source: 'computed',
  knownAt: at,
  name,
  meaning: name,
  value,
  unit: 'price',
});
const dataWith = (close: number, atr: number): AnalysisData => ({
  instrument: { id: 'X', description: 'x', quoteAsset: 'USD' },
  marketTime: instant(millisOf(at) + 1),
  bars: [],
  indicators: [row('close', close), row('atr_14', atr)],
  position: { id: 'position', source: 'books', knownAt: at, quantity: d('0'), mark: null },
  news: [],
});
const view = (change: Partial<ModelView> = {}): ModelView => ({
  kind: 'view',
  direction: 0.8,
  conviction: 0.6,
  horizonDays: 10,
  stopPrice: d('97'),
  targetPrice: d('110'),
  reasons: [{ text: 'It rises.', evidence: ['indicator:close'] }],
  ...change,
});
const data = dataWith(100, 2);
const stopOf = (change: Partial<ModelView>): DecimalString | undefined => {
  const signal = signalOf(view(change), data);
  return signal.kind === 'directional' ? signal.stopPrice : undefined;
};

describe('the signal of a model’s view', () => {
  it('takes over direction, conviction, horizon and target, and a stop that code allows', () => {
    expect(signalOf(view(), data)).toEqual({
      kind: 'directional',
      direction: 'long',
      conviction: 0.6,
      stopPrice: '97',
      horizonDays: 10,
      targetPrice: '110',
      reasons: [
        'The model sees a rise: direction 0.80, conviction 0.60, for 10 trading days, with 1 reasons.',
        'Its stop 97 stands: code allows 1 to 4 average true ranges (2.00 each) from the close 100.00.',
      ],
    });
  });

  it.each([
    ['none', null, '96', '104'],
    ['one on the winning side', '120', '96', undefined],
    ['one at the close', '100', '96', '104'],
    ['one nearer than a range', '99.9', '98', undefined],
    ['one farther than four', '50', '92', undefined],
    ['one within', '95.555', '95.56', undefined],
  ])('with %s as its stop has it where code allows', (_, stop, long, short) => {
    const stopPrice = stop === null ? null : d(stop);
    expect(stopOf({ stopPrice })).toBe(long);
    if (short !== undefined) expect(stopOf({ stopPrice, direction: -0.8 })).toBe(short);
  });

  it('drops a target on the losing side', () => {
    expect(signalOf(view({ targetPrice: d('99') }), data)).not.toHaveProperty('targetPrice');
    expect(signalOf(view({ direction: -1, targetPrice: d('99'), stopPrice: null }), data)).toMatchObject({
      direction: 'short',
      targetPrice: '99',
      reasons: [expect.stringContaining('a fall'), expect.stringContaining('suggests no stop')],
    });
    expect(signalOf(view({ targetPrice: null }), data)).not.toHaveProperty('targetPrice');
  });

  it('is neutral without a direction', () => {
    expect(signalOf(view({ direction: 0.09 }), data)).toMatchObject({ kind: 'neutral' });
    expect(signalOf(view({ direction: -0.09 }), data)).toMatchObject({ kind: 'neutral' });
  });

  it('is an abstention when the model abstains, with none of its words', () => {
    const signal = signalOf({ kind: 'abstention', reason: 'who knows' }, data);
    expect(signal).toMatchObject({ kind: 'abstained', code: 'model_abstained' });
    expect(JSON.stringify(signal)).not.toContain('who knows');
  });

  it('is an abstention when it cites what was not shown', () => {
    const reasons = [{ text: 'x', evidence: ['indicator:close', 'news:1'] }];
    expect(signalOf(view({ reasons }), data)).toMatchObject({ kind: 'abstained', code: 'unknown_evidence' });
  });

  it('is an abstention where no stop fits', () => {
    expect(signalOf(view({ stopPrice: null }), dataWith(100, 60))).toMatchObject({ code: 'flat_prices' });
    expect(signalOf(view({ stopPrice: null }), dataWith(100, 0))).toMatchObject({ code: 'flat_prices' });
  });

  it('never has a stop nearer than a range, so that no suggestion buys a larger size', () => {
    const price = fc.integer({ min: 1, max: 1_000_000 }).map((cents) => d((cents / 100).toFixed(2)));
    fc.assert(
      fc.property(
        fc.double({ min: -1, max: 1, noNaN: true }),
        fc.option(price),
        fc.integer({ min: 100, max: 100_000 }),
        fc.integer({ min: 1, max: 10_000 }),
        (direction, stopPrice, closeCents, atrCents) => {
          const [close, atr] = [closeCents / 100, atrCents / 100];
          const signal = signalOf(view({ direction, stopPrice }), dataWith(close, atr));
          if (signal.kind !== 'directional') return;
          const loss = (signal.direction === 'long' ? 1 : -1) * (close - Number(signal.stopPrice));
          expect(loss).toBeGreaterThan(0);
          expect(Number(signal.stopPrice)).toBeGreaterThan(0);
          expect(loss).toBeGreaterThan(Math.min(atr, close) - 0.01 - 1e-6);
          expect(loss).toBeLessThan(4 * atr + 1e-6);
        },
      ),
    );
  });
});
