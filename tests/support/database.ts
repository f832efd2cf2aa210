import { randomBytes } from 'node:crypto';
import { Client } from 'pg';
import { migrate } from '../../database/migrate';

/** A database that belongs to one test file or one test. */
export interface TestDatabase {
  /** Connection string, with the password. */
  readonly url: string;
  /** Deletes the database; open connections are cut. */
  readonly drop: () => Promise<void>;
}

const TEMPLATE = 'migrated_template';

/** Advisory lock under which the first test of a run makes the template; the others wait for it. */
const TEMPLATE_LOCK = 7_021_001;

/**
 * A fresh database with all migrations, copied from a template that the first call of a run makes (about a second;
 * a copy takes a tenth of that). It holds no seeded data.
 * @throws Error outside the `system` test project, or when the migrations fail.
 */
export async function createTestDatabase(): Promise<TestDatabase> {
  const name = `test_${randomBytes(6).toString('hex')}`;
  await withServer(async (client) => {
    await makeTemplateOnce(client);
    await client.query(`CREATE DATABASE ${name} TEMPLATE ${TEMPLATE}`);
  });
  return { url: databaseUrl(name), drop: () => dropDatabase(name) };
}

/** An empty database without migrations, for the tests of migrations themselves. */
export async function createEmptyDatabase(): Promise<TestDatabase> {
  const name = `empty_${randomBytes(6).toString('hex')}`;
  await withServer(async (client) => {
    await client.query(`CREATE DATABASE ${name}`);
  });
  return { url: databaseUrl(name), drop: () => dropDatabase(name) };
}

async function makeTemplateOnce(client: Client): Promise<void> {
  await client.query('SELECT pg_advisory_lock($1)', [TEMPLATE_LOCK]);
  try {
    const found = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [TEMPLATE]);
    if (found.rowCount === 1) return;
    const unfinished = `${TEMPLATE}_new`;
    await client.query(`DROP DATABASE IF EXISTS ${unfinished} WITH (FORCE)`);
    await client.query(`CREATE DATABASE ${unfinished}`);
    await migrate(databaseUrl(unfinished));
    await client.query(`ALTER DATABASE ${unfinished} RENAME TO ${TEMPLATE}`);
  } finally {
    await client.query('SELECT pg_advisory_unlock($1)', [TEMPLATE_LOCK]);
  }
}

async function dropDatabase(name: string): Promise<void> {
  await withServer(async (client) => {
    await client.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
  });
}

async function withServer(work: (client: Client) => Promise<void>): Promise<void> {
  const client = new Client({ connectionString: databaseUrl('postgres') });
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}

function databaseUrl(database: string): string {
  const server = process.env['TEST_DATABASE_URL'];
  if (server === undefined) throw new Error('no test server: this test must run in the jest project "system"');
  const url = new URL(server);
  url.pathname = `/${database}`;
  return url.href;
}
