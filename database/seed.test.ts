import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Instant } from '../domain/clock/instant';
import { createTestDatabase, type TestDatabase } from '../tests/support/database';
import { storeTrade } from '../tests/support/seeded-database';
import { openDatabase, type Database } from './pool';
import { clockSetting, seed } from './seed';

const dataDir = join(__dirname, '../data');
const replay = { kind: 'replay', start: '2017-06-14T12:30:00.000Z' as Instant, speed: 28_800 } as const;

let test: TestDatabase;
let database: Database;
beforeEach(async () => {
  test = await createTestDatabase();
  database = openDatabase(test.url, { max: 2 });
});
afterEach(async () => {
  await database.end();
  await test.drop();
});

async function one(sql: string): Promise<Record<string, unknown> | undefined> {
  return (await database.query<Record<string, unknown>>(sql)).rows[0];
}

describe('seeding', () => {
  it('stores the bundled bars from 2014 on, exactly', async () => {
    const { barsAdded } = await seed(test.url, { dataDir, clock: replay });
    // 1,584 trading days from 2014 to 2020-04-17 and 1,258 from 2014 to 2018 (rows of the two files).
    expect(barsAdded).toBe(1_584 + 1_258);
    expect(
      await one(`SELECT open::text, close::text FROM daily_bars WHERE instrument = 'US500' AND date = '2014-01-02'`),
    ).toEqual({
      open: '1845.86',
      close: '1831.98',
    });
    expect(await one(`SELECT max(date)::text AS last FROM daily_bars WHERE instrument = 'USCOMP'`)).toEqual({
      last: '2018-12-31',
    });
  });

  it('says honestly what the instruments are', async () => {
    await seed(test.url, { dataDir, clock: replay });
    const { rows } = await database.query<{ id: string; description: string }>(
      'SELECT id, description FROM instruments ORDER BY id',
    );
    expect(rows.map((row) => row.id)).toEqual(['SIM', 'SIMF', 'US500', 'USCOMP']);
    for (const row of rows.slice(0, 2)) expect(row.description).toContain('Synthetic');
    for (const row of rows.slice(2)) expect(row.description).toContain('an index is not a tradable instrument');
  });

  it('makes the paper account with its clock and its book at one market time', async () => {
    expect((await seed(test.url, { dataDir, clock: replay })).clocks).toEqual({ paper: 'made' });
    expect(
      await one(`SELECT a.opening_cash::text AS cash, b.cash::text AS book, b.advanced_to = c.market_time AS together,
        c.kind, c.speed::text AS speed, iso(c.market_time) AS at, (a.policy ->> 'maxConcentration') AS concentration
        FROM accounts a JOIN account_clocks c ON c.account = a.name JOIN paper.books b ON b.account = a.name`),
    ).toEqual({
      cash: '100000',
      book: '100000',
      together: true,
      kind: 'replay',
      speed: '28800',
      at: '2017-06-14T12:30:00.000Z',
      concentration: '0.25',
    });
  });

  it('resets nothing when it is repeated', async () => {
    await seed(test.url, { dataDir, clock: replay });
    await database.query(`UPDATE account_clocks SET market_time = '2017-09-01T00:00:00Z'`);
    await database.query(`UPDATE accounts SET opening_cash = 5`);
    const again = await seed(test.url, { dataDir, clock: replay });
    expect(again).toEqual({ barsAdded: 0, clocks: { paper: 'kept' } });
    expect(await one(`SELECT opening_cash::text AS cash, iso(market_now('paper')) AS at FROM accounts`)).toEqual({
      cash: '5',
      at: '2017-09-01T00:00:00.000Z',
    });
  });

  it('changes the speed without moving the clock', async () => {
    await seed(test.url, { dataDir, clock: replay });
    expect((await seed(test.url, { dataDir, clock: { ...replay, speed: 60 } })).clocks).toEqual({ paper: 'changed' });
    expect(await one(`SELECT speed::text AS speed, iso(market_now('paper')) AS at FROM account_clocks`)).toEqual({
      speed: '60',
      at: replay.start,
    });
  });

  it('changes a flat account to the real clock and moves its book along', async () => {
    await seed(test.url, { dataDir, clock: replay });
    expect((await seed(test.url, { dataDir, clock: { kind: 'live' } })).clocks).toEqual({ paper: 'changed' });
    expect(
      await one(`SELECT abs(extract(epoch FROM now() - market_now('paper'))) < 60 AS live,
        abs(extract(epoch FROM now() - (SELECT advanced_to FROM paper.books))) < 60 AS book`),
    ).toEqual({ live: true, book: true });
  });

  it('begins another passage of market days with a clock that goes back, and with no other', async () => {
    const passage = async () => one('SELECT passage FROM account_clocks');
    await seed(test.url, { dataDir, clock: replay });
    await seed(test.url, { dataDir, clock: { kind: 'live' } });
    expect(await passage()).toEqual({ passage: 0 });
    await seed(test.url, { dataDir, clock: replay });
    expect(await passage()).toEqual({ passage: 1 });
  });

  it('holds the clock of an account that has an open trade', async () => {
    await seed(test.url, { dataDir, clock: replay });
    await storeTrade(database, 'open');
    expect((await seed(test.url, { dataDir, clock: { kind: 'live' } })).clocks).toEqual({ paper: 'held' });
    expect(await one('SELECT kind FROM account_clocks')).toEqual({ kind: 'replay' });
  });

  it('stores nothing of a file that is malformed', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'bars-'));
    try {
      const header = 'date,open,high,low,close,volume\n';
      writeFileSync(join(dir, 'us500-daily.csv'), `${header}2014-01-02,1,2,1,2,5\n2014-01-03,1,oops,1,2,5\n`);
      await expect(seed(test.url, { dataDir: dir, clock: replay })).rejects.toThrow('line 3 is no bar');
      writeFileSync(join(dir, 'us500-daily.csv'), 'date,close\n');
      await expect(seed(test.url, { dataDir: dir, clock: replay })).rejects.toThrow('the first line must be');
      expect(await one('SELECT count(*)::int AS bars FROM daily_bars')).toEqual({ bars: 0 });
    } finally {
      rmSync(dir, { recursive: true });
    }
  });
});

describe('the clock setting', () => {
  it('is the replay with its start in UTC, or the real clock', () => {
    const paper = { clock: 'replay', replayStart: '2017-06-14T08:30:00-04:00', replaySpeed: 60 } as const;
    expect(clockSetting(paper)).toEqual({ kind: 'replay', start: '2017-06-14T12:30:00.000Z', speed: 60 });
    expect(clockSetting({ ...paper, clock: 'live' })).toEqual({ kind: 'live' });
  });
});
