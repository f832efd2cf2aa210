import type { Instant } from '../domain/clock/instant';
import type { CycleResult, CycleState } from '../domain/cycle/cycle';
import { firstOf } from './pool';
import type { Database, Queryable } from './pool';

/** One session of a cycle. */
export interface CycleRun {
  readonly cycle: string;
  /** `YYYY-MM-DD` */
  readonly date: string;
  readonly account: string;
  readonly strategy: string;
  readonly state: CycleState;
  readonly workflowId: string;
  readonly dueAt: Instant | null;
  readonly lookedAt: Instant;
  readonly results: readonly CycleResult[];
  readonly startedAt: Instant;
  readonly finishedAt: Instant | null;
}

/** What is written of a session of a cycle. */
export type CycleNote = Pick<
  CycleRun,
  'cycle' | 'date' | 'account' | 'strategy' | 'state' | 'workflowId' | 'dueAt' | 'lookedAt' | 'results'
>;

const COLUMNS = `cycle, date::text, account, strategy, state, workflow_id AS "workflowId", iso(due_at) AS "dueAt",
  iso(looked_at) AS "lookedAt", results, iso(started_at) AS "startedAt", iso(finished_at) AS "finishedAt"`;

/** Stores how a session of a cycle stands; one that is done stays as it is. Answers what is stored. */
export async function noteCycle(database: Queryable, note: CycleNote): Promise<CycleRun> {
  const { cycle, date, account, strategy, state, workflowId, dueAt, lookedAt, results } = note;
  await database.query(
    `INSERT INTO trading_cycles AS c (cycle, date, account, strategy, state, workflow_id, due_at, looked_at, results, finished_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, CASE WHEN $5 <> 'running' THEN clock_timestamp() END)
     ON CONFLICT (cycle, date) DO UPDATE SET state = excluded.state, workflow_id = excluded.workflow_id,
       due_at = excluded.due_at, looked_at = excluded.looked_at, results = excluded.results, finished_at = excluded.finished_at
     WHERE c.state <> 'done'`,
    [cycle, date, account, strategy, state, workflowId, dueAt, lookedAt, JSON.stringify(results)],
  );
  return firstOf(await cycleRun(database, cycle, date), 'noteCycle');
}

/** The session of a cycle, as none or one. */
export async function cycleRun(database: Queryable, cycle: string, date: string): Promise<readonly CycleRun[]> {
  const { rows } = await database.query<CycleRun>(
    `SELECT ${COLUMNS} FROM trading_cycles WHERE cycle = $1 AND date = $2`,
    [cycle, date],
  );
  return rows;
}

/** The newest sessions of a cycle, or the newest of each cycle. */
export async function newestCycleRuns(database: Queryable, cycle?: string): Promise<readonly CycleRun[]> {
  const { rows } = await database.query<CycleRun>(
    cycle === undefined
      ? `SELECT DISTINCT ON (c.cycle) ${COLUMNS} FROM trading_cycles c ORDER BY c.cycle, c.started_at DESC`
      : `SELECT ${COLUMNS} FROM trading_cycles c WHERE c.cycle = $1 ORDER BY c.started_at DESC LIMIT 50`,
    cycle === undefined ? [] : [cycle],
  );
  return rows;
}

/** What a cycle needs to know of its account; undefined when there is none of that name. */
export async function cycleAccount(
  database: Queryable,
  account: string,
): Promise<{ readonly now: Instant; readonly replays: boolean; readonly quarantine: string | null } | undefined> {
  const { rows } = await database.query<{ now: Instant; replays: boolean; quarantine: string | null }>(
    `SELECT iso(market_now(a.name)) AS now, c.kind = 'replay' AS replays, a.quarantine
     FROM accounts a JOIN account_clocks c ON c.account = a.name WHERE a.name = $1`,
    [account],
  );
  return rows[0];
}

/**
 * Does work of which there is at most one an account at a time, in any process. The lock is of a connection: it ends with
 * the process that holds it. Answers undefined, and does nothing, while somebody else has it.
 */
export async function aloneForAccount<T>(
  database: Database,
  account: string,
  work: () => Promise<T>,
): Promise<T | undefined> {
  const client = await database.connect();
  const key = `cycle:${account}`;
  let broken: Error | undefined;
  try {
    const { rows } = await client.query<{ held: boolean }>(
      'SELECT pg_try_advisory_lock(hashtextextended($1, 66)) AS held',
      [key],
    );
    if (rows[0]?.held !== true) return undefined;
    try {
      return await work();
    } finally {
      await client.query('SELECT pg_advisory_unlock(hashtextextended($1, 66))', [key]).catch((error: unknown) => {
        broken = error instanceof Error ? error : new Error(String(error));
      });
    }
  } finally {
    // A connection that may still hold the lock is closed, which gives it back.
    client.release(broken);
  }
}
