import { sortCandles } from '../../domain/candle/candle-checks';
import { pageSizeOf } from '../../domain/candle/feed';
import type { CandleFeed } from '../../domain/candle/feed';
import type { Series } from '../../domain/candle/series';
import { faultSchema } from '../../simulators/exchange/faults';
import type { Simulator } from '../../simulators/exchange/server';
import { simulatedInstruments, startSimulator } from '../../simulators/exchange/start';
import type { SimulatedVenue } from '../../simulators/exchange/start';
import { CcxtFeed } from './ccxt-feed';

const HOUR = 3_600_000;
const { signal } = new AbortController();
/** What a page has at most, and how far back the venue goes, in candles. */
const VENUES: readonly (readonly [venue: SimulatedVenue, page: number, kept: number])[] = [
  ['binance', 1_000, Infinity],
  ['coinbase', 300, Infinity],
  ['kraken', 720, 720],
  ['okx', 300, Infinity],
  ['bybit', 1_000, Infinity],
];

describe.each(VENUES)('candles of %s, through its class of ccxt', (venue, size, kept) => {
  const [symbol = ''] = simulatedInstruments(venue);
  const series: Series = { feed: venue, symbol, timeframe: '1h', adjustment: 'raw' };
  // No new candle begins while the test runs.
  const skew = HOUR - (Date.now() % HOUR) < 300_000 ? -600_000 : 0;
  const hour = Math.floor((Date.now() + skew) / HOUR) * HOUR;
  let simulator: Simulator;
  let feed: CandleFeed;
  beforeAll(async () => {
    simulator = await startSimulator({ venue, port: 0, accounts: [], prices: 'made-up', skew });
    feed = new CcxtFeed({ name: venue, exchange: venue, baseUrl: simulator.url });
  });
  afterAll(() => simulator.close());

  const page = (from: number, of: Series = series) => feed.page({ series: of, from, to: hour }, signal);
  const openings = async (from: number): Promise<readonly number[]> =>
    sortCandles(await page(from)).sound.map(({ openAt }) => openAt);
  const hours = (from: number, count: number): readonly number[] =>
    Array.from({ length: count }, (_, n) => from + n * HOUR);

  it('are those of a series that it lists, on a calendar without a close', async () => {
    expect(await feed.check(series, signal)).toBe('ALWAYS');
    await expect(feed.check({ ...series, symbol: 'NO/WAY' }, signal)).rejects.toMatchObject({ code: 'unknown_symbol' });
    await expect(feed.check({ ...series, timeframe: '7m' as never }, signal)).rejects.toMatchObject({
      code: 'unknown_timeframe',
    });
  });

  it('come from the opening that is asked for on, as many as the venue shows at most', async () => {
    expect(feed.pageSize).toBe(size);
    const from = hour - 5_000 * HOUR;
    const found = await openings(from);
    expect(found).toEqual(kept === Infinity ? hours(from, size) : hours(hour - (kept - 1) * HOUR, kept));
    // The next question begins where the last page ended: nothing is left out between the two.
    if (kept === Infinity)
      expect((await openings(from + size * HOUR)).slice(0, 2)).toEqual(hours(from + size * HOUR, 2));
  });

  it('have the values of the venue exactly, of whichever length, and the newest is still under way', async () => {
    const from = hour - 3 * HOUR;
    simulator.klines.correct(symbol, from, '1234567890.12345678' as never);
    const rows = await page(from);
    const sorted = [...rows].sort((a, b) => a.openAt - b.openAt);
    expect(sorted.map(({ openAt }) => openAt)).toEqual(hours(from, 4));
    expect(sorted[0]).toMatchObject({ close: '1234567890.12345678', high: '1234567890.12345678' });
    const [volume, open] = [Number(sorted[0]?.volume), Number(sorted[0]?.open)];
    expect(volume).toBeGreaterThan(0);
    expect(open).toBeGreaterThan(0);
    const day = Math.floor(hour / (24 * HOUR)) * 24 * HOUR;
    const days = await page(day - 48 * HOUR, { ...series, timeframe: '1d' });
    expect(days.map(({ openAt }) => openAt).sort((a, b) => a - b)).toEqual([day - 48 * HOUR, day - 24 * HOUR, day]);
  });

  it('are found from the listing of the instrument on, however many empty pages come before it', async () => {
    const [listed, from] = [hour - 400 * HOUR, hour - 1_100 * HOUR];
    simulator.klines.listedAt = listed;
    try {
      let found: readonly number[] = [];
      for (let cursor = from; found.length === 0 && cursor < hour; cursor += pageSizeOf(feed, '1h') * HOUR)
        found = await openings(cursor);
      expect(found[0]).toBe(listed);
      // The control: whoever takes an empty page for a longer one never sees the listing.
      if (size < 400) expect((await openings(from + 1_000 * HOUR))[0]).toBeGreaterThan(listed);
    } finally {
      simulator.klines.listedAt = 0;
    }
  });

  it('survive a page that is short, doubled, has holes or another order: what is there is there once', async () => {
    const from = hour - 50 * HOUR;
    const whole = await openings(from);
    for (const [fault, expected] of [
      ['short', whole.slice(0, 6)],
      ['duplicates', whole],
      ['unordered', whole],
      ['holes', whole.filter((_, n) => n % 5 !== 2)],
    ] as const) {
      simulator.klines.script(fault);
      const rows = await page(from);
      const { sound, faulty } = sortCandles(rows);
      expect([fault, faulty.length]).toEqual([fault, 0]);
      // Kraken's answer begins one candle earlier than what is asked for: its faults count from there.
      if (venue === 'kraken' && fault !== 'duplicates' && fault !== 'unordered')
        expect(sound.length).toBeLessThan(whole.length);
      else expect([fault, sound.map(({ openAt }) => openAt)]).toEqual([fault, expected]);
    }
    simulator.klines.lose(symbol, from + HOUR);
    expect(await openings(from)).toEqual(whole.filter((openAt) => openAt !== from + HOUR));
    simulator.klines.lose(symbol, from + HOUR, false);
    expect(await openings(from)).toEqual(whole);
  });

  it.each([
    [
      { kind: 'answer', status: 429, retryAfterSeconds: 7 },
      { code: 'rate_limited', retryAfter: 7_000, passing: true },
    ],
    [
      { kind: 'answer', status: 503 },
      { code: 'unavailable', passing: true },
    ],
    [{ kind: 'drop' }, { code: 'unavailable' }],
    [{ kind: 'truncate' }, { passing: true }],
    [{ kind: 'html' }, { passing: true }],
    [{ kind: 'empty' }, { passing: true }],
  ] as const)('%j is told as %j, and the next question is answered', async (fault, expected) => {
    simulator.faults.script(faultSchema.parse({ on: 'public', ...fault }));
    await expect(page(hour - 3 * HOUR)).rejects.toMatchObject(expected);
    expect(await openings(hour - 3 * HOUR)).toHaveLength(4);
  });
});
