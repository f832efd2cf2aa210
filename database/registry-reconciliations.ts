import type { Instant } from '../domain/clock/instant';
import type { Correction, DifferenceKind } from '../domain/reconciliation/difference';
import type { ReconciliationReason } from '../domain/reconciliation/due';
import { decodeCursor, paged, sortMoment } from './cursor';
import type { Paged, PageRequest } from './cursor';
import type { Queryable } from './pool';
import type { ComparedCounts } from './reconciliations';

/** A comparison of an account with its venue. */
export interface ReconciliationRow {
  readonly id: number;
  readonly account: string;
  readonly why: ReconciliationReason;
  readonly requestedBy: string;
  readonly state: 'running' | 'agreed' | 'differs' | 'failed';
  readonly looks: number;
  /** Empty until it has ended. */
  readonly compared: Partial<ComparedCounts>;
  readonly failure: string | null;
  readonly startedAt: Instant;
  readonly marketAt: Instant;
  readonly finishedAt: Instant | null;
  /** Differences that it opened, and that it saw no more. */
  readonly opened: number;
  readonly gone: number;
}

/** A difference with what became of it. */
export interface DifferenceRow {
  readonly id: number;
  readonly account: string;
  readonly kind: DifferenceKind;
  readonly subject: string;
  readonly instrument: string | null;
  readonly asset: string | null;
  readonly ours: string | null;
  readonly venue: string | null;
  readonly state: 'open' | 'accepted' | 'gone';
  readonly openedIn: number;
  readonly openedAt: Instant;
  readonly closedAt: Instant | null;
  readonly closedIn: number | null;
  readonly closedBy: string | null;
  readonly reason: string | null;
  /** Entry of the ledger that made our side equal. */
  readonly entry: number | null;
  readonly correction: Correction | null;
  readonly evidence: Readonly<Record<string, unknown>>;
}

/** Which differences a list holds; what is left out does not narrow it. */
export interface DifferenceFilter {
  readonly account?: string;
  readonly state?: DifferenceRow['state'];
  /** The comparison that opened or closed them. */
  readonly reconciliation?: number;
}

const RUN = `r.id, r.account, r.why, r.requested_by AS "requestedBy", r.state, r.looks, r.compared, r.failure,
  iso(r.started_at) AS "startedAt", iso(r.market_at) AS "marketAt", iso(r.finished_at) AS "finishedAt",
  (SELECT count(*) FROM reconciliation_differences d WHERE d.opened_in = r.id) AS opened,
  (SELECT count(*) FROM reconciliation_differences d WHERE d.closed_in = r.id) AS gone`;

const DIFFERENCE = `d.id, d.account, d.kind, d.subject, d.instrument, d.asset, d.ours, d.venue, d.state, d.opened_in AS "openedIn",
  iso(d.opened_at) AS "openedAt", iso(d.closed_at) AS "closedAt", d.closed_in AS "closedIn", d.closed_by AS "closedBy", d.reason,
  d.entry, d.correction, d.evidence`;

/** Comparisons, newest first. @throws InvalidCursor */
export async function listReconciliations(
  database: Queryable,
  account: string | undefined,
  page: PageRequest,
): Promise<Paged<ReconciliationRow>> {
  const after = page.cursor === undefined ? undefined : decodeCursor(page.cursor);
  const { rows } = await database.query<Sorted<ReconciliationRow>>(
    `SELECT (SELECT to_jsonb(s) FROM (SELECT ${RUN}) s) AS row, ${sortMoment('r.started_at')} AS "sortAt" FROM reconciliations r
     WHERE ($1::text IS NULL OR r.account = $1) AND ($2::bigint IS NULL OR r.id < $2) ORDER BY r.id DESC LIMIT $3`,
    [account ?? null, after?.id ?? null, page.limit + 1],
  );
  return withoutSort(rows, page.limit);
}

export async function findReconciliation(database: Queryable, id: number): Promise<ReconciliationRow | undefined> {
  const { rows } = await database.query<ReconciliationRow>(`SELECT ${RUN} FROM reconciliations r WHERE r.id = $1`, [
    id,
  ]);
  return rows[0];
}

/** Differences, newest first. @throws InvalidCursor */
export async function listDifferences(
  database: Queryable,
  filter: DifferenceFilter,
  page: PageRequest,
): Promise<Paged<DifferenceRow>> {
  const after = page.cursor === undefined ? undefined : decodeCursor(page.cursor);
  const { account = null, reconciliation = null, state = null } = filter;
  const { rows } = await database.query<Sorted<DifferenceRow>>(
    `SELECT (SELECT to_jsonb(s) FROM (SELECT ${DIFFERENCE}) s) AS row, ${sortMoment('d.opened_at')} AS "sortAt" FROM reconciliation_differences d
     WHERE ($1::text IS NULL OR d.account = $1) AND ($2::text IS NULL OR d.state = $2)
       AND ($3::bigint IS NULL OR d.opened_in = $3 OR d.closed_in = $3) AND ($4::bigint IS NULL OR d.id < $4)
     ORDER BY d.id DESC LIMIT $5`,
    [account, state, reconciliation, after?.id ?? null, page.limit + 1],
  );
  return withoutSort(rows, page.limit);
}

export async function findDifference(database: Queryable, id: number): Promise<DifferenceRow | undefined> {
  const { rows } = await database.query<DifferenceRow>(
    `SELECT ${DIFFERENCE} FROM reconciliation_differences d WHERE d.id = $1`,
    [id],
  );
  return rows[0];
}

/** A row with its sort key. */
interface Sorted<T> {
  readonly row: T;
  readonly sortAt: string;
}

function withoutSort<T extends { readonly id: number }>(rows: readonly Sorted<T>[], limit: number): Paged<T> {
  const { items, nextCursor } = paged(rows, limit, ({ row, sortAt }) => ({ at: sortAt, id: String(row.id) }));
  return { items: items.map(({ row }) => row), nextCursor };
}
