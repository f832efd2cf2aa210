import { createHash, randomBytes } from 'node:crypto';
import type { Role } from '../domain/access/role';
import type { Instant } from '../domain/clock/instant';
import { transaction } from './pool';
import type { Database, Queryable } from './pool';

/** A stored API key, without the key. */
export interface StoredKey {
  readonly id: string;
  readonly name: string;
  readonly role: Role;
  /** SHA-256 of the key, hex. */
  readonly hash: string;
  readonly revoked: boolean;
}

/** `tw_` and 256 random bits. */
export const KEY_PATTERN = /^tw_[A-Za-z0-9_-]{43}$/;

/** A fresh key; whoever makes it must show or store it, since only its hash is kept. */
export function generateKey(): string {
  return `tw_${randomBytes(32).toString('base64url')}`;
}

/** What is stored of a key. Its 256 random bits cannot be guessed, so a fast hash is enough. */
export function hashKey(key: string): string {
  return createHash('sha256').update(key).digest('hex');
}

/** The key with this hash, revoked or not; one indexed look-up. */
export async function findKey(database: Queryable, hash: string): Promise<StoredKey | undefined> {
  const { rows } = await database.query<StoredKey>(
    `SELECT id, name, role, key_hash AS hash, revoked_at IS NOT NULL AS revoked FROM api_keys WHERE key_hash = $1`,
    [hash],
  );
  return rows[0];
}

/** Stores a key under its hash; answers its id. A key that is stored already keeps its role. */
export async function storeKey(database: Queryable, key: string, name: string, role: Role): Promise<string> {
  const { rows } = await database.query<{ id: string }>(
    `INSERT INTO api_keys (name, role, key_hash) VALUES ($1, $2, $3)
     ON CONFLICT (key_hash) DO UPDATE SET name = api_keys.name RETURNING id`,
    [name, role, hashKey(key)],
  );
  const row = rows[0];
  if (row === undefined) throw new Error('storing a key answered nothing');
  return row.id;
}

/** A key as lists show it. */
export interface ListedKey {
  readonly id: string;
  readonly name: string;
  readonly role: Role;
  readonly createdAt: Instant;
  /** To the minute; null while it was never used. */
  readonly lastUsedAt: Instant | null;
  readonly revokedAt: Instant | null;
}

const LISTED = `id, name, role, iso(created_at) AS "createdAt", iso(last_used_at) AS "lastUsedAt", iso(revoked_at) AS "revokedAt"`;

/** Every key without itself, newest first. */
export async function listKeys(database: Queryable): Promise<readonly ListedKey[]> {
  const { rows } = await database.query<ListedKey>(`SELECT ${LISTED} FROM api_keys ORDER BY created_at DESC, id`);
  return rows;
}

/** Revokes a key for ever; one that is revoked stays as it is. The last admin key stays usable. */
export async function revokeKey(database: Database, id: string): Promise<ListedKey | 'not-found' | 'last-admin'> {
  return transaction(database, async (client) => {
    // Two at once must not revoke each other.
    await client.query('LOCK TABLE api_keys IN SHARE ROW EXCLUSIVE MODE');
    const { rows } = await client.query<ListedKey>(
      `UPDATE api_keys k SET revoked_at = coalesce(revoked_at, clock_timestamp())
       WHERE id = $1 AND (revoked_at IS NOT NULL OR role <> 'admin'
         OR EXISTS (SELECT FROM api_keys o WHERE o.role = 'admin' AND o.revoked_at IS NULL AND o.id <> k.id))
       RETURNING ${LISTED}`,
      [id],
    );
    if (rows[0] !== undefined) return rows[0];
    const found = await client.query('SELECT FROM api_keys WHERE id = $1', [id]);
    return found.rowCount === 0 ? 'not-found' : 'last-admin';
  });
}

/** Whether any admin key is usable. */
export async function hasAdminKey(database: Queryable): Promise<boolean> {
  const { rows } = await database.query<{ there: boolean }>(
    `SELECT EXISTS (SELECT FROM api_keys WHERE role = 'admin' AND revoked_at IS NULL) AS there`,
  );
  return rows[0]?.there ?? false;
}

/** Notes that a key was used, at most once a minute. */
export async function touchKey(database: Queryable, id: string): Promise<void> {
  await database.query(
    `UPDATE api_keys SET last_used_at = clock_timestamp()
     WHERE id = $1 AND (last_used_at IS NULL OR last_used_at < clock_timestamp() - interval '1 minute')`,
    [id],
  );
}
