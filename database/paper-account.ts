import type { Instant } from '../domain/clock/instant';
import type { DecimalString } from '../domain/money/decimal';
import type { RiskPolicy } from '../domain/risk/policy';
import type { Queryable } from './pool';

/** How the market clock of paper accounts is meant to run. */
export type ClockSetting =
  | { readonly kind: 'live' }
  | {
      readonly kind: 'replay';
      /** Market time at which a new clock begins. */
      readonly start: Instant;
      /** Market seconds a real second, above 0. */
      readonly speed: number;
    };

/**
 * `made` with the account; `kept`; `changed` to what the settings now say; or `held`: the settings say otherwise, but
 * the account has an open trade or position, and its clock may not jump.
 */
export type ClockSeed = 'made' | 'kept' | 'changed' | 'held';

/** A paper account with everything that it needs. */
export interface PaperAccount {
  readonly name: string;
  readonly currency: string;
  readonly openingCash: DecimalString;
  readonly policy: RiskPolicy;
}

/**
 * Makes a paper account, its clock and its book at the paper venue, or leaves those that are there. Runs in the
 * caller's transaction, under the account's lock.
 */
export async function ensurePaperAccount(
  client: Queryable,
  account: PaperAccount,
  clock: ClockSetting,
): Promise<ClockSeed> {
  await client.query(
    `INSERT INTO accounts (name, venue, mode, currency, opening_cash, policy) VALUES ($1, 'paper', 'paper', $2, $3, $4)
     ON CONFLICT (name) DO NOTHING`,
    [account.name, account.currency, account.openingCash, JSON.stringify(account.policy)],
  );
  await client.query('SELECT FROM accounts WHERE name = $1 FOR NO KEY UPDATE', [account.name]);
  const made = await makeClock(client, account.name, clock);
  await client.query(
    `INSERT INTO paper.books (account, currency, cash, advanced_to) VALUES ($1, $2, $3, market_now($1))
     ON CONFLICT (account) DO NOTHING`,
    [account.name, account.currency, account.openingCash],
  );
  return made ? 'made' : alignClock(client, account.name, clock);
}

async function makeClock(client: Queryable, account: string, clock: ClockSetting): Promise<boolean> {
  const { rows } = await client.query(
    `INSERT INTO account_clocks (account, kind, speed, market_time)
     VALUES ($1, $2, $3, coalesce($4::timestamptz, clock_timestamp())) ON CONFLICT (account) DO NOTHING RETURNING account`,
    [account, clock.kind, clock.kind === 'replay' ? clock.speed : 1, clock.kind === 'replay' ? clock.start : null],
  );
  return rows.length > 0;
}

interface StoredClock {
  readonly kind: 'replay' | 'live';
  readonly speed: number;
  readonly flat: boolean;
}

/** Brings the clock of a flat account to its setting; the market time moves only when the kind of clock changes. */
async function alignClock(client: Queryable, account: string, clock: ClockSetting): Promise<ClockSeed> {
  const { rows } = await client.query<StoredClock>(
    `SELECT kind, speed::float8 AS speed,
       NOT EXISTS (SELECT FROM trades WHERE account = $1 AND phase <> 'ended')
       AND NOT EXISTS (SELECT FROM account_positions WHERE account = $1 AND quantity <> 0) AS flat
     FROM account_clocks WHERE account = $1 FOR UPDATE`,
    [account],
  );
  const stored = rows[0];
  if (stored === undefined) throw new Error(`account ${account} has no clock`);
  const speed = clock.kind === 'replay' ? clock.speed : 1;
  if (stored.kind === clock.kind && stored.speed === speed) return 'kept';
  if (!stored.flat) return 'held';
  const changed = stored.kind !== clock.kind;
  await client.query(
    `WITH next AS (SELECT clock_reading(c, clock_timestamp()) AS now,
       CASE WHEN $4 THEN coalesce($5::timestamptz, clock_timestamp()) ELSE clock_reading(c, clock_timestamp()) END AS at
       FROM account_clocks c WHERE account = $1)
     UPDATE account_clocks c SET kind = $2, speed = $3, real_time = clock_timestamp(), runs_until = '-infinity', market_time = next.at,
       rewound_at = CASE WHEN next.at < next.now THEN clock_timestamp() ELSE c.rewound_at END,
       passage = c.passage + CASE WHEN next.at < next.now THEN 1 ELSE 0 END
     FROM next WHERE account = $1`,
    [account, clock.kind, speed, changed, clock.kind === 'replay' ? clock.start : null],
  );
  if (changed) {
    await client.query('UPDATE paper.books SET advanced_to = market_now($1) WHERE account = $1', [account]);
    await client.query('DELETE FROM marks WHERE account = $1', [account]);
  }
  return 'changed';
}
