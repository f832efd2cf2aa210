import { FeedError } from '../../domain/candle/feed';
import type { CandleFeed } from '../../domain/candle/feed';
import type { Series } from '../../domain/candle/series';
import { RateLimited } from '../../domain/order/rate-gate';
import type { RateGate } from '../../domain/order/rate-gate';
import { faultSchema } from '../../simulators/exchange/faults';
import type { Simulator } from '../../simulators/exchange/server';
import { startSimulator } from '../../simulators/exchange/start';
import { CcxtFeed } from './ccxt-feed';

const HOUR = 3_600_000;
const FROM = Date.parse('2024-07-01T00:00:00Z');
const BTC: Series = { feed: 'sim', symbol: 'BTC/USDT', timeframe: '1h', adjustment: 'raw' };
const { signal } = new AbortController();

let simulator: Simulator;
beforeEach(async () => {
  simulator = await startSimulator({ venue: 'binance', port: 0, accounts: [], prices: 'made-up' });
});
afterEach(() => simulator.close());

const feed = (gate?: RateGate): CandleFeed =>
  new CcxtFeed({ name: 'sim', exchange: 'binance', baseUrl: simulator.url, ...(gate === undefined ? {} : { gate }) });
const failure = (work: Promise<unknown>): Promise<unknown> => work.catch((error: unknown) => error);

it('a page comes as text, exactly as the exchange wrote it', async () => {
  simulator.klines.correct('BTC/USDT', FROM + HOUR, '1234567890.12345678' as never);
  const page = await feed().page({ series: BTC, from: FROM, to: FROM + 5 * HOUR }, signal);
  expect(page).toHaveLength(1_000);
  expect(page.slice(0, 2)).toMatchObject([{ openAt: FROM }, { openAt: FROM + HOUR, close: '1234567890.12345678' }]);
  expect(page[0]?.open).toMatch(/^\d+\.\d+$/);
});

it('a series is checked against the exchange: its calendar, or why there is none', async () => {
  const one = feed();
  expect(await one.check(BTC, signal)).toBe('ALWAYS');
  expect(await failure(one.check({ ...BTC, symbol: 'NO/WAY' }, signal))).toMatchObject({ code: 'unknown_symbol' });
  expect(await failure(one.check({ ...BTC, adjustment: 'total' }, signal))).toMatchObject({
    code: 'unknown_adjustment',
  });
  const coinbase: CandleFeed = new CcxtFeed({ name: 'coinbase', exchange: 'coinbase', baseUrl: simulator.url });
  expect(await failure(coinbase.check({ ...BTC, timeframe: '4h' }, signal))).toMatchObject({
    code: 'unknown_timeframe',
  });
  expect(() => new CcxtFeed({ name: 'x', exchange: 'nowhere' })).toThrow(FeedError);
  expect(() => new CcxtFeed({ name: 'x', exchange: 'constructor' })).toThrow(FeedError);
});

it.each([
  [
    { kind: 'answer', status: 429, retryAfterSeconds: 7 },
    { code: 'rate_limited', retryAfter: 7_000, passing: true },
  ],
  [
    { kind: 'answer', status: 418 },
    { code: 'rate_limited', retryAfter: 60_000 },
  ],
  [
    { kind: 'answer', status: 503 },
    { code: 'unavailable', passing: true },
  ],
  [{ kind: 'drop' }, { code: 'unavailable' }],
  [{ kind: 'truncate' }, { passing: true }],
  [{ kind: 'html' }, { passing: true }],
  [{ kind: 'empty' }, { passing: true }],
] as const)('%j is told as %j', async (fault, expected) => {
  const one = feed();
  await one.check(BTC, signal);
  simulator.faults.script(faultSchema.parse({ on: 'public', ...fault }));
  expect(await failure(one.page({ series: BTC, from: FROM, to: FROM + HOUR }, signal))).toMatchObject(expected);
  expect(await one.page({ series: BTC, from: FROM, to: FROM + HOUR }, signal)).toHaveLength(1_000);
});

it('draws on the budget of the address, stops it when it is sent away, and waits when it is told to', async () => {
  const told: string[] = [];
  const gate: RateGate = {
    take: (share, weight) => Promise.resolve(void told.push(`${share} ${weight}`)),
    block: (ms, why) => Promise.resolve(void told.push(`block ${ms} ${why}`)),
  };
  const one = feed(gate);
  await one.check(BTC, signal);
  simulator.faults.script(faultSchema.parse({ on: 'public', kind: 'answer', status: 429, retryAfterSeconds: 3 }));
  await failure(one.page({ series: BTC, from: FROM, to: FROM + HOUR }, signal));
  expect(told).toEqual(['entry 20', 'entry 2', 'block 3000 the feed sim was sent away']);

  const full = feed({ ...gate, take: () => Promise.reject(new RateLimited('used up', 1_234)) });
  told.length = 0;
  expect(await failure(full.check(BTC, signal))).toMatchObject({ code: 'rate_limited', retryAfter: 1_234 });
  expect(told).toEqual([]);
});
