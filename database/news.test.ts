import type { Instant } from '../domain/clock/instant';
import { createSeededDatabase } from '../tests/support/seeded-database';
import type { SeededDatabase } from '../tests/support/seeded-database';
import { InvalidCursor } from './cursor';
import { knownInstruments, listNews, StoredNewsFeed, storeNews } from './news';
import type { NewNews, StoredNews } from './news';
import { ensureNewsSources, newsCounts, noteNewsFailure, readNewsSources } from './news-sources';
import type { NewsSourceRow } from './news-sources';
import { pruneHistory } from './prune';

let db: SeededDatabase;
beforeAll(async () => {
  db = await createSeededDatabase();
});
afterAll(() => db.close());
beforeEach(async () => {
  await db.database.query('TRUNCATE news_items, news_sources');
  await ensureNewsSources(db.database, [
    { name: 'one', placeHash: 'p1' },
    { name: 'two', placeHash: 'p2' },
  ]);
});

const hex = (text: string): string => Buffer.from(text).toString('hex').padEnd(64, '0').slice(0, 64);
const at = (text: string): Instant => `${text}.000Z` as Instant;
const item = (key: string, changes: Partial<NewNews> = {}): NewNews => ({
  ...{ key: hex(key), title: `Title of ${key}`, summary: 'S', link: 'https://news.example/', titleHash: null },
  ...{ instruments: ['US500'], publishedAt: at('2018-07-10T12:00:00') },
  ...changes,
});
const store = (source: 'one' | 'two', ...items: readonly NewNews[]): Promise<StoredNews> =>
  storeNews(db.database, {
    source,
    placeHash: source === 'one' ? 'p1' : 'p2',
    answer: { etag: '"e"', lastModified: null, items },
  });
const row = async (name: string): Promise<NewsSourceRow | undefined> =>
  (await readNewsSources(db.database)).find((one) => one.name === name);
const titles = async (filter: Parameters<typeof listNews>[1] = {}): Promise<readonly string[]> =>
  (await listNews(db.database, filter, { limit: 50 })).items.map(({ title }) => title);

describe('an answer of a source', () => {
  it('is stored once, however often it comes; what a source writes into an item later does not change it', async () => {
    expect(await store('one', item('a'), item('b'))).toEqual({ stored: 2, duplicates: 0 });
    expect(await store('one', item('a', { title: 'Edited' }), item('b'), item('c'))).toEqual({
      stored: 1,
      duplicates: 0,
    });
    expect([...(await titles())].sort()).toEqual(['Title of a', 'Title of b', 'Title of c']);
  });

  it('is stored once when it comes several times at once', async () => {
    const results = await Promise.all(Array.from({ length: 4 }, () => store('one', item('a'), item('b'))));
    expect(results.map(({ stored }) => stored).sort()).toEqual([0, 0, 0, 2]);
  });

  it('is stored as a whole with its validators, or not at all', async () => {
    await expect(store('one', item('a'), item('b', { link: 'javascript:alert(1)' }))).rejects.toThrow('link');
    expect(await titles()).toEqual([]);
    expect(await row('one')).toMatchObject({ etag: null, answeredAt: null });
  });

  it('without items keeps the validators, and counts as one', async () => {
    await store('one', item('a'));
    const before = await row('one');
    expect(await storeNews(db.database, { source: 'one', placeHash: 'p1' })).toEqual({ stored: 0, duplicates: 0 });
    const after = await row('one');
    expect(after?.etag).toBe('"e"');
    expect(after?.answeredAt).toBeGreaterThanOrEqual(before?.answeredAt ?? Infinity);
  });

  it('whose item has no time of its own is published when it is seen', async () => {
    await store('one', item('a', { publishedAt: null }));
    const [only] = (await listNews(db.database, {}, { limit: 1 })).items;
    expect(only?.publishedAt).toBe(only?.seenAt);
  });
});

describe('a title that two sources print within days', () => {
  const same = { titleHash: hex('same') };

  it('is listed once, by the first to publish it; in the list of an instrument by the first that is about it', async () => {
    const first = { ...same, publishedAt: at('2018-07-10T11:00:00'), instruments: [] };
    expect(await store('one', item('a', first))).toEqual({ stored: 1, duplicates: 0 });
    expect(await store('two', item('b', same), item('c', same))).toEqual({ stored: 2, duplicates: 2 });
    expect(await titles()).toEqual(['Title of a']);
    expect(await titles({ instrument: 'US500' })).toEqual(['Title of b']);
    expect(await titles({ source: 'two' })).toEqual(['Title of b']);
  });

  it('is other news a week later', async () => {
    await store('one', item('a', same));
    const later = item('b', { ...same, publishedAt: at('2018-07-17T12:00:00') });
    expect(await store('two', later)).toEqual({ stored: 1, duplicates: 0 });
    expect(await titles()).toEqual(['Title of b', 'Title of a']);
  });
});

it('a list goes on page by page, without a gap or a repeat, and takes no cursor of another list', async () => {
  await store('one', ...['a', 'b', 'c', 'd', 'e'].map((key) => item(key)));
  const seen: string[] = [];
  let cursor: string | null = null;
  do {
    const page = await listNews(db.database, {}, { limit: 2, ...(cursor === null ? {} : { cursor }) });
    seen.push(...page.items.map(({ title }) => title));
    cursor = page.nextCursor;
  } while (cursor !== null);
  expect(seen).toEqual(['e', 'd', 'c', 'b', 'a'].map((key) => `Title of ${key}`));
  await expect(listNews(db.database, {}, { limit: 2, cursor: 'x' })).rejects.toThrow(InvalidCursor);
  const strange = Buffer.from(JSON.stringify(['2018-07-10T12:00:00.000000Z', 'abc'])).toString('base64url');
  expect((await listNews(db.database, {}, { limit: 2, cursor: strange })).items).toEqual([]);
  expect(await titles({ since: at('2018-07-10T12:00:01') })).toEqual([]);
});

describe('how a source is doing', () => {
  const failure = {
    code: 'unavailable',
    message: 'one answered 500',
    failures: 3,
    retryAt: Date.now() + 60_000,
  } as const;

  it('is kept in the database, and forgotten when it answers', async () => {
    await noteNewsFailure(db.database, { name: 'one', placeHash: 'p1' }, failure);
    expect(await row('one')).toMatchObject({
      ...{ failures: 3, retryAt: failure.retryAt, answeredAt: null },
      problem: { code: 'unavailable', message: 'one answered 500' },
    });
    await store('one', item('a'));
    expect(await row('one')).toMatchObject({ failures: 0, retryAt: null, problem: null, etag: '"e"' });
    expect((await newsCounts(db.database)).get('one')).toEqual({
      items: 1,
      newest: Date.parse('2018-07-10T12:00:00Z'),
    });
  });

  it('at one place says nothing of another: its validators and its wait are dropped, its items stay', async () => {
    await store('one', item('a'));
    await noteNewsFailure(db.database, { name: 'one', placeHash: 'p1' }, failure);
    await ensureNewsSources(db.database, [{ name: 'one', placeHash: 'p9' }]);
    expect(await row('one')).toMatchObject({ failures: 0, retryAt: null, problem: null, etag: null, answeredAt: null });
    // An answer of the old place comes late.
    await noteNewsFailure(db.database, { name: 'one', placeHash: 'p1' }, failure);
    await store('one', item('b'));
    expect(await row('one')).toMatchObject({ failures: 0, etag: null, answeredAt: null });
    expect(await titles()).toHaveLength(2);
  });
});

describe('news as an analyst is shown it', () => {
  const ask = (account: string, time: Instant, count = 10) =>
    new StoredNewsFeed(db.database)
      .news({ account, instrument: 'US500', at: time, count })
      .then((items) => items.map(({ value }) => value.title));
  /** `paper` replays; its double looks at the real clock. */
  beforeAll(async () => {
    await db.database.query(
      `INSERT INTO accounts (name, venue, mode, currency, opening_cash, policy) SELECT 'live', venue, mode, currency, opening_cash, policy
       FROM accounts WHERE name = 'paper';
       INSERT INTO account_clocks SELECT (jsonb_populate_record(c, '{"account": "live", "kind": "live"}')).* FROM account_clocks c WHERE account = 'paper'`,
    );
  });

  it('on a replay is what was published by market time, newest first, and not older than a week', async () => {
    await store(
      'one',
      item('later', { publishedAt: at('2018-07-10T12:00:01') }),
      item('now'),
      item('before', { publishedAt: at('2018-07-09T12:00:00') }),
      item('old', { publishedAt: at('2018-07-03T11:59:59') }),
      item('other', { instruments: ['USCOMP'] }),
    );
    expect(await ask('paper', at('2018-07-10T12:00:00'))).toEqual(['Title of now', 'Title of before']);
    expect(await ask('paper', at('2018-07-10T12:00:00'), 1)).toEqual(['Title of now']);
    // The control: a second later the later one is there, so it was the time that kept it out.
    expect(await ask('paper', at('2018-07-10T12:00:01'))).toEqual([
      'Title of later',
      'Title of now',
      'Title of before',
    ]);
  });

  it('on the real clock is also only what we had seen by then', async () => {
    const published = new Date(Date.now() - 3_600_000).toISOString() as Instant;
    await store('one', item('a', { publishedAt: published }));
    const [stored] = (await listNews(db.database, {}, { limit: 1 })).items;
    const seen = Date.parse(stored?.seenAt ?? '');
    const before = new Date(seen - 1_000).toISOString() as Instant;
    expect(await ask('live', before)).toEqual([]);
    expect(await ask('live', new Date(seen + 1_000).toISOString() as Instant)).toEqual(['Title of a']);
    // The control: a replay of that moment shows what was published then.
    expect(await ask('paper', before)).toEqual(['Title of a']);
  });

  it('is one item of each title', async () => {
    const same = { titleHash: hex('same') };
    await store('one', item('a', same));
    await store('two', item('b', same));
    expect(await ask('paper', at('2018-07-10T13:00:00'))).toEqual(['Title of a']);
  });
});

it('news is deleted a year after it was seen, and repeats of what is gone stay', async () => {
  const same = { titleHash: hex('same') };
  await store('one', item('a', same));
  await store('two', item('b', same));
  await db.database.query(`UPDATE news_items SET seen_at = now() - interval '366 days' WHERE source = 'one'`);
  const { deleted } = await pruneHistory(db.database, new Date());
  expect(deleted['news_items']).toBe(1);
  expect(await titles()).toEqual(['Title of b']);
});

it('every instrument of the accounts is known', async () => {
  expect(await knownInstruments(db.database)).toEqual(expect.arrayContaining(['US500', 'USCOMP']));
});
