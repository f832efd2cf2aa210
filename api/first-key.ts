import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { generateKey, hasAdminKey, KEY_PATTERN, storeKey } from '../database/keys';
import { transaction } from '../database/pool';
import type { Database } from '../database/pool';

/** Any fixed number: one process at a time makes the first key. */
const FIRST_KEY_LOCK = 7_316_003;

/** `made` a new key, `adopted` the one that the owner's file holds, or `present`: there is an admin key already. */
export type FirstKey = 'made' | 'adopted' | 'present';

/**
 * Makes sure that the database has an admin key, and that its owner can read it. The file is written before the hash
 * is stored: a crash in between leaves a file whose key the next start adopts. A file that others can read is not
 * trusted, and is replaced.
 * @param file readable for its owner only (mode 600)
 */
export async function ensureFirstKey(database: Database, file: string): Promise<FirstKey> {
  return transaction(database, async (client) => {
    await client.query('SELECT pg_advisory_xact_lock($1)', [FIRST_KEY_LOCK]);
    if (await hasAdminKey(client)) return 'present';
    const kept = keptKey(file);
    const key = kept ?? generateKey();
    if (kept === undefined) writePrivately(file, key);
    await storeKey(client, key, 'first', 'admin');
    return kept === undefined ? 'made' : 'adopted';
  });
}

function keptKey(file: string): string | undefined {
  if (!existsSync(file) || (statSync(file).mode & 0o077) !== 0) return undefined;
  const key = readFileSync(file, 'utf8').trim();
  return KEY_PATTERN.test(key) ? key : undefined;
}

function writePrivately(file: string, key: string): void {
  mkdirSync(dirname(file), { recursive: true });
  const unfinished = `${file}.${process.pid}`;
  writeFileSync(unfinished, `${key}\n`, { mode: 0o600 });
  chmodSync(unfinished, 0o600);
  renameSync(unfinished, file);
}
