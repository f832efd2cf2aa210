import { PacedRequests } from '../../database/paced-requests';
import { seriesStanding } from '../../database/candle-series';
import type { SeriesId } from '../../domain/candle/series';
import { IbFeed } from '../../feeds/ib/ib-feed';
import { IB_PACING } from '../../feeds/ib/history-rules';
import { openFeeds } from '../../feeds/registry';
import { IbSimulator } from '../../simulators/ib/simulator';
import type { IngestCandlesInput, IngestCandlesResult } from '../../temporal/messages/ingest-candles';
import { startIngest } from '../../temporal/start-workflows';
import { createTestDatabase } from '../support/database';
import { Harness } from '../support/harness';

const NAME = 'ib-paper';

let simulator: IbSimulator;
let harness: Harness;
let feed: IbFeed;
let drop: () => Promise<void>;
let stop: () => Promise<void>;

beforeAll(async () => {
  simulator = await IbSimulator.start({
    ...{ port: 0, accounts: [{ code: 'DU1234567', cash: '1000' }], hours: 'exchange', entitlement: 'delayed' },
  });
  const database = await createTestDatabase();
  drop = database.drop;
  harness = await Harness.open({
    databaseUrl: database.url,
    temporalAddress: process.env['TEST_TEMPORAL_ADDRESS'] ?? '',
    clock: { kind: 'live' },
  });
  const turns = new PacedRequests(harness.database, 'ib:test', IB_PACING);
  feed = new IbFeed({
    ...{ name: NAME, host: '127.0.0.1', port: simulator.port, clientId: 13 },
    instruments: [{ id: 'AAPL', symbol: 'AAPL', exchange: 'SMART', currency: 'USD', calendar: 'NASDAQ' }],
    turn: (request) => turns.take(request),
    now: Date.now,
  });
  const feeds = openFeeds({ aliases: [], gateOf: () => undefined, others: new Map([[NAME, () => feed]]) });
  ({ stop } = await harness.work(['operations', 'market'], await harness.wire({ feeds })));
});

afterAll(async () => {
  await stop();
  await harness.close();
  feed.close();
  await simulator.close();
  await drop();
});

const ended = async (input: IngestCandlesInput): Promise<IngestCandlesResult> => {
  const id = await startIngest(harness.client, input);
  return harness.client.workflow.getHandle(id).result() as Promise<IngestCandlesResult>;
};

describe('candles of an account at Interactive Brokers', () => {
  it('are all there once after a line that broke in the middle of an answer, and an answer that was short', async () => {
    const id = `${NAME}:AAPL:1d:splits` as SeriesId;
    const since = Date.UTC(2024, 0, 2);
    simulator.faults.script({ on: 'history', kind: 'break-off', after: 1 });
    simulator.faults.script({ on: 'history', kind: 'short', after: 1 });
    const result = await ended({ series: id, since });
    expect(result).toMatchObject({ state: 'completed', series: [{ id, missing: 0, faulty: 0, problem: null }] });
    expect([simulator.faults.injected.get('break-off'), simulator.faults.injected.get('short')]).toEqual([1, 1]);
    const standing = await seriesStanding(harness.database, id);
    // 252 trading days in 2024, 250 in 2025, and what there is of this year.
    expect(standing).toMatchObject({ since, missing: 0, delayed: true, calendar: 'NASDAQ' });
    expect(standing?.candles).toBeGreaterThan(500);
    // The same again goes on where it stopped: only the newest candles are asked for, and nothing is stored twice.
    const again = await ended({ series: id, since });
    expect(again.series).toMatchObject([{ stored: 0, corrected: 0, missing: 0 }]);
  });
});
