import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PROJECT_ROOT } from '../../config/project';
import { calendarOf } from '../../domain/calendar/calendars';
import { instant } from '../../domain/clock/instant';
import { decimalString } from '../../domain/money/decimal';
import type { AnalysisInput, Analyst, Bar, Signal } from '../../domain/signal/signal';
import { technicalAnalyst } from '../../domain/signal/technical';
import { nextOpenWithView, readDailyBars, type DemoMarket } from './demo-open';

const DAY = 86_400_000;
const BUNDLED = readDailyBars(readFileSync(join(PROJECT_ROOT, 'data', 'us500-daily.csv'), 'utf8'));

/** An analyst that has a view on the days that are named, and keeps what it was shown. */
function scripted(...days: readonly string[]): Analyst & { readonly shown: AnalysisInput[] } {
  const shown: AnalysisInput[] = [];
  return {
    name: 'scripted',
    description: 'For tests.',
    lookback: 3,
    shown,
    analyse: (input) => {
      shown.push(input);
      const view: Signal = days.some((day) => input.marketTime.startsWith(day))
        ? { kind: 'directional', direction: 'long', conviction: 1, stopPrice: decimalString('1'), reasons: [] }
        : { kind: 'neutral', reasons: [] };
      return Promise.resolve(view);
    },
  };
}

function bars(...dates: readonly string[]): readonly Bar[] {
  return dates.map((date) => ({ date, open: 10, high: 11, low: 9, close: 10, volume: 1 }));
}

function market(analyst: Analyst, known: readonly Bar[]): DemoMarket {
  return { instrument: 'US500', bars: known, calendar: calendarOf('NYSE'), analyst };
}

/** The open that is found, as RFC 3339 text. */
async function found(where: DemoMarket, after: string, heldMs = 0): Promise<string | undefined> {
  const open = await nextOpenWithView(where, Date.parse(after), heldMs);
  return open === undefined ? undefined : instant(open);
}

// 2 to 12 July 2018: the 4th is a holiday, the 7th and 8th a weekend.
const WEEK = bars(
  ...['2018-07-02', '2018-07-03', '2018-07-05', '2018-07-06', '2018-07-09', '2018-07-10', '2018-07-11', '2018-07-12'],
);

describe('the open before which a demo begins', () => {
  it('is the first one later than the clock before which the strategy has a view', async () => {
    const where = market(scripted('2018-07-05', '2018-07-06'), WEEK);
    expect(await found(where, '2018-07-02T12:00:00Z')).toBe('2018-07-05T13:30:00.000Z');
    expect(await found(where, '2018-07-05T13:29:59Z')).toBe('2018-07-05T13:30:00.000Z');
    expect(await found(where, '2018-07-05T13:30:00Z')).toBe('2018-07-06T13:30:00.000Z');
    expect(await found(where, '2018-07-06T20:00:00Z')).toBeUndefined();
  });

  it('is judged five minutes before it, on as many earlier bars as the strategy wants and none of its own day', async () => {
    const analyst = scripted('2018-07-06');
    await found(market(analyst, WEEK), '2018-07-05T20:00:00Z');
    expect(analyst.shown).toHaveLength(1);
    expect(analyst.shown[0]?.marketTime).toBe('2018-07-06T13:25:00.000Z');
    expect(analyst.shown[0]?.bars.map(({ date }) => date)).toEqual(['2018-07-02', '2018-07-03', '2018-07-05']);
  });

  it('leaves time for the exit before the prices end', async () => {
    const where = market(scripted('2018-07-06', '2018-07-09', '2018-07-10'), WEEK);
    expect(await found(where, '2018-07-03T20:00:00Z', 3 * DAY)).toBe('2018-07-06T13:30:00.000Z');
    expect(await found(where, '2018-07-06T20:00:00Z', 3 * DAY)).toBeUndefined();
  });

  it('is on no day without prices', async () => {
    const gap = bars('2018-07-02', '2018-07-03', '2018-07-09', '2018-07-12');
    const where = market(scripted('2018-07-05', '2018-07-09'), gap);
    expect(await found(where, '2018-07-03T20:00:00Z')).toBe('2018-07-09T13:30:00.000Z');
    expect(await found(market(scripted(), []), '2018-07-03T20:00:00Z')).toBeUndefined();
  });

  it('is the open after the default REPLAY_START on both indices that are bundled', async () => {
    const start = '2018-07-10T13:25:00Z';
    expect(await found(market(technicalAnalyst, BUNDLED), start, 3 * DAY)).toBe('2018-07-10T13:30:00.000Z');
    const nasdaq = readDailyBars(readFileSync(join(PROJECT_ROOT, 'data', 'nasdaq-daily.csv'), 'utf8'));
    expect(await found(market(technicalAnalyst, nasdaq), start, 0)).toBe('2018-07-10T13:30:00.000Z');
  });
});

describe('the bundled file of prices', () => {
  it('is read row by row as numbers', () => {
    // From the file: the day on which the first demo trades.
    expect(BUNDLED.find(({ date }) => date === '2018-07-10')).toMatchObject({ open: 2788.56, close: 2793.84 });
    expect(BUNDLED[0]?.date).toBe('2014-01-02');
    expect(BUNDLED.every(({ open, high, low, close }) => [open, high, low, close].every((price) => price > 0))).toBe(
      true,
    );
  });
});
