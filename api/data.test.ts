import { mkdtempSync, readFileSync, rmSync, writeFileSync, existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parquetReadObjects } from 'hyparquet';
import { ensureSeries, replaceGaps } from '../database/candle-series';
import { storeCandles } from '../database/candles';
import type { Candle } from '../domain/candle/candle';
import { decimalString as d } from '../domain/money/decimal';
import type { IngestProgress } from '../temporal/messages/ingest-candles';
import { expectContract, openTestApi } from '../tests/support/api';
import type { TestApi } from '../tests/support/api';
import { runCli } from '../tests/support/cli';
import type { CliResult } from '../tests/support/cli';
import { createSeededDatabase } from '../tests/support/seeded-database';
import type { SeededDatabase } from '../tests/support/seeded-database';

const HOUR = 3_600_000;
/** The API's clock in tests stands at 15:00 of this day. */
const DAY = Date.parse('2024-11-25T00:00:00Z');
const ID = 'binance:BTC/USDT:1h';
const path = (id: string): string => `/v1/data/series/${encodeURIComponent(id)}`;

let db: SeededDatabase;
let test: TestApi;
let dir: string;
beforeAll(async () => {
  db = await createSeededDatabase();
  test = await openTestApi(db.url);
  dir = mkdtempSync(join(tmpdir(), 'data-test-'));
  const series = {
    feed: 'binance',
    symbol: 'BTC/USDT',
    timeframe: '1h',
    adjustment: 'raw',
    calendar: 'ALWAYS',
  } as const;
  const { number } = await ensureSeries(db.database, series, { since: DAY, follow: true });
  const candle = (n: number, close = '100.10'): Candle => ({
    openAt: DAY + n * HOUR,
    ...{ open: d('100'), high: d('101'), low: d('99.5'), close: d(close), volume: d('0.123456789012345678') },
  });
  await storeCandles(
    db.database,
    number,
    'binance',
    [0, 1, 2, 4, 5].map((n) => candle(n)),
  );
  await storeCandles(db.database, number, 'binance', [candle(1, '100.2')]);
  await replaceGaps(db.database, number, { from: DAY, to: DAY + 9 * HOUR }, [
    { from: DAY + 3 * HOUR, to: DAY + 4 * HOUR, missing: 1, tries: 3 },
  ]);
});
afterAll(async () => {
  rmSync(dir, { recursive: true });
  await test.close();
  await db.close();
});

/** The command line against this API, with the key of an admin. */
async function cli(...line: string[]): Promise<CliResult> {
  const fetch = async (url: string, init: RequestInit): Promise<Response> => {
    const target = url.slice('http://api.test'.length);
    const asked = init.method === 'POST' ? test.as('operator').post(target) : test.as('viewer').get(target);
    const body = typeof init.body === 'string' ? (JSON.parse(init.body) as object) : undefined;
    const answered = await (body === undefined ? asked : asked.send(body));
    return Response.json(answered.body as object, { status: answered.status });
  };
  const env = { TRADEWIND_API_URL: 'http://api.test', TRADEWIND_API_KEY: 'k', DATABASE_URL: db.url };
  return runCli(['data', ...line], { fetch, env });
}

describe('series', () => {
  it('are listed with what is stored, and shown with gaps and corrections', async () => {
    const list = await test.as('viewer').get('/v1/data/series?limit=1').expect(200);
    expectContract('listSeries', list);
    expect(list.body).toMatchObject({ items: [{ id: ID, candles: 5, missing: 1, stale: true }], nextCursor: null });
    const one = await test.as('viewer').get(path(ID)).expect(200);
    expectContract('showSeries', one);
    expect(one.body).toMatchObject({
      gaps: [{ from: '2024-11-25T03:00:00.000Z', to: '2024-11-25T04:00:00.000Z', missing: 1, tries: 3 }],
      lastCorrections: [{ openAt: '2024-11-25T01:00:00.000Z', before: { close: '100.1' }, after: { close: '100.2' } }],
    });
    await test.as('viewer').get(path('binance:NO/WAY:1h')).expect(404);
    await test.as('viewer').get(path('nonsense')).expect(404);
  });

  it('give their candles by pages, exactly', async () => {
    const page = await test
      .as('viewer')
      .get(`${path(ID)}/candles?limit=3&from=2024-11-25T01:00:00Z`)
      .expect(200);
    expectContract('listCandles', page);
    const { items, nextCursor } = page.body as { items: Record<string, string>[]; nextCursor: string };
    expect(items.map(({ openAt }) => openAt?.slice(11, 13))).toEqual(['01', '02', '04']);
    expect(items[0]).toMatchObject({ close: '100.2', volume: '0.123456789012345678', source: 'binance' });
    const rest = await test
      .as('viewer')
      .get(`${path(ID)}/candles?limit=3&cursor=${nextCursor}`)
      .expect(200);
    expect(rest.body).toMatchObject({ items: [{ openAt: '2024-11-25T05:00:00.000Z' }], nextCursor: null });
    await test
      .as('viewer')
      .get(`${path(ID)}/candles?limit=5001`)
      .expect(422);
  });
});

describe('an ingestion', () => {
  const body = { feed: 'binance', symbol: 'BTC/USDT', timeframe: '1h', since: '2024-11-25T00:00:00Z' };
  const post = (changes: object) =>
    test
      .as('operator')
      .post('/v1/data/ingests')
      .send({ ...body, ...changes });

  it('is started for its series', async () => {
    const response = await post({ follow: true }).expect(202);
    expectContract('startIngest', response);
    expect(response.headers['location']).toBe('/v1/data/ingests/ingest%3Abinance%3ABTC%2FUSDT%3A1h');
    expect(test.ingests.asked.at(-1)).toEqual({ series: ID, follow: true, since: DAY });
    await test.as('trader').post('/v1/data/ingests').send(body).expect(403);
  });

  it.each([
    [{ timeframe: '2h' }, 'timeframe'],
    [{ since: '2030-01-01T00:00:00Z' }, 'since'],
    [{ symbol: 'btc usdt' }, 'symbol'],
    [{ calendar: 'MOON' }, 'calendar'],
    [{ follow: 'yes' }, 'follow'],
  ])('%j is refused, naming %s', async (changes, field) => {
    const problem = await post(changes);
    expect(problem.status).toBe(422);
    expect(problem.body).toMatchObject({ errors: [{ field }] });
  });

  it('is not there, or cannot be asked', async () => {
    test.ingests.state = undefined;
    await test.as('viewer').get('/v1/data/ingests/ingest%3Aall').expect(404);
    await test.as('viewer').get('/v1/data/ingests/trade%3Ax').expect(404);
    test.ingests.reachable = false;
    await post({}).expect(503);
    await test.as('viewer').get('/v1/data/ingests/ingest%3Aall').expect(503);
    test.ingests.reachable = true;
  });
});

describe('the command line', () => {
  const progress: IngestProgress = {
    phase: 'fetching',
    current: { id: ID as never, from: DAY - HOUR, to: DAY + HOUR },
    cursor: DAY,
    counts: { stored: 3, corrected: 0, faulty: 0 },
    left: 1,
    done: [],
  };
  const fetch = ['fetch', 'BTC/USDT', '--exchange', 'binance', '--timeframe', '1h', '--since', '2024-11-25'];

  it('follows a fetch with a bar, and tells its end', async () => {
    test.ingests.before.push({ kind: 'running', progress: null }, { kind: 'running', progress });
    const counts = { stored: 7, corrected: 1, faulty: 0, missing: 0, problem: null };
    test.ingests.state = { kind: 'ended', result: { state: 'completed', series: [{ id: ID as never, ...counts }] } };
    const { code, stdout, stderr } = await cli(...fetch);
    expect(code).toBe(0);
    expect(stderr).toContain('[###############...............] 50 % fetching');
    expect(stdout).toContain('7 candles');
  });

  it.each([
    [{ kind: 'failed', code: 'unknown_symbol', message: 'binance does not list X' } as const, 2, 'does not list X'],
    [{ kind: 'failed', code: 'unavailable', message: 'binance is away' } as const, 1, 'is away'],
    [{ kind: 'ended', result: { state: 'stopped', series: [] } } as const, 3, 'stopped by a halt'],
  ])('ends by what became of it: %j', async (state, exit, words) => {
    test.ingests.state = state;
    const { code, stderr } = await cli(...fetch);
    expect([code, stderr.includes(words)]).toEqual([exit, true]);
  });

  it('refuses a time that is none, one in the future, and a length that is none', async () => {
    expect(await cli(...fetch.slice(0, -1), 'soon')).toMatchObject({ code: 2 });
    expect(await cli(...fetch.slice(0, -1), '2030-01-01')).toMatchObject({ code: 2 });
    expect((await cli('fetch', 'X', '--exchange', 'b', '--timeframe', '3h', '--since', '2024-01-01')).stderr).toContain(
      '1m, 5m',
    );
  });

  it('lists and checks: what is wrong is exit code 4', async () => {
    const list = await cli('list');
    expect([list.code, list.stdout]).toEqual([0, expect.stringContaining(ID)]);
    const all = await cli('check', '--json');
    expect([all.code, (JSON.parse(all.stdout) as { wrong: string[] }).wrong]).toEqual([4, [ID]]);
    const one = await cli('check', ID);
    expect([one.code, one.stdout]).toEqual([4, expect.stringContaining('2024-11-25')]);
    expect((await cli('check', 'binance:NO/WAY:1h')).code).not.toBe(0);
  });

  it('exports exactly as CSV, which comes back by an import, and as Parquet, which another reader reads', async () => {
    const csv = join(dir, 'btc.csv');
    expect(await cli('export', ID, '--out', csv)).toMatchObject({ code: 0 });
    const lines = readFileSync(csv, 'utf8').trimEnd().split('\n');
    expect(lines).toHaveLength(6);
    expect(lines[2]).toBe('2024-11-25T01:00:00.000Z,100,101,99.5,100.2,0.123456789012345678');
    const imported = await cli('import', csv, '--series', 'csv:BTC/USDT:1h', '--json');
    expect(JSON.parse(imported.stdout)).toEqual({ series: 'csv:BTC/USDT:1h', rows: 5, stored: 5, corrected: 0 });
    expect(JSON.parse((await cli('import', csv, '--series', 'csv:BTC/USDT:1h', '--json')).stdout)).toMatchObject({
      stored: 0,
    });

    const parquet = join(dir, 'btc.parquet');
    const line = [
      'export',
      ID,
      '--format',
      'parquet',
      '--out',
      parquet,
      '--from',
      '2024-11-25T02:00:00Z',
      '--to',
      '2024-11-26',
    ];
    expect(await cli(...line)).toMatchObject({ code: 0 });
    const bytes = readFileSync(parquet);
    const rows = await parquetReadObjects({
      file: bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length),
    });
    expect(rows).toHaveLength(3);
    expect(rows[0]).toMatchObject({ open_at: new Date('2024-11-25T02:00:00Z'), high: 101, close: 100.1 });
  });

  it('leaves no part of a file, and stores no part of one', async () => {
    expect((await cli('export', ID, '--out', join(dir, 'no/such/folder.csv'))).code).toBe(1);
    expect((await cli('export', 'binance:NO/WAY:1h', '--out', join(dir, 'none.csv'))).code).not.toBe(0);
    expect(existsSync(join(dir, 'none.csv.part'))).toBe(false);
    const bad = join(dir, 'bad.csv');
    writeFileSync(bad, 'time,open,high,low,close,volume\n2024-01-01,1,1,1,1,1\n2024-01-02,1,1,1,x,1\n');
    const refused = await cli('import', bad, '--series', 'csv:BAD/USDT:1d');
    expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining('line 3, column close')]);
    await test.as('viewer').get(path('csv:BAD/USDT:1d')).expect(404);
    writeFileSync(bad, '');
    expect((await cli('import', bad, '--series', 'csv:BAD/USDT:1d')).stderr).toContain('first line');
    expect((await cli('import', join(dir, 'nothing'), '--series', 'csv:BAD/USDT:1d')).code).toBe(2);
    expect((await cli('import', bad, '--series', 'bad')).code).toBe(2);
    expect((await cli('import', bad, '--series', 'csv:BAD/USDT:1d', '--calendar', 'MOON')).code).toBe(2);
  });
});
