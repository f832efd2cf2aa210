import type { Instant } from '../domain/clock/instant';
import type { DailyReport } from '../domain/report/daily-report';
import { firstOf } from './pool';
import type { Queryable } from './pool';

/** A report as lists show it; the day is `YYYY-MM-DD` in UTC. */
export interface ReportRow {
  readonly day: string;
  readonly madeAt: Instant;
  readonly mailedAt: Instant | null;
  readonly postedAt: Instant | null;
}

/** A report with what it says. */
export interface StoredReport extends ReportRow {
  readonly document: DailyReport;
  readonly markdown: string;
  readonly html: string;
}

const ROW = `day::text, iso(made_at) AS "madeAt", iso(mailed_at) AS "mailedAt", iso(posted_at) AS "postedAt"`;

/** Counts a day as it is known now. */
export async function countDay(database: Queryable, day: string): Promise<DailyReport> {
  const { rows } = await database.query<{ report: DailyReport }>('SELECT daily_report($1) AS report', [day]);
  return firstOf(rows, 'daily_report').report;
}

/** Stores a report; one that was made before is replaced, and is not sent again. */
export async function storeReport(
  database: Queryable,
  { document, markdown, html }: Pick<StoredReport, 'document' | 'markdown' | 'html'>,
): Promise<void> {
  await database.query(
    `INSERT INTO daily_reports (day, document, markdown, html) VALUES ($1, $2, $3, $4)
     ON CONFLICT (day) DO UPDATE SET document = excluded.document, markdown = excluded.markdown, html = excluded.html,
       made_at = clock_timestamp()`,
    [document.day, JSON.stringify(document), markdown, html],
  );
}

/** The report of a day, or the newest. */
export async function findReport(database: Queryable, day?: string): Promise<StoredReport | undefined> {
  const { rows } = await database.query<StoredReport>(
    `SELECT ${ROW}, document, markdown, html FROM daily_reports WHERE $1::date IS NULL OR day = $1::date
     ORDER BY day DESC LIMIT 1`,
    [day ?? null],
  );
  return rows[0];
}

/** The newest reports, a year of them at most. */
export async function listReports(database: Queryable): Promise<readonly ReportRow[]> {
  const { rows } = await database.query<ReportRow>(`SELECT ${ROW} FROM daily_reports ORDER BY day DESC LIMIT 366`);
  return rows;
}

/** Keeps that a report left by mail or to the webhook. */
export async function noteSent(database: Queryable, day: string, way: 'mail' | 'webhook'): Promise<void> {
  const column = way === 'mail' ? 'mailed_at' : 'posted_at';
  await database.query(`UPDATE daily_reports SET ${column} = clock_timestamp() WHERE day = $1`, [day]);
}
