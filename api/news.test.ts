import { storeNews } from '../database/news';
import { ensureNewsSources, noteNewsFailure } from '../database/news-sources';
import type { Instant } from '../domain/clock/instant';
import type { IngestedNews } from '../temporal/messages/ingest-news';
import { expectContract, openTestApi } from '../tests/support/api';
import type { TestApi } from '../tests/support/api';
import { runCli } from '../tests/support/cli';
import type { CliResult } from '../tests/support/cli';
import { createSeededDatabase } from '../tests/support/seeded-database';
import type { SeededDatabase } from '../tests/support/seeded-database';

let db: SeededDatabase;
let test: TestApi;
beforeAll(async () => {
  db = await createSeededDatabase();
  test = await openTestApi(db.url);
  await ensureNewsSources(db.database, [
    { name: 'wire', placeHash: 'w' },
    { name: 'desk', placeHash: 'd' },
  ]);
  const item = (n: number, instruments: readonly string[]) => ({
    ...{ key: String(n).repeat(64), title: `Headline ${n} ${'long '.repeat(20)}`.trim(), summary: 'S', instruments },
    ...{ link: 'https://news.example/', titleHash: null, publishedAt: `2024-11-25T1${n}:00:00.000Z` as Instant },
  });
  const items = [item(1, ['US500']), item(2, ['AAPL']), item(3, ['AAPL', 'US500'])];
  await storeNews(db.database, { source: 'wire', placeHash: 'w', answer: { etag: null, lastModified: null, items } });
  await noteNewsFailure(
    db.database,
    { name: 'desk', placeHash: 'd' },
    {
      code: 'off',
      message: 'desk is off: set FINNHUB_API_KEY',
      failures: 2,
      retryAt: Date.parse('2024-11-25T15:02:00Z'),
    },
  );
  // The API's clock in tests stands at 15:00 of that day.
  await db.database.query(
    `UPDATE news_sources SET since = '2024-11-25 12:00Z', answered_at = CASE WHEN name = 'wire' THEN timestamptz '2024-11-25 14:30Z' END`,
  );
});
afterAll(async () => {
  await test.close();
  await db.close();
});

/** The command line against this API, with the key of an admin. */
function cli(...line: string[]): Promise<CliResult> {
  const fetch = async (url: string, init: RequestInit): Promise<Response> => {
    const target = url.slice('http://api.test'.length);
    const sent = init.method === 'POST' ? test.as('admin').post(target) : test.as('admin').get(target);
    const answer = await (init.body === undefined ? sent : sent.type('json').send(init.body as string));
    return Response.json(answer.body, { status: answer.status });
  };
  return runCli(line, { fetch });
}

describe('GET /v1/news', () => {
  it('gives what is stored, newest first, by instrument, source and time, page by page', async () => {
    const page = await test.as('viewer').get('/v1/news?instrument=AAPL&limit=1');
    expectContract('listNews', page);
    expect(page.body).toMatchObject({ items: [{ source: 'wire', instruments: ['AAPL', 'US500'] }] });
    const { nextCursor } = page.body as { nextCursor: string };
    const next = await test.as('viewer').get(`/v1/news?instrument=AAPL&limit=1&cursor=${nextCursor}`);
    expect(next.body).toMatchObject({ items: [{ publishedAt: '2024-11-25T12:00:00.000Z' }], nextCursor: null });
    const since = await test.as('viewer').get('/v1/news?source=wire&since=2024-11-25T12:30:00Z');
    expect((since.body as { items: unknown[] }).items).toHaveLength(1);
  });

  it.each([
    ['instrument=aapl', 'instrument'],
    ['since=yesterday', 'since'],
    ['limit=0', 'limit'],
    ['source=The%20Wire', 'source'],
    ['colour=red', 'colour'],
  ])('with ?%s is refused by field and rule', async (query, field) => {
    const answer = await test.as('viewer').get(`/v1/news?${query}`);
    expect(answer.status).toBe(422);
    expect(answer.body).toMatchObject({ code: 'invalid_request', errors: [{ field }] });
  });
});

describe('GET /v1/news/sources', () => {
  it('tells of each source of the file how it is doing, without what may be a key', async () => {
    const answer = await test.as('viewer').get('/v1/news/sources');
    expectContract('listNewsSources', answer);
    expect(answer.body).toMatchObject({
      items: [
        { name: 'wire', kind: 'feed', place: 'https://news.example/rss', items: 3, stale: false, problem: null },
        { name: 'desk', place: 'category general', failures: 2, retryAt: '2024-11-25T15:02:00.000Z', stale: true },
        { name: 'apple', place: 'company AAPL', items: 0, askedAt: null, stale: false },
      ],
    });
    expect(JSON.stringify(answer.body)).not.toContain('secret-in-a-query');
  });
});

describe('POST /v1/news/fetches', () => {
  it('asks for an operator, and for a source that there is', async () => {
    expect((await test.as('trader').post('/v1/news/fetches').send({})).status).toBe(403);
    const unknown = await test.as('operator').post('/v1/news/fetches').send({ source: 'gossip' });
    expect(unknown.body).toMatchObject({
      code: 'unknown_reference',
      errors: [{ field: 'source', known: ['wire', 'desk', 'apple'] }],
    });
    const started = await test.as('operator').post('/v1/news/fetches').send({ source: 'wire' });
    expectContract('startNewsFetch', started);
    expect(started.status).toBe(202);
    expect(started.headers['location']).toBe('/v1/news/fetches/news%3Awire');
    expect(test.news.asked.at(-1)).toEqual({ byHand: true, source: 'wire' });
  });

  it('says when Temporal is away, and shows only what asks for news', async () => {
    test.news.reachable = false;
    expect((await test.as('operator').post('/v1/news/fetches').send({})).status).toBe(503);
    expect((await test.as('viewer').get('/v1/news/fetches/news%3Aall')).status).toBe(503);
    test.news.reachable = true;
    test.news.states = [];
    expect((await test.as('viewer').get('/v1/news/fetches/news%3Aall')).status).toBe(404);
    expect((await test.as('viewer').get('/v1/news/fetches/trade%3Apaper%3Ax')).status).toBe(404);
  });
});

describe('tradewind news', () => {
  const nothing = { found: 0, stored: 0, duplicates: 0, code: null, problem: null, retryAt: null } as const;
  const well: IngestedNews = { ...nothing, source: 'wire', result: 'stored', found: 3, stored: 2, duplicates: 1 };
  const failed: IngestedNews = {
    ...nothing,
    ...{ source: 'desk', result: 'waiting', code: 'off', problem: 'desk is off' },
    retryAt: '2024-11-25T15:02:00.000Z' as Instant,
  };

  it('list shows headlines, cut to the width of a table', async () => {
    const { code, stdout } = await cli(
      'news',
      'list',
      '--instrument',
      'US500',
      '--since',
      '2024-11-25',
      '--limit',
      '1',
    );
    expect(code).toBe(0);
    expect(stdout).toMatch(/2024-11-25 13:00:00 +wire +\d+ +AAPL, US500 +Headline 3 long .*…\n\nThere are more/);
    const none = await cli('news', 'list', '--instrument', 'NONE');
    expect(none.stdout).toContain('There is no such news');
    const wrong = await cli('news', 'list', '--since', 'soon');
    expect(wrong).toMatchObject({ code: 2, stderr: expect.stringContaining('--since must be a day') as string });
    const json = await cli('news', 'list', '--json');
    expect(JSON.parse(json.stdout)).toMatchObject({ items: [{}, {}, {}], nextCursor: null });
  });

  it('sources says how each is doing, and ends with 4 when one is silent', async () => {
    const { code, stdout } = await cli('news', 'sources');
    expect(code).toBe(4);
    expect(stdout).toMatch(/wire +https:\/\/news\.example\/rss .* 3 +2024-11-25 13:00:00 +2024-11-25 14:30:00 +well/);
    expect(stdout).toContain('silent; desk is off: set FINNHUB_API_KEY (2 in a row, again at 2024-11-25 15:02:00)');
    expect(stdout).toMatch(/apple .* not asked yet/);
  });

  it('fetch follows the run to its end, and ends with 4 when a source failed or waits', async () => {
    test.news.states = [{ kind: 'running' }, { kind: 'ended', result: { sources: [well, failed], stale: ['desk'] } }];
    const { code, stderr, stdout } = await cli('news', 'fetch');
    expect(code).toBe(4);
    expect(stderr).toBe('asking the news sources\n');
    expect(stdout).toMatch(/wire +stored +3 +2 +1/);
    expect(stdout).toMatch(/desk +waiting .* desk is off; again at 2024-11-25 15:02:00/);
    expect(stdout).toContain('Silent for too long: desk.');
    test.news.states = [{ kind: 'ended', result: { sources: [well], stale: [] } }];
    expect((await cli('news', 'fetch', '--source', 'wire')).code).toBe(0);
    expect(test.news.asked.at(-1)).toEqual({ byHand: true, source: 'wire' });
    test.news.states = [{ kind: 'ended', result: { sources: [], stale: [] } }];
    expect((await cli('news', 'fetch')).stdout).toContain('No source was asked');
  });

  it('fetch says why there was nothing to follow', async () => {
    test.news.states = [{ kind: 'failed', code: 'unknown_source', message: 'there is no news source x' }];
    expect(await cli('news', 'fetch', '--json')).toMatchObject({
      code: 1,
      stderr: 'asking the news sources\ntradewind: there is no news source x\n',
    });
    test.news.states = [{ kind: 'stopped', message: 'stopped by halt 7' }];
    expect(await cli('news', 'fetch')).toMatchObject({
      code: 3,
      stderr: expect.stringContaining('stopped by halt 7') as string,
    });
    expect((await cli('news', 'fetch', '--source', 'gossip')).code).toBe(2);
  });
});
