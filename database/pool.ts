import { Pool, types } from 'pg';
import type { PoolClient } from 'pg';

/** Bigints that we store are epochs and counters, far below 2^53. */
types.setTypeParser(types.builtins.INT8, (value) => Number(value));

export type Database = Pool;

/** Told about every statement: its type (`select`, `fence_and_journal`, …) and its duration in seconds. */
export type QueryObserver = (queryType: string, seconds: number) => void;

/** What a repository needs: a pool, or one client inside a transaction. */
export type Queryable = Pick<Pool, 'query'>;

/** Opens a pool; connections are made on demand and every statement is bounded. */
export function openDatabase(url: string, options: { max?: number; onError?: (error: Error) => void } = {}): Database {
  const pool = new Pool({
    connectionString: url,
    max: options.max ?? 8,
    connectionTimeoutMillis: 5_000,
    statement_timeout: 10_000,
    idle_in_transaction_session_timeout: 5_000,
    application_name: 'tradewind',
  });
  // A pooled connection that breaks while idle is replaced at the next use; without a listener it would end the process.
  pool.on('error', (error) => options.onError?.(error));
  // So would one that breaks while it is lent out, where the pool does not listen: its next query says what happened.
  pool.on('connect', (client) => client.on('error', () => undefined));
  return pool;
}

/** The one row that a query must answer. @throws when there is none. */
export function firstOf<Row>(rows: readonly Row[], query: string): Row {
  const row = rows[0];
  if (row === undefined) throw new Error(`${query} answered no row`);
  return row;
}

/** Runs `work` in one transaction: committed when it returns, rolled back when it throws. */
export async function transaction<T>(database: Database, work: (client: PoolClient) => Promise<T>): Promise<T> {
  const client = await database.connect();
  let broken: Error | undefined;
  try {
    await client.query('BEGIN');
    const result = await work(client);
    await client.query('COMMIT');
    return result;
  } catch (error) {
    await client.query('ROLLBACK').catch((failure: unknown) => {
      broken = failure instanceof Error ? failure : new Error(String(failure));
    });
    throw error;
  } finally {
    client.release(broken);
  }
}
