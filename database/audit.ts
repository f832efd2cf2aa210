import type { Database, Queryable } from './pool';
import { transaction } from './pool';

/** One line of the audit log. */
export interface AuditEvent {
  /** Who: a key's name and the start of its id, `anonymous`, or `local:USER` for a command on this machine. */
  readonly actor: string;
  readonly ip?: string;
  /** HTTP method, or `CLI`. */
  readonly method: string;
  /** Address without its query, or the command. */
  readonly path: string;
  /** HTTP status of the answer, or the exit code of a command. */
  readonly status: number;
  readonly durationMs: number;
  readonly userAgent?: string;
  /** What else helps to read it; never a secret. */
  readonly metadata?: Readonly<Record<string, unknown>>;
}

/** Any fixed number: one process at a time makes partitions. */
const PARTITIONS_LOCK = 7_316_002;
/** Rows of a month that started before its partition was made stay in the default partition. */
const DEFAULT_HOLDS_ROWS = '23514';
const MONTHS_AHEAD = 3;

/** Appends one line. */
export async function recordAudit(database: Queryable, event: AuditEvent): Promise<void> {
  await database.query(
    `INSERT INTO audit_events (actor, ip, method, path, status, duration_ms, user_agent, metadata)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
    [
      event.actor,
      event.ip ?? null,
      event.method,
      event.path.slice(0, 500),
      event.status,
      Math.round(event.durationMs),
      event.userAgent?.slice(0, 300) ?? null,
      JSON.stringify(event.metadata ?? {}),
    ],
  );
}

/**
 * Makes the partitions of the month of `now` and the next three, in UTC. May be repeated, and by several processes.
 * Answers the names of the partitions that it made.
 */
export async function ensureAuditPartitions(database: Database, now: Date): Promise<readonly string[]> {
  const made: string[] = [];
  for (let ahead = 0; ahead <= MONTHS_AHEAD; ahead += 1) {
    const from = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + ahead, 1));
    const to = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + ahead + 1, 1));
    const table = auditPartitionOf(from);
    if (await makePartition(database, table, from, to)) made.push(table);
  }
  return made;
}

/** Name of the partition that holds the month (UTC) of a moment. */
export function auditPartitionOf(moment: Date): string {
  return `audit_events_${moment.toISOString().slice(0, 7).replace('-', '_')}`;
}

async function makePartition(database: Database, table: string, from: Date, to: Date): Promise<boolean> {
  try {
    return await transaction(database, async (client) => {
      await client.query('SELECT pg_advisory_xact_lock($1)', [PARTITIONS_LOCK]);
      const { rows } = await client.query<{ there: boolean }>('SELECT to_regclass($1) IS NOT NULL AS there', [table]);
      if (rows[0]?.there === true) return false;
      await client.query(
        `CREATE TABLE ${table} PARTITION OF audit_events FOR VALUES FROM ('${from.toISOString()}') TO ('${to.toISOString()}')`,
      );
      return true;
    });
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === DEFAULT_HOLDS_ROWS) return false;
    throw error;
  }
}
