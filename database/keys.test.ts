import { createSeededDatabase, type SeededDatabase } from '../tests/support/seeded-database';
import { findKey, generateKey, hasAdminKey, hashKey, KEY_PATTERN, storeKey, touchKey } from './keys';

let db: SeededDatabase;
beforeAll(async () => {
  db = await createSeededDatabase();
});
afterAll(() => db.close());

describe('API keys', () => {
  it('are 256 random bits behind a prefix', () => {
    expect(generateKey()).toMatch(KEY_PATTERN);
    expect(new Set(Array.from({ length: 50 }, generateKey)).size).toBe(50);
  });

  it('are stored as a hash and found by it', async () => {
    const key = generateKey();
    const id = await storeKey(db.database, key, 'desk', 'trader');
    expect(await findKey(db.database, hashKey(key))).toEqual({
      id,
      name: 'desk',
      role: 'trader',
      hash: hashKey(key),
      revoked: false,
    });
    const { rows } = await db.database.query<{ stored: string }>('SELECT api_keys::text AS stored FROM api_keys');
    expect(rows.map((row) => row.stored).join()).not.toContain(key);
  });

  it('keep their role when they are stored again', async () => {
    const key = generateKey();
    const id = await storeKey(db.database, key, 'desk', 'viewer');
    expect(await storeKey(db.database, key, 'other', 'admin')).toBe(id);
    expect(await findKey(db.database, hashKey(key))).toMatchObject({ name: 'desk', role: 'viewer' });
  });

  it('that were revoked are no admin key', async () => {
    expect(await hasAdminKey(db.database)).toBe(false);
    const id = await storeKey(db.database, generateKey(), 'boss', 'admin');
    expect(await hasAdminKey(db.database)).toBe(true);
    await db.database.query('UPDATE api_keys SET revoked_at = now() WHERE id = $1', [id]);
    expect(await hasAdminKey(db.database)).toBe(false);
  });

  it('note their use at most once a minute', async () => {
    const id = await storeKey(db.database, generateKey(), 'desk', 'viewer');
    const used = async (): Promise<unknown> =>
      (await db.database.query<{ at: Date | null }>('SELECT last_used_at AS at FROM api_keys WHERE id = $1', [id]))
        .rows[0]?.at;
    expect(await used()).toBeNull();
    await touchKey(db.database, id);
    const first = await used();
    expect(first).not.toBeNull();
    await touchKey(db.database, id);
    expect(await used()).toEqual(first);
  });
});
