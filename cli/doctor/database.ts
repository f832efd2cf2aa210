import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from 'pg';
import type { CliContext } from '../context';
import { databaseUrl } from '../local-key';
import { clockFinding } from './clock-skew';
import type { Finding } from './finding';

const NAME = 'PostgreSQL';
const WITHIN_MS = 4_000;

interface ServerFacts {
  readonly version: string;
  readonly at: Date;
  readonly migrated: boolean;
}

/** Whether the database answers, has every migration, and agrees on the time. */
export async function databaseFindings(context: CliContext): Promise<Finding[]> {
  const url = databaseUrl(context);
  if (url === undefined) {
    return [{ name: NAME, state: 'missing', detail: 'not started yet', next: 'run `npm start`, or set DATABASE_URL' }];
  }
  const client = new Client({ connectionString: url, connectionTimeoutMillis: WITHIN_MS, query_timeout: WITHIN_MS });
  // A server that goes away meanwhile is told by the query that fails.
  client.on('error', () => undefined);
  try {
    await client.connect();
    return await serverFindings(context, client);
  } catch {
    return [
      {
        name: NAME,
        state: 'missing',
        detail: `${place(url)} does not answer`,
        next: 'run `npm start`, or start the server that DATABASE_URL names',
      },
    ];
  } finally {
    await client.end().catch(() => undefined);
  }
}

async function serverFindings(context: CliContext, client: Client): Promise<Finding[]> {
  const asked = context.now();
  const { rows } = await client.query<ServerFacts>(
    `SELECT current_setting('server_version') AS version, clock_timestamp() AS at, to_regclass('migrations') IS NOT NULL AS migrated`,
  );
  const answered = context.now();
  const [facts] = rows;
  if (facts === undefined) throw new Error('the server answered nothing');
  const reachable: Finding = { name: NAME, state: 'found', detail: `version ${facts.version}` };
  const clock = clockFinding('database clock', facts.at.getTime(), asked, answered);
  return [reachable, await migrations(client, facts.migrated), clock];
}

async function migrations(client: Client, migrated: boolean): Promise<Finding> {
  const wanted = readdirSync(join(__dirname, '../../database/migrations'))
    .filter((file) => file.endsWith('.sql'))
    .map((file) => file.replace(/\.sql$/, ''));
  const { rows } = migrated ? await client.query<{ name: string }>('SELECT name FROM migrations') : { rows: [] };
  const pending = wanted.filter((name) => !rows.some((row) => row.name === name));
  if (pending.length === 0) return { name: 'migrations', state: 'found', detail: `all ${wanted.length} applied` };
  return {
    name: 'migrations',
    state: 'missing',
    detail: `not applied: ${pending.join(', ')}`,
    next: 'run `npm start`, which applies them',
  };
}

/** Host and port only: the rest of a connection string is nobody's business. */
function place(url: string): string {
  if (!URL.canParse(url)) return 'the server of DATABASE_URL';
  const { hostname, port } = new URL(url);
  return `${hostname}:${port === '' ? '5432' : port}`;
}
