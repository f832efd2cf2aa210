import type { Database, Queryable } from '../../database/pool';

/** An amount that the ledger and the paper venue's own tables have otherwise. */
export interface Difference {
  readonly what: string;
  readonly ledger: string;
  readonly venue: string;
}

/** Compares an account's ledger with the paper venue's own tables, to the last digit; empty when they agree. */
export async function ledgerAgainstVenue(
  database: Database | Queryable,
  account: string,
): Promise<readonly Difference[]> {
  const { rows } = await database.query<Difference>(
    `WITH ledger AS (
       SELECT CASE WHEN l.ledger_account LIKE 'cash:%' THEN l.ledger_account ELSE split_part(l.ledger_account, ':', 2) END AS what, sum(l.amount) AS amount
       FROM ledger_legs l WHERE l.account = $1 AND l.ledger_account ~ '^(cash|position|dust):' GROUP BY 1),
     venue AS (
       SELECT 'cash:' || currency AS what, cash AS amount FROM paper.books WHERE account = $1
       UNION ALL SELECT instrument, quantity FROM paper.positions WHERE account = $1)
     SELECT what, coalesce(l.amount, 0)::text AS ledger, coalesce(v.amount, 0)::text AS venue
     FROM ledger l FULL JOIN venue v USING (what) WHERE coalesce(l.amount, 0) <> coalesce(v.amount, 0) ORDER BY what`,
    [account],
  );
  return rows;
}
