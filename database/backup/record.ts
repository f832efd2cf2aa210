import type { Queryable } from '../pool';
import { summaryOf } from './place';
import type { FoundBackup } from './place';

/** Where a backup lies: in the folder of this machine, or in object storage. */
export const PLACE_NAMES = ['local', 's3'] as const;
export type PlaceName = (typeof PLACE_NAMES)[number];

/** One copy of a backup as it was last found. */
export interface BackupCopy {
  readonly id: string;
  readonly place: PlaceName;
  /** Why it cannot be used; null when it can. */
  readonly reason: string | null;
  readonly rows: number | null;
  readonly bytes: number | null;
  readonly encrypted: boolean | null;
  readonly writer: string | null;
  readonly seenAt: Date;
  /** When every byte of it was last read; null when never. */
  readonly verifiedAt: Date | null;
  /** What was wrong then; null when nothing was. */
  readonly verifyProblem: string | null;
}

/** Writes down what a place holds now; what is not among it is forgotten. */
export async function recordBackups(
  database: Queryable,
  place: PlaceName,
  found: readonly FoundBackup[],
): Promise<void> {
  const copies = found.map((one) =>
    one.kind === 'bad' ? { id: one.id, reason: one.reason } : { id: one.id, ...summaryOf(one.manifest) },
  );
  await database.query(
    `WITH found AS (SELECT * FROM jsonb_to_recordset($2) AS f(id text, reason text, rows bigint, bytes bigint, encrypted boolean, writer text)),
       gone AS (DELETE FROM backups WHERE place = $1 AND id NOT IN (SELECT id FROM found))
     INSERT INTO backups (id, place, reason, rows, bytes, encrypted, writer)
     SELECT id, $1, reason, rows, bytes, encrypted, writer FROM found
     ON CONFLICT (id, place) DO UPDATE SET reason = excluded.reason, rows = excluded.rows, bytes = excluded.bytes,
       encrypted = excluded.encrypted, writer = excluded.writer, seen_at = clock_timestamp()`,
    [place, JSON.stringify(copies)],
  );
}

/** Writes down that every byte of a copy was read. @param problem what was wrong; null when nothing was */
export async function recordVerified(
  database: Queryable,
  id: string,
  place: PlaceName,
  problem: string | null,
): Promise<void> {
  await database.query(
    'UPDATE backups SET verified_at = clock_timestamp(), verify_problem = $3 WHERE id = $1 AND place = $2',
    [id, place, problem],
  );
}

/** Every copy that is known of, newest backup first; of one backup when it is named. */
export async function recordedBackups(database: Queryable, id?: string): Promise<readonly BackupCopy[]> {
  const { rows } = await database.query<BackupCopy>(
    `SELECT id, place, reason, rows::float8 AS rows, bytes::float8 AS bytes, encrypted, writer, seen_at AS "seenAt",
       verified_at AS "verifiedAt", verify_problem AS "verifyProblem"
     FROM backups WHERE $1::text IS NULL OR id = $1 ORDER BY id DESC, place`,
    [id ?? null],
  );
  return rows;
}
