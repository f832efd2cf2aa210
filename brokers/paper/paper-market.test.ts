import { openDatabase } from '../../database/pool';
import { calendarOf } from '../../domain/calendar/calendars';
import { syntheticSource } from '../../domain/matching/synthetic-source';
import { millisOf } from '../../domain/clock/instant';
import { createSeededDatabase } from '../../tests/support/seeded-database';
import type { SeededDatabase } from '../../tests/support/seeded-database';
import { testInstrument } from '../../tests/support/paper-harness';
import { synthesisedBars } from './daily-bars';
import { openPaperMarket, paperMarketData } from './paper-market';
import type { PaperMarket } from './paper-market';

const COSTS = { halfSpreadBps: '1', slippageBps: '4', feeBps: '10' } as const;
const at = (moment: string): number => millisOf(moment);

let seeded: SeededDatabase;
let market: PaperMarket;
beforeAll(async () => {
  seeded = await createSeededDatabase();
  market = await openPaperMarket(seeded.database, calendarOf, COSTS);
});
afterAll(() => seeded.close());

describe('the paper market', () => {
  test('lists every instrument of the database with its filters as text', () => {
    expect(market.instruments.map(({ id }) => id)).toEqual(['SIM', 'SIMF', 'US500', 'USCOMP']);
    const [stock, future, index] = market.instruments;
    expect(stock?.future).toBeUndefined();
    expect(future).toMatchObject({ lot: '1', future: { multiplier: '50', lastTradingDay: '2099-12-31' } });
    expect(index).toMatchObject({
      calendar: 'NYSE',
      quoteAsset: 'USD',
      tick: '0.01',
      lot: '0.01',
      minNotional: '1',
      maxBaseFeeRate: '0',
    });
  });

  test('does not know an instrument that was not listed when it was opened', () => {
    expect(() => market.sourceOf('NONE')).toThrow('the paper venue does not list NONE');
  });

  test('is a copy: prices are read once', async () => {
    const idle = openDatabase(seeded.url, { max: 1 });
    const opened = await openPaperMarket(idle, calendarOf, COSTS);
    await idle.end();
    expect(await opened.quote('US500', at('2017-06-14T15:00:00Z'))).toBeDefined();
  });

  test('refuses an instrument whose calendar nobody knows', async () => {
    await seeded.database.query(
      `INSERT INTO instruments (id, description, calendar, feed, base_asset, quote_asset, tick, lot, min_quantity, min_notional)
       VALUES ('MOONS', 'a test', 'MOON', 'daily-bars', 'MOONS', 'USD', 1, 1, 1, 1)`,
    );
    await expect(openPaperMarket(seeded.database, calendarOf, COSTS)).rejects.toThrow('MOONS: unknown calendar MOON');
    await seeded.database.query(`DELETE FROM instruments WHERE id = 'MOONS'`);
  });

  test.each(['-1', 'much'])('refuses a cost of %s', async (feeBps) => {
    await expect(openPaperMarket(seeded.database, calendarOf, { ...COSTS, feeBps })).rejects.toThrow(
      'feeBps must be a number of at least 0',
    );
  });
});

describe('quotes', () => {
  test('are the last print with half a spread to either side', async () => {
    // data/us500-daily.csv, 2017-06-14: open 2443.75. The first print is at 13:30 UTC; 2443.75 * 0.0001 = 0.244.
    expect(await market.quote('US500', at('2017-06-14T13:30:00.001Z'))).toEqual({
      instrument: 'US500',
      price: '2443.75',
      bid: '2443.5',
      ask: '2444',
      at: at('2017-06-14T13:30:00Z'),
    });
  });

  test('do not exist before the first bar, and stay at the last close after the last one', async () => {
    expect(await market.quote('US500', at('2014-01-02T14:29:59Z'))).toBeUndefined();
    // data/us500-daily.csv, 2020-04-17: close 2874.56.
    expect(await market.quote('US500', at('2030-01-01T00:00:00Z'))).toMatchObject({
      price: '2874.56',
      at: at('2020-04-17T20:00:00Z') - 1,
    });
  });

  test('of recorded bars end with the close of the last session, those of a formula never', () => {
    expect(market.endsAt('US500')).toBe(at('2020-04-17T20:00:00Z'));
    expect(market.endsAt('SIM')).toBeUndefined();
  });

  test('are stale after the gap between two prints', () => {
    expect([market.maxPrintGap('US500'), market.maxPrintGap('SIM')]).toEqual([300_000, 100]);
  });
});

describe('recorded bars', () => {
  const dates = async (moment: string, count: number): Promise<readonly string[]> =>
    (await market.bars('US500', at(moment), count)).map(({ date }) => date);

  test('are shown from the close of their session on, never before', async () => {
    expect(await dates('2017-06-14T19:59:59.999Z', 2)).toEqual(['2017-06-12', '2017-06-13']);
    expect(await dates('2017-06-14T20:00:00Z', 2)).toEqual(['2017-06-13', '2017-06-14']);
  });

  test('of an early session are shown from its early close on', async () => {
    // 2017-07-03 closed at 13:00 New York, the eve of Independence Day.
    expect(await dates('2017-07-03T17:00:00Z', 1)).toEqual(['2017-07-03']);
    expect(await dates('2017-07-03T16:59:59Z', 1)).toEqual(['2017-06-30']);
  });

  test('are as recorded', async () => {
    expect(await market.bars('US500', at('2014-01-02T21:00:00Z'), 5)).toEqual([
      { date: '2014-01-02', open: 1845.86, high: 1845.86, low: 1827.74, close: 1831.98, volume: 3_080_600_000 },
    ]);
  });

  test('are none before the first close, none when none are asked for, and none without a recording', async () => {
    expect(await dates('2014-01-02T20:59:59Z', 5)).toEqual([]);
    expect(await dates('2017-06-14T20:00:00Z', 0)).toEqual([]);
    const empty = await paperMarketData({
      instruments: [{ instrument: testInstrument(), feed: 'daily-bars' }],
      bars: () => Promise.resolve([]),
      calendars: calendarOf,
      seed: 's',
      costs: COSTS,
    });
    expect(await empty.bars('TEST', at('2017-06-14T20:00:00Z'), 5)).toEqual([]);
  });
});

describe('bars of a synthetic tape', () => {
  const moment = at('2026-03-05T12:34:56Z');

  test('are the prints of each whole UTC day', () => {
    const source = syntheticSource({ seed: 'test', printInterval: 2_000 });
    const bars = synthesisedBars(source, calendarOf('ALWAYS'))(moment, 3);
    expect(bars.map(({ date }) => date)).toEqual(['2026-03-02', '2026-03-03', '2026-03-04']);
    const day = at('2026-03-03T00:00:00Z');
    const prints = [...source.printsBetween(day - 1, day + 86_400_000 - 1)];
    const prices = prints.map(({ price }) => price.toNumber());
    expect(bars[1]).toEqual({
      date: '2026-03-03',
      open: prices[0],
      high: Math.max(...prices),
      low: Math.min(...prices),
      close: prices.at(-1),
      volume: prints.length * (prints[0]?.volume.toNumber() ?? 0),
    });
  });

  test('never include the day that is not over, and are the same when asked again', async () => {
    const bars = await market.bars('SIM', moment, 20);
    expect(bars).toHaveLength(20);
    expect(bars.at(-1)?.date).toBe('2026-03-04');
    expect(await market.bars('SIM', moment, 20)).toEqual(bars);
  });

  test('follow the seed', async () => {
    const prices = async (seed: string): Promise<string[]> => {
      const seededMarket = await openPaperMarket(seeded.database, calendarOf, COSTS, seed);
      const moments = Array.from({ length: 20 }, (_, index) => moment + index * 1_000);
      return Promise.all(moments.map(async (at) => (await seededMarket.quote('SIM', at))?.price ?? ''));
    };
    expect(await prices('a')).toEqual(await prices('a'));
    expect(await prices('a')).not.toEqual(await prices('b'));
  });
});
