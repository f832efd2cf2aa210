import { seriesId } from '../domain/candle/series';
import type { ScheduledSeries } from '../domain/candle/series';
import type { Candle } from '../domain/candle/candle';
import { decimalString as d } from '../domain/money/decimal';
import { createTestDatabase } from '../tests/support/database';
import {
  advanceSeries,
  ensureSeries,
  followedSeries,
  knownGaps,
  noteProblem,
  replaceGaps,
  seriesStanding,
  seriesStandings,
} from './candle-series';
import { readCandles, readCorrections, readOpenings, storeCandles } from './candles';
import { openDatabase } from './pool';
import type { Database } from './pool';

let database: Database;
let drop: () => Promise<void>;
beforeAll(async () => {
  const made = await createTestDatabase();
  drop = () => made.drop();
  database = openDatabase(made.url, { max: 4 });
});
afterAll(async () => {
  await database.end();
  await drop();
});

const HOUR = 3_600_000;
const series = (symbol: string): ScheduledSeries => ({
  feed: 'binance',
  symbol,
  timeframe: '1h',
  adjustment: 'raw',
  calendar: 'ALWAYS',
});
const candle = (n: number, close = '11'): Candle => ({
  openAt: n * HOUR,
  open: d('10'),
  high: d('12.500000000000000001'),
  low: d('9'),
  close: d(close),
  volume: d('0.00000001'),
});

it('candles are stored once, exactly, with their source', async () => {
  const { number, id } = await ensureSeries(database, series('ONCE/USDT'));
  const candles = [candle(0), candle(1), candle(2)];
  expect(await storeCandles(database, number, 'binance', candles)).toEqual({ stored: 3, corrected: 0 });
  expect(await storeCandles(database, number, 'binance', [...candles, candle(3)])).toEqual({ stored: 1, corrected: 0 });
  expect(await storeCandles(database, number, 'binance', [])).toEqual({ stored: 0, corrected: 0 });
  const read = await readCandles(database, id, { from: HOUR, to: 3 * HOUR }, 10);
  expect(read).toMatchObject([
    { ...candle(1), source: 'binance' },
    { ...candle(2), source: 'binance' },
  ]);
  expect(await readOpenings(database, number, { from: 0, to: 2 * HOUR })).toEqual([0, HOUR]);
});

it('a late correction takes the place of the old values, and both are kept', async () => {
  const { number, id } = await ensureSeries(database, series('LATE/USDT'));
  await storeCandles(database, number, 'binance', [candle(0), candle(1)]);
  expect(await storeCandles(database, number, 'csv', [candle(0), candle(1, '11.5')])).toEqual({
    stored: 0,
    corrected: 1,
  });
  // The same values in another notation are no correction.
  expect(await storeCandles(database, number, 'csv', [candle(1, '11.50')])).toEqual({ stored: 0, corrected: 0 });
  await storeCandles(database, number, 'binance', [candle(1, '11.25')]);
  expect(await readCorrections(database, number, 10)).toMatchObject([
    {
      openAt: '1970-01-01T01:00:00.000Z',
      before: { close: '11.5' },
      after: { close: '11.25' },
      sources: ['csv', 'binance'],
    },
    { before: { close: '11' }, after: { close: '11.5' }, sources: ['binance', 'csv'] },
  ]);
  expect(await readCandles(database, id, { from: 0, to: 9 * HOUR }, 10)).toMatchObject([
    { close: '11' },
    { close: '11.25' },
  ]);
  expect(await seriesStanding(database, id)).toMatchObject({ candles: 2, corrections: 2, oldest: 0, newest: HOUR });
});

it('two writers of the same candles store each of them once, and their number is kept through deletions', async () => {
  const { number, id } = await ensureSeries(database, series('RACE/USDT'));
  const many = Array.from({ length: 500 }, (_, n) => candle(n));
  const both = await Promise.all([1, 2].map(() => storeCandles(database, number, 'binance', many)));
  expect(both.reduce((sum, { stored }) => sum + stored, 0)).toBe(500);
  expect(both.map(({ corrected }) => corrected)).toEqual([0, 0]);
  expect(await seriesStanding(database, id)).toMatchObject({ candles: 500, oldest: 0, newest: 499 * HOUR });
  await database.query(
    `DELETE FROM candles WHERE series = $1 AND open_at < 'epoch'::timestamptz + interval '100 hours'`,
    [number],
  );
  const { rows } = await database.query<{ count: number }>('SELECT count(*) FROM candles WHERE series = $1', [number]);
  expect(rows).toEqual([{ count: 400 }]);
  expect(await seriesStanding(database, id)).toMatchObject({ candles: 400, oldest: 100 * HOUR });
});

it('the database itself refuses what is not sound, whole', async () => {
  const { number, id } = await ensureSeries(database, series('BAD/USDT'));
  const bad = { ...candle(1), high: d('1') };
  await expect(storeCandles(database, number, 'binance', [candle(0), bad])).rejects.toThrow('candles');
  expect(await readCandles(database, id, { from: 0, to: 9 * HOUR }, 10)).toEqual([]);
  await expect(storeCandles(database, -1, 'binance', [candle(0)])).rejects.toThrow('no series number -1');
});

it('a series keeps where its back-fill stands; an earlier start begins it again, a later one does not', async () => {
  const wanted = series('WIDE/USDT');
  const { number, since, filledTo } = await ensureSeries(database, wanted, { since: 10 * HOUR });
  expect([since, filledTo]).toEqual([10 * HOUR, 10 * HOUR]);
  await noteProblem(database, number, 'away');
  await advanceSeries(database, number, 20 * HOUR);
  await advanceSeries(database, number, 15 * HOUR);
  expect(await ensureSeries(database, wanted, { since: 12 * HOUR })).toMatchObject({
    since: 10 * HOUR,
    filledTo: 20 * HOUR,
    problem: null,
    followed: false,
  });
  expect(await ensureSeries(database, wanted, { since: 5 * HOUR, follow: true })).toMatchObject({
    since: 5 * HOUR,
    filledTo: 5 * HOUR,
    followed: true,
  });
  // Nobody ends the following by asking without it.
  expect(await ensureSeries(database, wanted)).toMatchObject({ since: 5 * HOUR, filledTo: 5 * HOUR, followed: true });
  const followed = await followedSeries(database, { feed: 'binance', timeframe: '1h' });
  expect(followed.map(({ id }) => id)).toEqual([seriesId(wanted)]);
  expect(await followedSeries(database, { feed: 'kraken' })).toEqual([]);
  const page = await seriesStandings(database, { after: 'binance:RACE', limit: 1 });
  expect(page.map(({ id }) => id)).toEqual(['binance:RACE/USDT:1h']);
});

it('known gaps of a stretch are what was last found there', async () => {
  const { number, id } = await ensureSeries(database, series('GAPS/USDT'));
  const gap = (from: number, to: number, tries = 1) => ({
    from: from * HOUR,
    to: to * HOUR,
    missing: to - from,
    tries,
  });
  await replaceGaps(database, number, { from: 0, to: 9 * HOUR }, [gap(1, 3), gap(5, 6)]);
  await replaceGaps(database, number, { from: 4 * HOUR, to: 9 * HOUR }, [gap(7, 9)]);
  await replaceGaps(database, number, { from: 0, to: 4 * HOUR }, [gap(1, 2, 2)]);
  expect(await knownGaps(database, number)).toEqual([gap(1, 2, 2), gap(7, 9)]);
  expect(await seriesStanding(database, id)).toMatchObject({ missing: 3, candles: 0, oldest: null });
});
