import type { AlertSeverity } from '../domain/alert/alert';
import { firstOf } from './pool';
import type { Queryable } from './pool';

/** What is wrong, for an operator. */
export interface AlertWish {
  /** A stable name of what is wrong, 1–200 of `[A-Za-z0-9_:./-]`: while it is open, the same cause alerts no second time. */
  readonly cause: string;
  readonly severity: AlertSeverity;
  /** One sentence that says what is wrong. */
  readonly title: string;
  /** Facts for the reader; never a secret. */
  readonly detail?: Readonly<Record<string, unknown>>;
}

/** An alert as it stands. */
export interface Alert {
  readonly id: number;
  readonly cause: string;
  readonly severity: AlertSeverity;
  readonly title: string;
  readonly detail: Readonly<Record<string, unknown>>;
  readonly raisedAt: Date;
  /** When it was last seen to go on. */
  readonly seenAt: Date;
  /** Null while it is open. */
  readonly clearedAt: Date | null;
}

const COLUMNS =
  'id, cause, severity, title, detail, raised_at AS "raisedAt", seen_at AS "seenAt", cleared_at AS "clearedAt"';

/**
 * Opens an alert, or notes that the open one of that cause goes on: title and detail are then the newest, and a warning
 * may become critical, never the reverse. Whoever delivers alerts reads the table; nothing is sent here.
 */
export async function raiseAlert(database: Queryable, wish: AlertWish): Promise<Alert> {
  const { rows } = await database.query<Alert>(
    `INSERT INTO alerts (cause, severity, title, detail) VALUES ($1, $2, $3, $4)
     ON CONFLICT (cause) WHERE cleared_at IS NULL DO UPDATE SET
       seen_at = clock_timestamp(), title = excluded.title, detail = excluded.detail,
       severity = CASE WHEN alerts.severity = 'critical' THEN 'critical' ELSE excluded.severity END
     RETURNING ${COLUMNS}`,
    [wish.cause, wish.severity, wish.title, JSON.stringify(wish.detail ?? {})],
  );
  return firstOf(rows, 'raiseAlert');
}

/** Closes the open alert of a cause. Answers false when there was none. */
export async function clearAlert(database: Queryable, cause: string): Promise<boolean> {
  const { rowCount } = await database.query(
    'UPDATE alerts SET cleared_at = clock_timestamp() WHERE cause = $1 AND cleared_at IS NULL',
    [cause],
  );
  return rowCount === 1;
}

/** Closes the open alert of a cause whose place another one takes: nobody is told of its end. */
export async function replaceAlert(database: Queryable, cause: string): Promise<void> {
  await database.query(
    'UPDATE alerts SET cleared_at = clock_timestamp(), quiet = true WHERE cause = $1 AND cleared_at IS NULL',
    [cause],
  );
}

/** The alerts that are open, oldest first. */
export async function openAlerts(database: Queryable): Promise<readonly Alert[]> {
  const { rows } = await database.query<Alert>(
    `SELECT ${COLUMNS} FROM alerts WHERE cleared_at IS NULL ORDER BY raised_at, id`,
  );
  return rows;
}
