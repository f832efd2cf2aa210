import { FeedError } from '../domain/candle/feed';
import type { CandleFeed } from '../domain/candle/feed';
import { findCandleFault } from '../domain/candle/candle-checks';
import type { Series } from '../domain/candle/series';
import { startScriptedServer } from '../tests/support/scripted-server';
import type { ScriptedServer } from '../tests/support/scripted-server';
import { priceText } from './daily';
import { FinnhubFeed } from './finnhub/finnhub-feed';
import { openFeeds } from './registry';
import { YahooFeed } from './yahoo/yahoo-feed';

let server: ScriptedServer;
beforeAll(async () => {
  server = await startScriptedServer();
});
beforeEach(() => void server.asked.splice(0));
afterAll(() => server.close());

const { signal } = new AbortController();
const failure = (work: Promise<unknown>): Promise<unknown> => work.catch((error: unknown) => error);
const at = (text: string): number => Date.parse(text);
const [FROM, TO] = [at('2024-07-01T00:00Z'), at('2024-07-04T00:00Z')];
const stock = (feed: string, adjustment: Series['adjustment']): Series => ({
  feed,
  symbol: 'AAPL',
  timeframe: '1d',
  adjustment,
});

describe('finnhub', () => {
  const feed = (): CandleFeed => new FinnhubFeed({ baseUrl: `${server.url}/api/v1/`, apiKey: 'fh-secret' });
  const series = stock('finnhub', 'splits');

  it('reads daily bars, with its key in a header and nowhere else', async () => {
    server.play({
      body: { s: 'ok', t: [1719792000], o: [212.09], h: [217.51], l: [211.92], c: [216.75], v: [60402929] },
    });
    expect(await feed().page({ series, from: FROM, to: TO }, signal)).toEqual([
      { openAt: FROM, open: '212.09', high: '217.51', low: '211.92', close: '216.75', volume: '60402929' },
    ]);
    const [asked] = server.asked;
    expect(asked?.path).toBe('/api/v1/stock/candle?symbol=AAPL&resolution=D&from=1719792000&to=1720051199');
    expect(asked?.headers['x-finnhub-token']).toBe('fh-secret');
  });

  it('knows its symbols, and says what it has not', async () => {
    server.play({ body: { result: [{ symbol: 'AAPL' }] } });
    expect(await feed().check(series, signal)).toBe('NYSE');
    expect(await failure(feed().check({ ...series, symbol: 'AAP' }, signal))).toMatchObject({ code: 'unknown_symbol' });
    expect(await failure(feed().check({ ...series, timeframe: '1h' }, signal))).toMatchObject({
      code: 'unknown_timeframe',
    });
    expect(await failure(feed().check(stock('finnhub', 'raw'), signal))).toMatchObject({ code: 'unknown_adjustment' });
    server.play({ body: {} });
    expect(await failure(feed().check(series, signal))).toMatchObject({ code: 'malformed' });
  });

  it.each([
    [
      { status: 429, headers: { 'retry-after': '3' } },
      { code: 'rate_limited', retryAfter: 3_000 },
    ],
    [{ status: 429 }, { code: 'rate_limited', retryAfter: 60_000 }],
    [
      { status: 401, body: { error: 'Invalid API key' } },
      { code: 'refused', passing: false },
    ],
    [{ status: 302, headers: { location: 'http://elsewhere' } }, { code: 'refused' }],
    [{ status: 502 }, { code: 'unavailable' }],
    [{ body: '<html>' }, { code: 'malformed' }],
    [{ body: { s: 'ok', t: [1], o: [] } }, { code: 'malformed' }],
    [{ body: { s: 'error' } }, { code: 'malformed' }],
  ])('%j is told as %j, without its key', async (answer, expected) => {
    server.play(answer);
    const error = await failure(feed().page({ series, from: FROM, to: TO }, signal));
    expect(error).toMatchObject(expected);
    expect(String(error)).not.toContain('fh-secret');
  });

  it('has nothing where it says so, and is unavailable where nobody listens', async () => {
    server.play({ body: { s: 'no_data' } });
    expect(await feed().page({ series, from: FROM, to: TO }, signal)).toEqual([]);
    const nobody: CandleFeed = new FinnhubFeed({ baseUrl: 'http://127.0.0.1:1', apiKey: 'k' });
    expect(await failure(nobody.page({ series, from: FROM, to: TO }, signal))).toMatchObject({ code: 'unavailable' });
    const aborted = AbortSignal.abort();
    expect(await failure(feed().page({ series, from: FROM, to: TO }, aborted))).toMatchObject({ code: 'unavailable' });
  });
});

describe('yahoo', () => {
  const feed = (): CandleFeed => new YahooFeed({ baseUrl: server.url });
  /** Two days and one without prices; 184.4 as a 32-bit number. */
  const chart = {
    chart: {
      error: null,
      result: [
        {
          meta: { gmtoffset: -14400, exchangeName: 'NMS' },
          timestamp: [1719840600, 1719927000, 1720013400],
          indicators: {
            quote: [
              {
                open: [184.39999389648438, null, 100],
                high: [185, null, 110],
                low: [184, null, 95],
                close: [184.5, null, 100],
                volume: [1000, null, null],
              },
            ],
            adjclose: [{ adjclose: [92.25, null, 99] }],
          },
        },
      ],
    },
  };

  it('keeps prices that are adjusted for dividends apart from those that are not', async () => {
    server.play({ body: chart });
    const splits = await feed().page({ series: stock('yahoo', 'splits'), from: FROM, to: TO }, signal);
    expect(splits).toEqual([
      { openAt: FROM, open: '184.4', high: '185', low: '184', close: '184.5', volume: '1000' },
      { openAt: at('2024-07-03T00:00Z'), open: '100', high: '110', low: '95', close: '100', volume: '0' },
    ]);
    const total = await feed().page({ series: stock('yahoo', 'total'), from: FROM, to: TO }, signal);
    expect(total.map(({ open, close }) => [open, close])).toEqual([
      ['92.2', '92.25'],
      ['99', '99'],
    ]);
    expect([...splits, ...total].map(findCandleFault)).toEqual([undefined, undefined, undefined, undefined]);
    expect(server.asked.at(-1)?.path).toBe(
      '/v8/finance/chart/AAPL?period1=1719792000&period2=1720051200&interval=1d&includeAdjustedClose=true',
    );
  });

  it('knows the market of a symbol, and what it does not have', async () => {
    server.play({ body: chart });
    expect(await feed().check(stock('yahoo', 'total'), signal)).toBe('NASDAQ');
    expect(await failure(feed().check(stock('yahoo', 'raw'), signal))).toMatchObject({ code: 'unknown_adjustment' });
    server.play({ status: 404, body: { chart: { result: null, error: { code: 'Not Found' } } } });
    expect(await failure(feed().check(stock('yahoo', 'splits'), signal))).toMatchObject({ code: 'unknown_symbol' });
    server.play({ body: { chart: { result: [], error: null } } });
    expect(await failure(feed().check(stock('yahoo', 'splits'), signal))).toMatchObject({ code: 'malformed' });
  });
});

it.each([
  [184.39999389648438, '184.4'],
  [60402929, '60402929'],
  [212.09, '212.09'],
  [0.00000123, '0.00000123'],
  [Number.NaN, ''],
])('the number %p is the price %p', (number, text) => expect(priceText(number)).toBe(text));

describe('the registry', () => {
  const feeds = openFeeds({
    aliases: [{ name: 'sim', exchange: 'binance', baseUrl: 'http://127.0.0.1:1' }],
    gateOf: () => undefined,
    others: new Map([['ib', () => new YahooFeed({ baseUrl: 'http://127.0.0.1:1' })]]),
  });

  it('opens exchanges, aliases and feeds of other kinds, each once', () => {
    expect(feeds.of('sim').name).toBe('sim');
    expect(feeds.of('binance').name).toBe('binance');
    expect(feeds.of('binance')).toBe(feeds.of('binance'));
    expect(feeds.of('ib').name).toBe('yahoo');
  });

  it.each([
    ['binanze', 'there is no feed binanze; there are ccxt'],
    ['finnhub', 'FINNHUB_API_KEY'],
    ['yahoo', 'YAHOO_BASE_URL'],
  ])('says of %p why there is none', (name, words) => {
    expect(() => feeds.of(name)).toThrow(words);
    expect(() => feeds.of(name)).toThrow(FeedError);
  });
});
