import { FeedError } from '../../domain/candle/feed';
import type { CandleRequest } from '../../domain/candle/feed';
import { createCalendars } from '../../domain/calendar/calendars';
import { expectedPlaces } from '../../domain/candle/places';
import type { Timeframe } from '../../domain/candle/timeframe';
import { contractsAt } from '../../simulators/ib/contracts';
import { IbSimulator } from '../../simulators/ib/simulator';
import type { IbSimulatorOptions } from '../../simulators/ib/simulator';
import { IbClient } from '../../tests/support/ib-client';
import { IbFeed } from './ib-feed';
import type { IbFeedOptions } from './ib-feed';
import { BARS, durationOf, historyError } from './history-rules';

const DAY = 86_400_000;
const HOUR = 3_600_000;
/** A Wednesday, in the afternoon of New York. */
const NOW = Date.parse('2026-11-18T18:00:00Z');
const CLIENT = 13;
const never = new AbortController().signal;
const calendars = createCalendars();

let simulator: IbSimulator;
let feed: IbFeed;

async function open(options: Partial<IbSimulatorOptions> = {}, changes: Partial<IbFeedOptions> = {}): Promise<void> {
  simulator = await IbSimulator.start({
    ...{ port: 0, accounts: [{ code: 'DU1234567', cash: '1000' }], hours: 'exchange', now: () => NOW },
    ...options,
  });
  feed = new IbFeed({
    ...{ name: 'ib-test', host: '127.0.0.1', port: simulator.port, clientId: CLIENT },
    instruments: [
      { id: 'AAPL', symbol: 'AAPL', exchange: 'SMART', currency: 'USD', calendar: 'NASDAQ' },
      { id: 'TWO', symbol: 'AAPL', exchange: '', currency: '', calendar: 'NASDAQ' },
    ],
    turn: () => Promise.resolve(0),
    now: () => NOW,
    ...changes,
  });
}
afterEach(async () => {
  feed.close();
  await simulator.close();
});

const request = (timeframe: Timeframe, from: number, to: number, symbol = 'AAPL'): CandleRequest => ({
  series: { feed: 'ib-test', symbol, timeframe, adjustment: 'splits' },
  from,
  to,
});
const at = (day: string): number => Date.parse(`${day}T00:00:00Z`);

/** The failure of a page, as the ingestion sees it. */
async function failure(asked: CandleRequest): Promise<readonly [string, number | undefined]> {
  const error: unknown = await feed.page(asked, never).catch((thrown: unknown) => thrown);
  if (!(error instanceof FeedError)) throw new Error(`no failure of the feed: ${String(error)}`);
  return [error.code, error.retryAfter];
}

describe('daily bars of Interactive Brokers', () => {
  it('are those of the trading days, each at midnight UTC of its date, exact and complete', async () => {
    await open();
    expect(await feed.check(request('1d', 0, 0).series)).toBe('NASDAQ');
    const [from, to] = [at('2026-03-02'), at('2026-11-01')];
    const page = await feed.page(request('1d', from, to), never);
    const days = page.map(({ openAt }) => openAt).filter((day) => day >= from && day < to);
    const grid = { calendar: calendars.of('NASDAQ'), timeframe: '1d' as const };
    expect(days).toEqual(expectedPlaces(grid, from, to));
    for (const { close, high, low, volume } of page) {
      expect(close).toMatch(/^\d+(\.\d{1,2})?$/);
      expect(Number(high)).toBeGreaterThanOrEqual(Number(low));
      expect(volume).toMatch(/^\d+$/);
    }
  });

  it('of a stretch without any are an empty page, and none is taken for a failure', async () => {
    await open();
    const from = at('2026-11-14');
    // TWS may count the days of trading before it, which nobody asked for.
    const page = await feed.page(request('1h', from, from + DAY), never);
    expect(page.filter(({ openAt }) => openAt >= from)).toEqual([]);
    expect(await feed.page(request('1h', from, from + 2 * HOUR), never)).toEqual([]);
  });
});

describe('bars within a day', () => {
  it('are whole where a page ends within one, and the next page goes on behind it', async () => {
    await open();
    const [from, cut, to] = [at('2026-11-16'), Date.parse('2026-11-16T17:00:00Z'), at('2026-11-17')];
    const whole = await feed.page(request('1h', from, to), never);
    const first = await feed.page(request('1h', from, cut), never);
    const rest = await feed.page(request('1h', cut, to - HOUR), never);
    expect([...first, ...rest.filter(({ openAt }) => openAt >= cut)]).toEqual(
      whole.filter(({ openAt }) => openAt >= from),
    );
  });

  it.each(['1m', '5m', '15m', '30m', '1h', '4h'] as const)('of %s cover what a page covers', async (timeframe) => {
    await open();
    const [from, to] = [at('2026-11-16'), at('2026-11-17')];
    const page = await feed.page(request(timeframe, from, to), never);
    const opened = Date.parse('2026-11-16T14:30:00Z');
    const within = page.filter(({ openAt }) => openAt >= from && openAt < to);
    expect(within[0]?.openAt).toBe(opened);
    expect(within.at(-1)?.openAt).toBeLessThan(Date.parse('2026-11-16T21:00:00Z'));
    expect(within.length).toBe({ '1m': 390, '5m': 78, '15m': 26, '30m': 13, '1h': 7, '4h': 2 }[timeframe]);
  });

  it('are asked for in durations that TWS takes', () => {
    expect([1_000, HOUR, DAY, DAY + 1, 365 * DAY].map(durationOf)).toEqual(['30 S', '3600 S', '86400 S', '2 D', '1 Y']);
    expect(Object.keys(BARS)).toHaveLength(7);
  });
});

describe('bars of a future', () => {
  const old = contractsAt(NOW).filter(({ symbol }) => symbol === 'ES')[2];
  const FUTURE = { kind: 'future', symbol: 'ES', exchange: 'CME', currency: 'USD', calendar: 'CME' } as const;
  const instruments = [
    { ...FUTURE, id: 'ESZ6', lastTradeMonth: '202612' },
    { ...FUTURE, id: 'OLD', lastTradeMonth: old?.lastTradeDate.slice(0, 6) ?? '' },
  ];

  it('are those of all its trading hours, from the evening before on, and days carry the date on which they close', async () => {
    await open({}, { instruments });
    for (const adjustment of ['raw', 'splits'] as const)
      expect(await feed.check({ ...request('1d', 0, 0, 'ESZ6').series, adjustment })).toBe('CME');
    await expect(feed.check({ ...request('1d', 0, 0, 'ESZ6').series, adjustment: 'total' })).rejects.toMatchObject({
      code: 'unknown_adjustment',
    });
    const grid = (timeframe: Timeframe) => ({ calendar: calendars.of('CME'), timeframe });
    const [from, to] = [at('2026-11-02'), at('2026-11-14')];
    const days = await feed.page(request('1d', from, to, 'ESZ6'), never);
    expect(days.map(({ openAt }) => openAt).filter((day) => day >= from && day < to)).toEqual(
      expectedPlaces(grid('1d'), from, to),
    );
    // Sunday evening to Tuesday: the hour from 16:00 in Chicago is nobody's.
    const [start, end] = [at('2026-11-15'), at('2026-11-17')];
    const hours = await feed.page(request('1h', start, end, 'ESZ6'), never);
    const within = hours.map(({ openAt }) => openAt).filter((hour) => hour >= start && hour < end);
    expect(within).toEqual(expectedPlaces(grid('1h'), start, end));
    expect(within[0]).toBe(Date.parse('2026-11-15T23:00:00Z'));
  });

  it('are there for one that has expired, too', async () => {
    await open({}, { instruments });
    const page = await feed.page(request('1d', at('2026-09-01'), at('2026-09-05'), 'OLD'), never);
    expect(page.length).toBeGreaterThan(2);
  });
});

describe('delayed data', () => {
  it('is recognised, marked, and waited for before a bar counts as complete', async () => {
    await open({ entitlement: 'delayed' });
    const before = feed.settle;
    await feed.check(request('1h', 0, 0).series);
    expect([feed.isDelayed('AAPL'), feed.settle, before]).toEqual([true, 1_200_000, 1_200_000]);
  });

  it('is not what an account with live prices has (the control)', async () => {
    await open();
    await feed.check(request('1h', 0, 0).series);
    expect([feed.isDelayed('AAPL'), feed.settle]).toEqual([false, 60_000]);
  });

  it('that the account has none of at all is refused, and not asked for again', async () => {
    await open({ entitlement: 'none' });
    expect(await failure(request('1h', NOW - 3 * DAY, NOW))).toEqual(['refused', undefined]);
  });
});

describe('a series that cannot be', () => {
  it('is refused by its symbol, its contract or its adjustment', async () => {
    await open();
    const { series } = request('1d', 0, 0);
    const check = (changes: object) => feed.check({ ...series, ...changes });
    await expect(check({ symbol: 'MSFT' })).rejects.toMatchObject({ code: 'unknown_symbol' });
    await expect(check({ symbol: 'TWO' })).rejects.toMatchObject({ code: 'unknown_symbol' });
    await expect(check({ adjustment: 'raw' })).rejects.toMatchObject({ code: 'unknown_adjustment' });
    await expect(check({})).resolves.toBe('NASDAQ');
  });
});

describe('what goes wrong on the way', () => {
  const wish = request('1h', NOW - 5 * DAY, at('2026-11-17'));
  /** An identical one would break the pacing: the broker's clock stands here. */
  const again = { ...wish, to: wish.to - HOUR };

  it('a pacing violation sends us away for a minute', async () => {
    await open();
    simulator.faults.script({ on: 'history', kind: 'pacing' });
    expect(await failure(wish)).toEqual(['rate_limited', 60_000]);
    expect((await feed.page(again, never)).length).toBeGreaterThan(10);
  });

  it('an answer that breaks off, or never comes because the line drops, is asked for again on a new line', async () => {
    await open();
    simulator.faults.script({ on: 'history', kind: 'break-off', matching: '265598' });
    expect((await failure(wish))[0]).toBe('unavailable');
    simulator.faults.script({ on: 'history', kind: 'drop' });
    expect((await failure(wish))[0]).toBe('unavailable');
    expect((await feed.page(again, never)).length).toBeGreaterThan(10);
  });

  it('an answer without its older half brings the newer one: the hole is for whoever asked to find', async () => {
    await open();
    const whole = await feed.page(wish, never);
    simulator.faults.script({ on: 'history', kind: 'short' });
    const half = await feed.page(again, never);
    expect(half).toEqual(whole.slice(-half.length));
    expect(half.length).toBe(Math.ceil(whole.length / 2));
  });

  it('a client id that somebody else has is said so, and tried later; nobody is thrown out', async () => {
    await open();
    const other = await IbClient.connect(simulator.port, { clientId: CLIENT });
    try {
      expect(await failure(wish)).toEqual(['unavailable', 15_000]);
      expect(simulator.clientIds).toEqual([CLIENT]);
    } finally {
      other.close();
    }
  });

  it('a gateway that is away is unavailable', async () => {
    await open();
    await simulator.close();
    expect((await failure(wish))[0]).toBe('unavailable');
  });
});

describe('a turn under the pacing', () => {
  it('is waited for before anything is asked, and given up when nobody wants the answer', async () => {
    const turns = [1_500, 0];
    const asked: string[] = [];
    await open(
      {},
      {
        turn: ({ subject, whole }) => {
          asked.push(`${subject} ${whole.length}`);
          return Promise.resolve(turns.shift() ?? 600_000);
        },
      },
    );
    const wish = request('1h', NOW - 5 * DAY, NOW - DAY);
    expect((await feed.page(wish, never)).length).toBeGreaterThan(10);
    expect(asked).toEqual(['265598 SMART TRADES 16', '265598 SMART TRADES 16']);
    const controller = new AbortController();
    const waiting = feed.page(wish, controller.signal);
    controller.abort();
    await expect(waiting).rejects.toMatchObject({ code: 'unavailable' });
  });
});

describe('errors of historical data', () => {
  it.each([
    [162, 'HMDS query returned no data: AAPL', 'empty'],
    [162, 'Historical data request pacing violation', 'rate_limited'],
    [162, 'No market data permissions for NASDAQ STK', 'refused'],
    [162, 'Time length exceed max.', 'refused'],
    [162, 'API historical data query cancelled: 7', 'unavailable'],
    [200, 'No security definition has been found', 'unknown_symbol'],
    [321, 'Error validating request', 'refused'],
    [354, 'Requested market data is not subscribed', 'refused'],
    [366, 'No historical data query found for ticker id', 'unavailable'],
    [322, 'Only 50 simultaneous API historical data requests allowed', 'rate_limited'],
    [10_167, 'Displaying delayed market data', 'remark'],
    [2_174, 'date-time attributes without explicit time zone', 'remark'],
    [504, 'Not connected', 'unavailable'],
  ] as const)('%s %p is %s', (code, said, is) => {
    const meaning = historyError(code, said);
    expect(meaning instanceof FeedError ? meaning.code : meaning).toBe(is);
  });
});
