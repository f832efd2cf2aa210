import { createHash } from 'node:crypto';
import type { Instant } from '../domain/clock/instant';
import type { Instrument } from '../domain/instrument/instrument';
import type { DecimalString } from '../domain/money/decimal';
import type { RiskPolicy } from '../domain/risk/policy';
import { accountPolicy } from '../domain/risk/policy-document';
import type { PolicyDocument } from '../domain/risk/policy-document';
import type { Exposure, RiskLock } from '../domain/risk/proposal';
import type { RiskVerdict } from '../domain/risk/verdict';
import { firstOf, transaction } from './pool';
import type { Database, Queryable } from './pool';

/** What a risk check reads beside the portfolio. */
export interface RiskContext {
  readonly document: PolicyDocument;
  /** Highest equity so far. */
  readonly peak: DecimalString;
  readonly ordersLastMinute: number;
  readonly locks: readonly RiskLock[];
  /** What orders that add exposure may still fill, with its sign. */
  readonly working: readonly Exposure[];
  readonly strategy: { readonly openTrades: number; readonly notional: DecimalString };
  /** The scope of the kill switch that is engaged, if one of the entry's is. */
  readonly halted: string | null;
}

/** Whose limits are asked for. */
export interface RiskScope {
  readonly account: string;
  readonly strategy: string;
  readonly instrument: string;
  /** A trade that does not stand in its own way; '' for none. */
  readonly tradeId: string;
}

/** Reading the state that risk is decided on. */
export class RiskStore {
  constructor(private readonly database: Queryable) {}

  async context({ account, strategy, instrument, tradeId }: RiskScope): Promise<RiskContext> {
    const { rows } = await this.database.query<{ context: RiskContext }>(
      'SELECT risk_context($1, $2, $3, $4) AS context',
      [account, strategy, instrument, tradeId],
    );
    return firstOf(rows, 'risk_context').context;
  }

  /** An instrument, and the market time of an account; undefined when there is either not. */
  async place(
    account: string,
    instrument: string,
  ): Promise<{ readonly instrument: Instrument; readonly now: Instant } | undefined> {
    const { rows } = await this.database.query<{ instrument: Instrument; now: Instant }>(
      `SELECT iso(market_now(a.name)) AS now, jsonb_build_object('id', i.id, 'description', i.description, 'calendar', i.calendar,
         'baseAsset', i.base_asset, 'quoteAsset', i.quote_asset, 'tick', plain(i.tick), 'lot', plain(i.lot),
         'minQuantity', plain(i.min_quantity), 'minNotional', plain(i.min_notional),
         'maxBaseFeeRate', plain(i.max_base_fee_rate), 'extendedHours', i.extended_hours) || future_of(i) AS instrument
       FROM accounts a, instruments i WHERE a.name = $1 AND i.id = $2`,
      [account, instrument],
    );
    return rows[0];
  }

  /** Every account with its market time. */
  async accounts(): Promise<readonly { readonly account: string; readonly now: Instant }[]> {
    const { rows } = await this.database.query<{ account: string; now: Instant }>(
      'SELECT name AS account, iso(market_now(name)) AS now FROM accounts ORDER BY name',
    );
    return rows;
  }

  /** What open trades of an account hold, each with the stop that guards it. */
  async stops(
    account: string,
  ): Promise<
    readonly { readonly instrument: string; readonly quantity: DecimalString; readonly stopPrice: DecimalString }[]
  > {
    const { rows } = await this.database.query<{
      instrument: string;
      quantity: DecimalString;
      stopPrice: DecimalString;
    }>(
      `SELECT t.instrument, plain(trade_position(t.id)) AS quantity, t.protection ->> 'stopPrice' AS "stopPrice" FROM trades t
       WHERE t.account = $1 AND t.phase <> 'ended' AND t.protection ->> 'stopPrice' IS NOT NULL AND trade_position(t.id) <> 0
       ORDER BY t.id`,
      [account],
    );
    return rows;
  }

  /** Keeps the highest equity; answers what ended trades of the account have made in all. */
  async noteEquity(account: string, equity: DecimalString): Promise<DecimalString> {
    const { rows } = await this.database.query<{ made: DecimalString }>(
      `SELECT note_equity($1, $2), (SELECT plain(coalesce(sum(realised_pnl), 0)) FROM trades WHERE account = $1) AS made`,
      [account, equity],
    );
    return firstOf(rows, 'note_equity').made;
  }
}

/** A lock that holds. */
export interface LockRow {
  readonly id: number;
  readonly account: string;
  readonly scope: string;
  readonly code: RiskLock['code'];
  readonly tradeId: string;
  /** Market time. */
  readonly until: Instant;
  readonly createdAt: Instant;
}

/** The policy in force: the file that was applied last, what it makes of each account, and the locks that hold. */
export interface PolicyState {
  /** Null when no file was applied yet. */
  readonly applied: { readonly at: Instant; readonly by: string; readonly hash: string } | null;
  readonly document: PolicyDocument;
  readonly accounts: readonly { readonly account: string; readonly limits: Partial<RiskPolicy> }[];
  readonly locks: readonly LockRow[];
}

const LOCK = `l.id::integer AS id, l.account, l.scope, l.code, l.trade_id AS "tradeId", iso(l.market_until) AS until,
  iso(l.created_at) AS "createdAt"`;

export async function readPolicy(database: Queryable): Promise<PolicyState> {
  const { rows } = await database.query<{ at: Instant; by: string; hash: string; document: PolicyDocument }>(
    `SELECT iso(applied_at) AS at, applied_by AS by, hash, document FROM risk_policies ORDER BY id DESC LIMIT 1`,
  );
  const accounts = await database.query<{ account: string; limits: Partial<RiskPolicy> }>(
    'SELECT name AS account, policy AS limits FROM accounts ORDER BY name',
  );
  const locks = await database.query<LockRow>(
    `SELECT ${LOCK} FROM accounts a CROSS JOIN LATERAL active_locks(a.name) l ORDER BY l.id`,
  );
  const newest = rows[0];
  return {
    applied: newest === undefined ? null : { at: newest.at, by: newest.by, hash: newest.hash },
    document: newest?.document ?? {},
    accounts: accounts.rows,
    locks: locks.rows,
  };
}

/** The same text for the same document, whatever the order of its fields. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const fields = Object.entries(value)
    .filter(([, inner]) => inner !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${fields.map(([name, inner]) => `${JSON.stringify(name)}:${canonical(inner)}`).join(',')}}`;
}

/** What applying a policy file did. */
export interface PolicyApplied {
  readonly hash: string;
  /** False when the newest file is the same. */
  readonly stored: boolean;
  /** Accounts whose limits are others now. */
  readonly changed: readonly string[];
}

/**
 * Puts a policy file that has been checked into force: keeps it, and gives every account its limits, in one transaction.
 * Checks that are under way go on with the limits they have read.
 */
export async function applyPolicy(database: Database, document: PolicyDocument, by: string): Promise<PolicyApplied> {
  const text = canonical(document);
  const hash = createHash('sha256').update(text).digest('hex');
  return transaction(database, async (client) => {
    await client.query('LOCK TABLE risk_policies IN SHARE ROW EXCLUSIVE MODE');
    const newest = await client.query<{ hash: string }>('SELECT hash FROM risk_policies ORDER BY id DESC LIMIT 1');
    const stored = newest.rows[0]?.hash !== hash;
    if (stored) {
      await client.query('INSERT INTO risk_policies (document, hash, applied_by) VALUES ($1, $2, $3)', [
        text,
        hash,
        by,
      ]);
    }
    const accounts = await client.query<{ name: string }>('SELECT name FROM accounts ORDER BY name');
    const changed: string[] = [];
    for (const { name } of accounts.rows) {
      const { rowCount } = await client.query(
        'UPDATE accounts SET policy = $2 WHERE name = $1 AND policy <> $2::jsonb',
        [name, JSON.stringify(accountPolicy(document, name))],
      );
      if ((rowCount ?? 0) > 0) changed.push(name);
    }
    return { hash, stored, changed };
  });
}

/** Releases a lock; undefined when none of that id holds. */
export async function releaseLock(database: Queryable, id: number, by: string): Promise<LockRow | undefined> {
  const { rows } = await database.query<LockRow>(
    `UPDATE risk_locks l SET released_at = clock_timestamp(), released_by = $2
     WHERE l.id = $1 AND l.released_at IS NULL RETURNING ${LOCK}`,
    [id, by],
  );
  return rows[0];
}

/** A stored verdict of a trade. */
export interface VerdictRow {
  readonly id: number;
  readonly at: Instant;
  readonly marketAt: Instant;
  readonly verdict: RiskVerdict;
}

/** Every verdict of a trade, oldest first; a trade is checked a few times, again after each wait. */
export async function verdictsOf(database: Queryable, tradeId: string): Promise<readonly VerdictRow[]> {
  const { rows } = await database.query<VerdictRow>(
    `SELECT id::integer AS id, iso(at) AS at, iso(market_at) AS "marketAt", document AS verdict
     FROM risk_verdicts WHERE trade_id = $1 ORDER BY id DESC LIMIT 200`,
    [tradeId],
  );
  return rows.reverse();
}
