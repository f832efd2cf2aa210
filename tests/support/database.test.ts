import { Client } from 'pg';
import { createEmptyDatabase, createTestDatabase, type TestDatabase } from './database';

const made: TestDatabase[] = [];

afterAll(async () => {
  await Promise.all(made.map((database) => database.drop()));
});

async function fresh(make: () => Promise<TestDatabase>): Promise<TestDatabase> {
  const database = await make();
  made.push(database);
  return database;
}

async function query(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}

describe('a test database', () => {
  it('holds the migrations, also when several tests ask at once', async () => {
    const databases = await Promise.all([1, 2, 3].map(() => fresh(createTestDatabase)));
    for (const { url } of databases) {
      expect(await query(url, "SELECT to_regclass('trades') IS NOT NULL AS there")).toEqual([{ there: true }]);
    }
  });

  it('sees nothing of its neighbours', async () => {
    const [first, second] = [await fresh(createTestDatabase), await fresh(createTestDatabase)];
    await query(first.url, 'CREATE TABLE mark (n int)');
    expect(await query(second.url, "SELECT to_regclass('mark') IS NULL AS clean")).toEqual([{ clean: true }]);
  });

  it('is gone after its drop, even with a connection left open', async () => {
    const database = await createTestDatabase();
    const client = new Client({ connectionString: database.url });
    client.on('error', () => undefined);
    await client.connect();
    await database.drop();
    await expect(query(database.url, 'SELECT 1')).rejects.toThrow('does not exist');
    await client.end();
  });

  it('is empty when asked so', async () => {
    const { url } = await fresh(createEmptyDatabase);
    expect(await query(url, "SELECT to_regclass('trades') IS NULL AS clean")).toEqual([{ clean: true }]);
  });
});
