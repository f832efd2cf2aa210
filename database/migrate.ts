import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { runner } from 'node-pg-migrate';
import { Client } from 'pg';

/** Any fixed number: one process at a time replaces the functions. */
const FUNCTIONS_LOCK = 7_316_001;

/**
 * Brings a database to this version's schema: pending migrations first, then every function, replaced as a whole so
 * that a function's history is its file's history. May be repeated, and by several processes at once.
 * @throws when a migration fails; that migration has then changed nothing.
 */
export async function migrate(databaseUrl: string): Promise<void> {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    await client.query('SELECT pg_advisory_lock($1)', [FUNCTIONS_LOCK]);
    await runner({
      dbClient: client,
      dir: join(__dirname, 'migrations'),
      migrationsTable: 'migrations',
      direction: 'up',
      noLock: true,
      log: () => undefined,
    });
    await client.query('BEGIN');
    const functions = functionTexts();
    // Functions call each other: only when all are there can their bodies be checked.
    await client.query('SET LOCAL check_function_bodies = off');
    for (const text of functions) await client.query(text);
    await client.query('SET LOCAL check_function_bodies = on');
    for (const text of functions) await client.query(text);
    await client.query('COMMIT');
  } finally {
    await client.end();
  }
}

/** Text of every file of functions, in their order. */
export function functionTexts(): readonly string[] {
  return filesIn('functions').map((file) => readFileSync(join(__dirname, 'functions', file), 'utf8'));
}

/** Names of this version's migrations, in their order, as the table `migrations` has them. */
export function migrationNames(): readonly string[] {
  return filesIn('migrations').map((file) => file.slice(0, -'.sql'.length));
}

/** What a migration changes, as SQL. */
export function upText(name: string): string {
  const text = readFileSync(join(__dirname, 'migrations', `${name}.sql`), 'utf8');
  return text.split('-- Down Migration')[0] ?? text;
}

function filesIn(folder: string): readonly string[] {
  return readdirSync(join(__dirname, folder))
    .filter((name) => name.endsWith('.sql'))
    .sort();
}
