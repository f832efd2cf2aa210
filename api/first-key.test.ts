import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { createTestDatabase, type TestDatabase } from '../tests/support/database';
import { findKey, generateKey, hashKey } from '../database/keys';
import { openDatabase, type Database } from '../database/pool';
import { createLogger } from '../telemetry/logger';
import { ensureFirstKey } from './first-key';
import { Housekeeping } from './housekeeping';

let test: TestDatabase;
let database: Database;
let folder: string;
let file: string;
beforeEach(async () => {
  test = await createTestDatabase();
  database = openDatabase(test.url, { max: 4 });
  folder = mkdtempSync(join(tmpdir(), 'key-'));
  file = join(folder, 'var', 'api-key');
});
afterEach(async () => {
  await database.end();
  await test.drop();
  rmSync(folder, { recursive: true });
});

const held = (): string => readFileSync(file, 'utf8').trim();

describe('the first key', () => {
  it('is an admin key in a file that only its owner can read', async () => {
    expect(await ensureFirstKey(database, file)).toBe('made');
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(await findKey(database, hashKey(held()))).toMatchObject({ role: 'admin', revoked: false });
  });

  it('is made once, also by several processes at once', async () => {
    const made = await Promise.all([1, 2, 3].map(() => ensureFirstKey(database, file)));
    expect(made.sort()).toEqual(['made', 'present', 'present']);
    const first = held();
    expect(await ensureFirstKey(database, file)).toBe('present');
    expect(held()).toBe(first);
  });

  it('is the one that its file holds when the database is new', async () => {
    await ensureFirstKey(database, file);
    const first = held();
    await database.query('DELETE FROM api_keys');
    expect(await ensureFirstKey(database, file)).toBe('adopted');
    expect(held()).toBe(first);
    expect(await findKey(database, hashKey(first))).toMatchObject({ role: 'admin' });
  });

  it.each([
    ['others can read', 0o644, generateKey()],
    ['holds something else', 0o600, 'changeme'],
  ])('is made anew when its file %s', async (_why, mode, text) => {
    await ensureFirstKey(database, file);
    await database.query('DELETE FROM api_keys');
    writeFileSync(file, text);
    chmodSync(file, mode);
    expect(await ensureFirstKey(database, file)).toBe('made');
    expect(held()).not.toBe(text);
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });
});

function logged(): { text: () => string; destination: Writable } {
  let text = '';
  const destination = new Writable({
    write(chunk: Buffer, _encoding, done) {
      text += chunk.toString();
      done();
    },
  });
  return { text: () => text, destination };
}

describe('housekeeping', () => {
  it('makes the key and the partitions, and logs where the key is but not the key', async () => {
    const { text, destination } = logged();
    const housekeeping = new Housekeeping(database, file, createLogger({ service: 'api', destination }));
    await housekeeping.start();
    await housekeeping.stop();
    expect(text()).toContain(file);
    expect(text()).not.toContain(held());
    const { rows } = await database.query<{ n: number }>(
      `SELECT count(*)::int AS n FROM pg_inherits WHERE inhparent = 'audit_events'::regclass`,
    );
    expect(rows[0]?.n).toBe(5);
  });

  it('does not keep the API from starting while the database is away', async () => {
    const { text, destination } = logged();
    const gone = openDatabase('postgres://nobody@127.0.0.1:1/nothing', { max: 1 });
    const housekeeping = new Housekeeping(gone, file, createLogger({ service: 'api', destination }));
    await housekeeping.start();
    await housekeeping.stop();
    expect(text()).toContain('housekeeping failed and is tried again');
    await gone.end();
  });
});
