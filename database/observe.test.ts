import { createTestDatabase, type TestDatabase } from '../tests/support/database';
import { observeQueries, queryType } from './observe';
import { openDatabase, transaction } from './pool';
import { isDatabaseUnavailable } from './unavailable';

let test: TestDatabase;
beforeAll(async () => {
  test = await createTestDatabase();
});
afterAll(() => test.drop());

describe('the type of a statement', () => {
  it.each([
    ['SELECT fence_and_journal($1) AS answer', 'fence_and_journal'],
    ['SELECT record_outcome_and_read($1) AS answer', 'record_outcome_and_read'],
    ['  select 1', 'select'],
    ['INSERT INTO trades VALUES ($1)', 'insert'],
    ['WITH kept AS (UPDATE trades SET a = 1) SELECT 1', 'with'],
    ['BEGIN', 'begin'],
    ['VACUUM', 'other'],
    ["SELECT 'accept_trade'", 'select'],
  ])('of %j is %s', (text, type) => expect(queryType(text)).toBe(type));
});

describe('observing a pool', () => {
  it('tells of statements of the pool, of transactions, and of failed ones', async () => {
    const database = openDatabase(test.url, { max: 2 });
    const seen: string[] = [];
    const durations: number[] = [];
    observeQueries(database, (type, seconds) => {
      seen.push(type);
      durations.push(seconds);
    });
    await database.query('SELECT $1::int', [1]);
    await database.query({ text: 'SELECT 2' });
    await transaction(database, (client) => client.query('LOCK TABLE trades'));
    await expect(database.query('DELETE FROM nowhere')).rejects.toThrow('does not exist');
    await database.end();
    expect(seen).toEqual(['select', 'select', 'begin', 'lock', 'commit', 'delete']);
    expect(durations.every((seconds) => seconds >= 0 && seconds < 10)).toBe(true);
  });
});

describe('an unavailable database', () => {
  it('is told from a statement that is wrong', async () => {
    const gone = openDatabase('postgres://u@127.0.0.1:1/x', { max: 1 });
    await expect(gone.query('SELECT 1').catch(isDatabaseUnavailable)).resolves.toBe(true);
    await gone.end();
    const database = openDatabase(test.url, { max: 1 });
    await expect(database.query('SELECT nothing').catch(isDatabaseUnavailable)).resolves.toBe(false);
    await database.end();
  });

  it.each([
    [Object.assign(new Error('x'), { code: '57P01' }), true],
    [Object.assign(new Error('x'), { code: '08006' }), true],
    [new Error('Connection terminated unexpectedly'), true],
    [new AggregateError([Object.assign(new Error('x'), { code: 'ECONNREFUSED' })]), true],
    [Object.assign(new Error('x'), { code: '23505' }), false],
    ['ECONNREFUSED', false],
  ])('%s: %s', (error, expected) => expect(isDatabaseUnavailable(error)).toBe(expected));
});
