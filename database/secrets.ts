import { DYNAMIC_PROCEDURES, PERIOD_DAYS } from '../domain/secret/registry';
import type { SecretEntry } from '../domain/secret/registry';
import type { SecretAge } from '../domain/secret/reminders';
import { firstOf } from './pool';
import type { Queryable } from './pool';

/**
 * Where the age of a secret comes from: `own` an API key of this installation, which is as old as its row; `venue` the exchange
 * tells when the key was made; `venue-silent` it does not, and somebody notes it; `noted` somebody notes it.
 */
type AgeFrom = 'own' | 'venue' | 'venue-silent' | 'noted';

/** A secret with its age; one whose age is reported is changed and not noted. */
export interface KnownSecret extends SecretAge {
  readonly ageFrom: AgeFrom;
}

interface Row {
  readonly name: string;
  readonly owner: string;
  readonly procedure: string;
  readonly last: Date;
  readonly ageFrom: AgeFrom;
  readonly expires: Date | null;
}

/**
 * The age of every secret that is in use: those given, API keys that are not revoked, the keys of each account at an
 * exchange, and the key that signs reports. What was never noted counts from the day that it was first seen, or that the
 * installation was made.
 */
export async function readSecretAges(
  database: Queryable,
  inUse: readonly SecretEntry[],
): Promise<readonly KnownSecret[]> {
  const noted = await database.query<{ name: string; last: Date }>(
    'SELECT name, max(rotated_at) AS last FROM secret_rotations GROUP BY name',
  );
  const since = await database.query<{ made: Date }>('SELECT created_at AS made FROM installation');
  const { made } = firstOf(since.rows, 'installation');
  const { rows } = await database.query<Row>(
    `SELECT 'api-key-' || left(id::text, 8) AS name, name AS owner, $1 AS procedure, created_at AS last, 'own' AS "ageFrom",
       NULL::timestamptz AS expires FROM api_keys WHERE revoked_at IS NULL
     UNION ALL
     SELECT 'broker-' || a.name, 'trading', $2, coalesce(k.made_at, a.created_at),
       CASE WHEN k.account IS NULL THEN 'venue-silent' ELSE 'venue' END, k.expires_at
     FROM accounts a LEFT JOIN venue_keys k ON k.account = a.name WHERE a.venue <> 'paper'
     UNION ALL
     SELECT 'report-signing-key', 'operations', $3, i.created_at, 'noted', NULL FROM report_keys, installation i
     ORDER BY 1`,
    [DYNAMIC_PROCEDURES.apiKey, DYNAMIC_PROCEDURES.broker, DYNAMIC_PROCEDURES.reportKey],
  );
  const last = new Map(noted.rows.map((row) => [row.name, row.last]));
  const listed = inUse.map(({ name, owner, procedure, periodDays }) => ({
    ...{ name, owner, procedure, periodDays },
    last: made,
    ageFrom: 'noted' as const,
    expires: null,
  }));
  const found = rows.map((row) => ({ ...row, periodDays: PERIOD_DAYS }));
  return [...listed, ...found].map(({ last: first, expires, ...secret }) => ({
    ...secret,
    // A venue knows better than a note.
    lastRotation: Math.max(
      first.getTime(),
      (secret.ageFrom === 'venue' ? undefined : last.get(secret.name))?.getTime() ?? 0,
    ),
    expiresAt: expires?.getTime() ?? null,
  }));
}

/** Notes that a secret was changed. */
export async function noteRotation(database: Queryable, name: string, at: Date, by: string): Promise<void> {
  await database.query('INSERT INTO secret_rotations (name, rotated_at, noted_by) VALUES ($1, $2, $3)', [name, at, by]);
}
