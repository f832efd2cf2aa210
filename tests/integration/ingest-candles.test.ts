import { openAlerts } from '../../database/alerts';
import { knownGaps, seriesStanding } from '../../database/candle-series';
import { readCandles, readCorrections } from '../../database/candles';
import type { CandleFeed, FeedRegistry } from '../../domain/candle/feed';
import type { SeriesId } from '../../domain/candle/series';
import { decimalString as d } from '../../domain/money/decimal';
import { openFeeds } from '../../feeds/registry';
import { faultSchema } from '../../simulators/exchange/faults';
import type { Simulator } from '../../simulators/exchange/server';
import { startSimulator } from '../../simulators/exchange/start';
import { ingestHaltSignal, ingestProgressQuery } from '../../temporal/messages/ingest-candles';
import type { IngestCandlesInput, IngestCandlesResult } from '../../temporal/messages/ingest-candles';
import { startIngest } from '../../temporal/start-workflows';
import { createTestDatabase } from '../support/database';
import { Harness } from '../support/harness';
import { patiently, WorkerProcess } from '../support/worker-process';

const HOUR = 3_600_000;
const name = 'binance-sim';

let simulator: Simulator;
let harness: Harness;
let databaseUrl: string;
let drop: () => Promise<void>;
/** What the simulated exchange's feed is put through. */
let feeds: FeedRegistry;

beforeAll(async () => {
  simulator = await startSimulator({ venue: 'binance', port: 0, accounts: [], prices: 'made-up' });
  const database = await createTestDatabase();
  databaseUrl = database.url;
  drop = () => database.drop();
  harness = await Harness.open({
    databaseUrl,
    temporalAddress: process.env['TEST_TEMPORAL_ADDRESS'] ?? '',
    clock: { kind: 'live' },
  });
  feeds = openFeeds({ aliases: [{ name, exchange: 'binance', baseUrl: simulator.url }], gateOf: () => undefined });
});
afterAll(async () => {
  await harness.close();
  await simulator.close();
  await drop();
});

beforeEach(() => simulator.faults.clear());

const series = (symbol: string, timeframe: string): SeriesId => `${name}:${symbol}:${timeframe}` as SeriesId;
const work = async () => harness.work(['operations', 'market'], await harness.wire({ feeds }));
const ended = async (input: IngestCandlesInput): Promise<IngestCandlesResult> => {
  const id = await startIngest(harness.client, input);
  return harness.client.workflow.getHandle(id).result() as Promise<IngestCandlesResult>;
};
const back = (length: number, count: number): number => Math.floor(Date.now() / length) * length - count * length;

/** Every place between the first and the last has its candle. */
async function whole(id: SeriesId, length: number): Promise<number> {
  const candles = await readCandles(harness.database, id, { from: 0, to: Date.now() }, 100_000);
  const first = candles[0]?.openAt ?? 0;
  expect(candles.map(({ openAt }) => openAt)).toEqual(candles.map((_, n) => first + n * length));
  return candles.length;
}

describe('candles of an exchange', () => {
  let worker: { stop: () => Promise<void> };
  beforeAll(async () => {
    worker = await work();
  });
  afterAll(() => worker.stop());

  it('are all there once in spite of a storm of refusals, short pages, repeats, holes and disorder', async () => {
    const id = series('BTC/USDT', '1h');
    const since = back(HOUR, 3_500);
    const away = { on: 'public', kind: 'answer', status: 429, retryAfterSeconds: 0, matching: 'klines', times: 4 };
    simulator.faults.script(faultSchema.parse({ ...away, after: 1 }));
    simulator.faults.script(faultSchema.parse({ on: 'public', kind: 'truncate', matching: 'klines', after: 2 }));
    simulator.klines.script('short', 'holes', 'duplicates', 'unordered');
    const result = await ended({ series: id, since });
    expect(result).toMatchObject({
      state: 'completed',
      series: [{ id, corrected: 0, faulty: 0, missing: 0, problem: null }],
    });
    expect(simulator.faults.injected.get('answer')).toBe(4);
    const count = await whole(id, HOUR);
    expect(count).toBeGreaterThanOrEqual(3_500);
    // The hour under way is not among them.
    const last = await seriesStanding(harness.database, id);
    expect(last?.newest).toBeLessThanOrEqual(Date.now() - HOUR);
    expect(last).toMatchObject({ since, missing: 0, problem: null });
    // Not followed: nobody is told that it will not be kept up to date.
    expect(await openAlerts(harness.database)).toEqual([]);
  });

  it('that the exchange does not have are known gaps after some tries, and filled when it has them; late corrections are kept', async () => {
    const id = series('ETH/USDT', '1h');
    const since = back(HOUR, 200);
    const hole = since + 50 * HOUR;
    simulator.klines.lose('ETH/USDT', hole);
    const first = await ended({ series: id, since, follow: true });
    expect(first.series).toMatchObject([{ missing: 1 }]);
    expect(await knownGaps(harness.database, (await seriesStanding(harness.database, id))?.number ?? 0)).toEqual([
      { from: hole, to: hole + HOUR, missing: 1, tries: 1 },
    ]);

    simulator.klines.lose('ETH/USDT', hole, false);
    const late = back(HOUR, 4);
    simulator.klines.correct('ETH/USDT', late, d('101.5'));
    // Asked for from earlier on, so that the hole lies within what is looked at again.
    const second = await ended({ series: id, since: since - HOUR });
    expect(second.series).toMatchObject([{ missing: 0, corrected: 1 }]);
    const standing = await seriesStanding(harness.database, id);
    expect(standing).toMatchObject({ missing: 0, corrections: 1, followed: true });
    expect(await readCorrections(harness.database, standing?.number ?? 0, 5)).toMatchObject([
      { after: { close: '101.5' }, sources: [name, name] },
    ]);
    await whole(id, HOUR);
  });

  it('are asked for together when they are followed; one that lacks its newest candles is alerted about, once, until they come', async () => {
    const id = series('ETH/USDT', '1h');
    await harness.database.query(`DELETE FROM candles WHERE open_at > now() - interval '9 hours'`);
    simulator.faults.script(
      faultSchema.parse({ on: 'public', kind: 'answer', status: 400, body: '{"code":-1121,"msg":"Invalid symbol."}' }),
    );
    const failed = await ended({ feed: name, timeframe: '1h' });
    expect(failed.series).toMatchObject([{ id, stored: 0 }]);
    expect(failed.series[0]?.problem).toContain(name);
    expect(await openAlerts(harness.database)).toMatchObject([
      { cause: `data-stale:${id}`, severity: 'warning', detail: { series: id } },
    ]);
    const well = await ended({});
    expect(well.series).toMatchObject([{ id, problem: null, missing: 0 }]);
    expect(well.series[0]?.stored).toBeGreaterThan(7);
    expect(await openAlerts(harness.database)).toEqual([]);
  });

  it.each([
    [{ series: 'nowhere:BTC/USDT:1h' }, 'unknown_feed', 'there is no feed nowhere'],
    [{ series: series('NO/WAY', '1h') }, 'unknown_symbol', 'does not list NO/WAY'],
    [{ series: 'finnhub:AAPL:1d:splits' }, 'unknown_feed', 'FINNHUB_API_KEY'],
    [{ series: series('BTC/USDT', '1d'), calendar: 'MOON' }, 'unknown_calendar', 'no calendar MOON'],
    [{ series: 'binance' }, 'unknown_series', 'that is no series'],
  ])('%j fails with the code %s and makes no series', async (input, type, words) => {
    const failure = await ended(input).catch((error: unknown) => error);
    expect(failure).toMatchObject({ cause: { type } });
    expect((failure as Error & { cause: Error }).cause.message).toContain(words);
    expect(await seriesStanding(harness.database, input.series as SeriesId)).toBeUndefined();
  });
});

it('a halt is gone through, and a halt of everything stops it with what is stored kept', async () => {
  const slow: CandleFeed = {
    ...held(),
    page: (_, signal) =>
      new Promise((_done, fail) => signal.addEventListener('abort', () => fail(new Error('aborted')))),
  };
  const worker = await harness.work(['operations', 'market'], await harness.wire({ feeds: { of: () => slow } }));
  const id = await startIngest(harness.client, { series: 'held:BTC/USDT:1h', since: back(HOUR, 10) });
  const handle = harness.client.workflow.getHandle(id);
  await harness.poll('it does not fetch', async () => (await handle.query(ingestProgressQuery)).phase === 'fetching');
  await handle.signal(ingestHaltSignal, { epoch: 1, reason: 'a test' });
  expect(await handle.query(ingestProgressQuery)).toMatchObject({
    phase: 'fetching',
    current: { id: 'held:BTC/USDT:1h' },
    left: 1,
  });
  await handle.signal(ingestHaltSignal, { epoch: 2, reason: 'a test', everything: true });
  expect(await handle.result()).toEqual({ state: 'stopped', series: [] });
  await worker.stop();
});

/** The parts of a feed that nobody asks anything. */
function held(): Pick<CandleFeed, 'name' | 'pageSize' | 'settle' | 'check'> {
  return { name: 'held', pageSize: 100, settle: 0, check: () => Promise.resolve('ALWAYS') };
}

describe('a worker that is killed while it fetches', () => {
  let killed: WorkerProcess | undefined;
  afterAll(() => killed?.close());

  it('is followed by another that goes on at the last page, and no candle is missing or there twice', async () => {
    const workflows = await harness.work(['operations']);
    const settings = { CANDLE_FEEDS: `${name}=binance@${simulator.url}` };
    killed = new WorkerProcess({ databaseUrl, harness, roles: ['market'], settings });
    await killed.start();
    const id = series('BTC/USDT', '1m');
    const since = back(60_000, 12_500);
    // Its fourth page never comes: that is where it dies.
    simulator.faults.script(faultSchema.parse({ on: 'public', kind: 'hang', matching: 'klines', after: 3 }));
    const pages = simulator.klines.pages;
    const workflowId = await startIngest(harness.client, { series: id, since });
    await patiently('three pages are not stored', async () => {
      const standing = await seriesStanding(harness.database, id);
      return (standing?.candles ?? 0) >= 3_000 && simulator.klines.pages >= pages + 4;
    });
    expect(await killed.kill()).toBe('SIGKILL');
    const worker = await harness.work(['market'], await harness.wire({ feeds }));
    const result = (await harness.client.workflow.getHandle(workflowId).result()) as IngestCandlesResult;
    expect(result).toMatchObject({ state: 'completed', series: [{ id, corrected: 0, missing: 0 }] });
    expect(await whole(id, 60_000)).toBeGreaterThanOrEqual(12_500);
    // Thirteen pages, the one that hung, and what was stored after the last heartbeat that arrived; never from the start.
    expect(simulator.klines.pages - pages).toBeLessThanOrEqual(13 + 1 + 4);
    await worker.stop();
    await workflows.stop();
  }, 240_000);
});
