import { Client } from 'pg';
import type { Halt, HaltMode, HaltScope, HaltSource } from '../domain/halt/halt';
import { decodeCursor, paged, sortMoment } from './cursor';
import type { PageRequest, Paged } from './cursor';
import { firstOf } from './pool';
import type { Database, Queryable } from './pool';

/** What is asked of the kill switch. */
export interface HaltWish {
  readonly scope: HaltScope;
  readonly mode: HaltMode;
  readonly flatten: boolean;
  /** Ingestion, backups and research stop too. */
  readonly everything: boolean;
  readonly source: HaltSource;
  readonly reason: string;
  readonly actor: string;
  readonly trip?: string;
  /** What a trip saw. */
  readonly evidence?: object;
  /** Of a workflow that carries this halt out already. */
  readonly workflowId?: string;
  /** True: this actor engages one halt a minute at most, unless it is wider or stricter than those that stand. */
  readonly limited: boolean;
}

/** Only `engaged` changed anything; `standing`: the scope was halted as strictly before. */
export type Engagement =
  | (Halt & { readonly result: 'engaged' | 'standing' })
  | { readonly result: 'too_soon'; readonly waitSeconds: number }
  /** The scope names an account or instrument that does not exist. */
  | { readonly result: 'unknown_scope' };

export type Release =
  | (Halt & {
      readonly result: 'released';
      /** Scopes that still stand. */
      readonly others: readonly string[];
      /** Open trades that stay halted. */
      readonly guarding: number;
    })
  | { readonly result: 'not_engaged' | 'own_halt' | 'restoring' | 'unreconciled' };

/** How long an engagement waits for fences under way before it ends their connections. */
const LOCK_TIMEOUT_MS = 2_000;
/** A fence that hangs is ended; another may hang behind it. */
const MAX_TRIES = 6;
/** PostgreSQL's code for a lock that did not come in time. */
const LOCK_NOT_AVAILABLE = '55P03';

/**
 * Engages the kill switch: when this returns, the moment of the halt has passed. It waits in the fair queue of the table's
 * lock behind fences under way; one that holds it for longer than two seconds is ended, and whatever it did is rolled back.
 * On a connection of its own, since the pool may be full of requests that wait.
 * @throws when the database cannot be reached: then every order is refused as well, since no fence can be read.
 */
export async function engageHalt(
  database: Database,
  wish: HaltWish,
  lockTimeoutMs: number = LOCK_TIMEOUT_MS,
): Promise<Engagement> {
  const client = new Client({ ...database.options, statement_timeout: lockTimeoutMs + 20_000 });
  client.on('error', () => undefined);
  await client.connect();
  try {
    for (let tries = 1; ; tries += 1) {
      const asked = performance.now();
      try {
        return await engageOnce(client, wish, lockTimeoutMs);
      } catch (error) {
        await client.query('ROLLBACK');
        if (!isLockTimeout(error) || tries === MAX_TRIES) throw error;
        await endBlockers(client, performance.now() - asked);
      }
    }
  } finally {
    await client.end();
  }
}

async function engageOnce(client: Client, wish: HaltWish, lockTimeoutMs: number): Promise<Engagement> {
  await client.query(`BEGIN; SET LOCAL lock_timeout = ${Math.round(lockTimeoutMs)}`);
  const { rows } = await client.query<{ answer: Engagement }>('SELECT begin_halt($1) AS answer', [
    JSON.stringify(wish),
  ]);
  await client.query('COMMIT');
  return firstOf(rows, 'begin_halt').answer;
}

function isLockTimeout(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === LOCK_NOT_AVAILABLE;
}

/** Ends the connections that held the switch when this engagement began to wait, so long ago; newer ones are let finish. */
async function endBlockers(client: Client, waitedMs: number): Promise<void> {
  await client.query(
    `SELECT pg_terminate_backend(a.pid) FROM pg_locks l JOIN pg_stat_activity a USING (pid)
     WHERE l.relation = 'kill_switch'::regclass AND l.granted AND l.mode <> 'AccessShareLock'
       AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
       AND a.pid <> pg_backend_pid()
       AND a.xact_start <= pg_catalog.clock_timestamp() - $1 * interval '1 millisecond'`,
    [waitedMs],
  );
}

/** Lets new trades of a scope in again. @param notBy an actor who may not release a halt of their own */
export async function releaseHalt(
  database: Queryable,
  release: { readonly scope: string; readonly reason: string; readonly actor: string; readonly notBy?: string },
): Promise<Release> {
  const { rows } = await database.query<{ answer: Release }>('SELECT end_halt($1) AS answer', [
    JSON.stringify(release),
  ]);
  return firstOf(rows, 'end_halt').answer;
}

/** Halts live accounts that are seen for the first time, and all of them when real orders become possible; answers the scopes. */
export async function startupHalts(database: Queryable, live: boolean): Promise<readonly string[]> {
  const { rows } = await database.query<{ scopes: string[] }>('SELECT startup_halts($1) AS scopes', [live]);
  return firstOf(rows, 'startup_halts').scopes;
}

export async function findHalt(database: Queryable, epoch: number): Promise<Halt | undefined> {
  const { rows } = await database.query<{ halt: Halt }>('SELECT halt_json(h) AS halt FROM halts h WHERE epoch = $1', [
    epoch,
  ]);
  return rows[0]?.halt;
}

/** The halts that stand now. */
export async function standingHalts(database: Queryable): Promise<readonly Halt[]> {
  const { rows } = await database.query<{ halt: Halt }>(
    'SELECT halt_json(h) AS halt FROM halts h JOIN kill_switch k USING (epoch) WHERE k.engaged ORDER BY h.epoch',
  );
  return rows.map(({ halt }) => halt);
}

/** What the metrics show of the kill switch. */
export interface HaltCounts {
  /** Scopes that stand, by kind and mode. */
  readonly engaged: readonly { readonly scope: string; readonly mode: HaltMode; readonly count: number }[];
  readonly epoch: number;
  readonly acknowledged: number;
  readonly unacknowledged: number;
}

export async function countHalts(database: Queryable): Promise<HaltCounts> {
  const { rows } = await database.query<HaltCounts>(
    `SELECT coalesce((SELECT jsonb_agg(e) FROM (
         SELECT split_part(scope, ':', 1) AS scope, mode, count(*) AS count FROM kill_switch WHERE engaged GROUP BY 1, 2) e), '[]') AS engaged,
       (SELECT coalesce(max(epoch), 0) FROM kill_switch) AS epoch,
       (SELECT count(*) FROM trades WHERE phase <> 'ended' AND halt_epoch IS NOT NULL) AS acknowledged,
       (SELECT count(*) FROM halts h JOIN halt_trades x USING (epoch) JOIN trades t ON t.id = x.trade_id
        WHERE h.finished_at IS NULL AND t.phase <> 'ended' AND x.acknowledged_at IS NULL) AS unacknowledged`,
  );
  return firstOf(rows, 'the count of halts');
}

/** Halts, newest first. @throws InvalidCursor */
export async function listHalts(database: Queryable, page: PageRequest): Promise<Paged<Halt>> {
  const after = page.cursor === undefined ? undefined : decodeCursor(page.cursor);
  const { rows } = await database.query<{ readonly row: Halt; readonly sortAt: string }>(
    `SELECT halt_json(h) AS row, ${sortMoment('h.engaged_at')} AS "sortAt" FROM halts h
     WHERE $1::timestamptz IS NULL OR (h.engaged_at, h.epoch) < ($1, $2::bigint)
     ORDER BY h.engaged_at DESC, h.epoch DESC LIMIT $3`,
    [after?.at ?? null, /^\d{1,18}$/.test(after?.id ?? '') ? after?.id : '0', page.limit + 1],
  );
  const { items, nextCursor } = paged(rows, page.limit, ({ row, sortAt }) => ({ at: sortAt, id: String(row.epoch) }));
  return { items: items.map(({ row }) => row), nextCursor };
}
