import { setTimeout as sleep } from 'node:timers/promises';
import { createTestDatabase } from '../tests/support/database';
import type { TestDatabase } from '../tests/support/database';
import { openDatabase, transaction } from './pool';
import type { Database } from './pool';

let test: TestDatabase;
let database: Database;
const broken: Error[] = [];
beforeAll(async () => {
  test = await createTestDatabase();
  database = openDatabase(test.url, { max: 2, onError: (error) => broken.push(error) });
});
afterAll(async () => {
  await database.end();
  await test.drop();
});

async function cut(pid: number): Promise<void> {
  await database.query('SELECT pg_terminate_backend($1)', [pid]);
  // The end of the connection arrives by itself, outside of any query.
  await sleep(100);
}

describe('a pool whose server cuts its connections', () => {
  it('fails the transaction that held one, not the process, and goes on', async () => {
    const cutOff = transaction(database, async (client) => {
      const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
      await cut(rows[0]?.pid ?? 0);
      await client.query('SELECT 1');
    });
    await expect(cutOff).rejects.toThrow();
    await expect(database.query('SELECT 1 AS one')).resolves.toMatchObject({ rows: [{ one: 1 }] });
  });

  it('tells of one that was idle', async () => {
    const idle = await database.connect();
    const { rows } = await idle.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
    const other = await database.connect();
    idle.release();
    await other.query('SELECT pg_terminate_backend($1)', [rows[0]?.pid]);
    await sleep(100);
    other.release();
    expect(broken.map(({ message }) => message)).toContain('terminating connection due to administrator command');
  });
});
