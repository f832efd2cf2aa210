import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { instant } from '../clock/instant';
import type { Bar, Signal } from './signal';
import { strategies } from './strategies';
import { technicalAnalyst } from './technical';

const bars: readonly Bar[] = readFileSync(join(__dirname, '../../data/us500-daily.csv'), 'utf8')
  .trim()
  .split('\n')
  .slice(1)
  .map((line) => line.split(','))
  .map(([date = '', ...numbers]) => {
    const [open = 0, high = 0, low = 0, close = 0, volume = 0] = numbers.map(Number);
    return { date, open, high, low, close, volume };
  });

const noon = (date: string) => instant(Date.parse(`${date}T17:00Z`));

/** The view of a day, from the bars before it. */
function viewOn(date: string, series = bars): Promise<Signal> {
  const known = series.filter((bar) => bar.date < date);
  return technicalAnalyst.analyse({ instrument: 'US500', marketTime: noon(date), bars: known });
}

/** A made-up series of `count` days; `price` gives each day's close, with a range of one point around it. */
function madeUp(count: number, price: (day: number) => number, range = 0.5): Bar[] {
  return Array.from({ length: count }, (_, day) => {
    const close = price(day);
    const date = instant(Date.UTC(2020, 0, 1 + day)).slice(0, 10);
    return { date, open: close, high: close + range, low: close - range, close, volume: 0 };
  });
}

const analyse = (series: readonly Bar[], today = '2030-01-01') =>
  technicalAnalyst.analyse({ instrument: 'TEST', marketTime: noon(today), bars: series });

/** Four days with the trend and one against it, so that no indicator reaches its end. */
const zigzag = (day: number): number => Math.floor(day / 5) * 1.5 + (day % 5 === 4 ? 1 : (day % 5) + 1);

describe('the technical strategy', () => {
  it('is registered under its name and says what it is', () => {
    expect(strategies.get('technical')).toBe(technicalAnalyst);
    expect([...strategies].every(([name, analyst]) => name === analyst.name)).toBe(true);
    expect(technicalAnalyst.description).toContain('not advice');
  });

  it('is long in a rising market and short in its mirror image', async () => {
    const up = await analyse(madeUp(300, (day) => 200 + zigzag(day)));
    const down = await analyse(madeUp(300, (day) => 400 - zigzag(day)));
    expect(up).toMatchObject({ kind: 'directional', direction: 'long' });
    expect(down).toMatchObject({ kind: 'directional', direction: 'short' });
  });

  it('is neutral in a market that goes nowhere', async () => {
    expect((await analyse(madeUp(300, (day) => 100 + (day % 2)))).kind).toBe('neutral');
  });

  // Source: the fixture of TA-Lib has SMA_50 3120.2102 and SMA_200 2967.8448 on 2019-12-31; its close is 3230.78.
  it('states the averages of TA-Lib for the first session of 2020', async () => {
    const { reasons } = await viewOn('2020-01-02');
    expect(reasons).toContain('The 50-day average (3120.21) is above the 200-day average (2967.84).');
    expect(reasons).toContain('The close (3230.78) is above the 50-day average (3120.21).');
  });

  it('was long in July 2018 and short in December 2018 on US500', async () => {
    expect(await viewOn('2018-07-10')).toMatchObject({ direction: 'long', stopPrice: '2731.89' });
    expect(await viewOn('2018-12-28')).toMatchObject({ direction: 'short', stopPrice: '2620.08' });
  });
});

describe('the technical strategy abstains', () => {
  const sound = madeUp(260, (day) => 200 + zigzag(day));
  const changed = (day: number, change: Partial<Bar>) =>
    sound.map((bar, index) => (index === day ? { ...bar, ...change } : bar));

  it.each([
    ['too_few_bars', sound.slice(0, technicalAnalyst.lookback - 1)],
    ['too_few_bars', []],
    [
      'flat_prices',
      [...sound.slice(0, 246), ...sound.slice(246).map((bar) => ({ ...bar, open: 9, high: 9, low: 9, close: 9 }))],
    ],
    ['unsorted_bars', [...sound].reverse()],
    ['invalid_price', changed(259, { close: 0 })],
    ['invalid_price', changed(20, { high: Number.NaN })],
    ['invalid_date', changed(259, { date: 'yesterday' })],
    ['no_stop_price', madeUp(300, (day) => (200 + zigzag(day)) / 1e5, 5e-6)],
  ])('with the code %s', async (code, series) => {
    const view = await analyse(series);
    expect(view).toMatchObject({ kind: 'abstained', code });
    expect(view.reasons).toHaveLength(1);
  });

  it('when it is shown a bar that has not happened yet', async () => {
    const before = sound.at(-2)?.date ?? '';
    expect(await analyse(sound, before)).toMatchObject({ kind: 'abstained', code: 'future_bars' });
  });
});

describe('a technical view', () => {
  const days = fc.integer({ min: 260, max: bars.length - 1 }).map((index) => bars[index]?.date ?? '');

  it('never uses a later bar: shown any beyond its day, it abstains', async () => {
    await fc.assert(
      fc.asyncProperty(days, fc.integer({ min: 1, max: 300 }), async (date, later) => {
        const next = bars.findIndex((bar) => bar.date === date) + 1;
        fc.pre(next < bars.length);
        expect(await analyse(bars.slice(0, next + later), date)).toMatchObject({
          kind: 'abstained',
          code: 'future_bars',
        });
        expect((await analyse(bars.slice(0, next), date)).kind).not.toBe('abstained');
      }),
      { numRuns: 25 },
    );
  });

  it('is the same for the same bars, which it leaves unchanged, and does not depend on older ones', async () => {
    await fc.assert(
      fc.asyncProperty(days, async (date) => {
        const known = Object.freeze(bars.filter((bar) => bar.date < date).map((bar) => Object.freeze({ ...bar })));
        const first = await viewOn(date, known);
        expect(await viewOn(date, known)).toEqual(first);
        expect(await viewOn(date, known.slice(-technicalAnalyst.lookback))).toEqual(first);
      }),
      { numRuns: 25 },
    );
  });
});
