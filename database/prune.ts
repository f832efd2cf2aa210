import { auditPartitionOf, ensureAuditPartitions } from './audit';
import type { Database } from './pool';

/** Days that history is kept; what trades and books are made of is kept for ever. */
const KEEP_DAYS = {
  /** Months of the audit log go as a whole. */
  audit: 730,
  /** Calls of language models for trades that have ended. */
  calls: 180,
  alerts: 365,
  drills: 365,
  /** Since they were first seen; what an analysis was shown stays with the analysis. */
  news: 365,
} as const;

/** Rows that one statement deletes: a lock is never held for long. */
const BATCH = 5_000;

export interface Pruned {
  /** Partitions of the audit log that were made. */
  readonly made: readonly string[];
  /** Rows by table; of the audit log, partitions. */
  readonly deleted: Readonly<Record<string, number>>;
}

/** Makes the next partitions of the audit log and deletes what is older than is kept. May be repeated and cut off. */
export async function pruneHistory(database: Database, now: Date, beat: () => void = () => undefined): Promise<Pruned> {
  const made = await ensureAuditPartitions(database, now);
  const before = (days: number): Date => new Date(now.getTime() - days * 86_400_000);
  const ended = `(SELECT a.id FROM analyses a JOIN trades t ON t.id = a.trade_id WHERE t.phase = 'ended')`;
  const rules: readonly (readonly [table: string, key: string, condition: string, days: number])[] = [
    [
      'model_attempts',
      '(call_id, n)',
      `sent_at < $1 AND call_id IN (SELECT id FROM model_calls WHERE analysis_id IN ${ended})`,
      KEEP_DAYS.calls,
    ],
    [
      'model_calls',
      'id',
      `created_at < $1 AND analysis_id IN ${ended} AND NOT EXISTS (SELECT FROM model_attempts m WHERE m.call_id = model_calls.id)`,
      KEEP_DAYS.calls,
    ],
    ['alerts', 'id', 'cleared_at < $1', KEEP_DAYS.alerts],
    ['restore_drills', 'id', 'at < $1', KEEP_DAYS.drills],
    ['news_items', 'id', 'seen_at < $1', KEEP_DAYS.news],
  ];
  const deleted: Record<string, number> = { audit_events: await dropPartitions(database, before(KEEP_DAYS.audit)) };
  for (const [table, key, condition, days] of rules) {
    let rows = 0;
    for (;;) {
      beat();
      const columns = key.replace(/[()]/g, '');
      const { rowCount } = await database.query(
        `DELETE FROM ${table} WHERE ${key} IN (SELECT ${columns} FROM ${table} WHERE ${condition} LIMIT ${BATCH})`,
        [before(days)],
      );
      rows += rowCount ?? 0;
      if ((rowCount ?? 0) < BATCH) break;
    }
    deleted[table] = rows;
  }
  return { made, deleted };
}

/** Drops the months that ended before a moment. */
async function dropPartitions(database: Database, before: Date): Promise<number> {
  const { rows } = await database.query<{ name: string }>(
    `SELECT c.relname AS name FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
     WHERE i.inhparent = 'audit_events'::regclass AND c.relname ~ '^audit_events_\\d{4}_\\d{2}$' AND c.relname < $1 ORDER BY 1`,
    [auditPartitionOf(before)],
  );
  for (const { name } of rows) await database.query(`DROP TABLE ${name}`);
  return rows.length;
}
