import type { Instant } from '../domain/clock/instant';
import type { DecimalString } from '../domain/money/decimal';
import type { Direction } from '../domain/signal/signal';
import type { TradeOutcome, TradePhase } from '../domain/trade/phase';
import type { TradeSpec } from '../domain/trade/spec';
import { decodeCursor, paged, sortMoment } from './cursor';
import type { PageRequest, Paged, Position } from './cursor';
import type { Queryable } from './pool';

type Facts = Record<string, unknown>;

/** A trade as lists show it; moments are RFC 3339 UTC. */
export interface TradeRow {
  readonly id: string;
  readonly account: string;
  readonly key: string;
  readonly instrument: string;
  readonly strategy: string;
  readonly direction: Direction | null;
  readonly phase: TradePhase;
  readonly outcome: TradeOutcome | null;
  readonly outcomeCode: string | null;
  readonly outcomeDetail: string | null;
  readonly attention: string | null;
  readonly halted: boolean;
  /** Units held, negative when short. */
  readonly position: DecimalString;
  readonly realisedPnl: DecimalString | null;
  readonly dust: DecimalString;
  readonly createdBy: string;
  readonly acceptedAt: Instant;
  readonly acceptedMarketAt: Instant;
  readonly validUntil: Instant | null;
  readonly updatedAt: Instant;
  readonly endedAt: Instant | null;
}

/** A trade with what led to it. */
export interface TradeDetailRow extends TradeRow {
  readonly runId: string | null;
  readonly spec: Facts;
  readonly signal: Facts | null;
  readonly sizing: Facts | null;
  readonly risk: Facts | null;
  readonly protection: Facts | null;
  readonly requests: Facts;
}

export interface EventRow {
  readonly id: number;
  readonly kind: string;
  readonly name: string;
  readonly at: Instant;
  readonly marketAt: Instant;
  readonly detail: Facts;
}

/** Which trades a list holds; what is left out does not narrow it. */
export interface TradeFilter {
  readonly account?: string;
  readonly instrument?: string;
  readonly strategy?: string;
  readonly phase?: TradePhase;
  readonly outcome?: TradeOutcome;
  /** True: only those that a person should look at; false: only the others. */
  readonly attention?: boolean;
}

/** What `accept_trade` stores. */
export interface NewTrade {
  readonly account: string;
  /** The client's idempotency key. */
  readonly key: string;
  readonly strategy: string;
  readonly instrument: string;
  readonly spec: TradeSpec;
  /** Hash of what the client sent: the same key with another one is a conflict. */
  readonly fingerprint: string;
  readonly createdBy: string;
  readonly direction?: Direction;
  readonly validUntil?: Instant;
}

/** Only `accepted` stored anything. */
export type Acceptance =
  | { readonly result: 'accepted' | 'exists' | 'conflict'; readonly tradeId: string; readonly phase: TradePhase }
  | { readonly result: 'halted'; readonly scope: string }
  /** The books and the venue differ in the instrument. */
  | { readonly result: 'unreconciled' };

const SUMMARY = `t.id, t.account, t.key, t.instrument, t.strategy, t.direction, t.phase, t.outcome,
  t.outcome_code AS "outcomeCode", t.outcome_detail AS "outcomeDetail", t.attention, t.halted,
  plain(trade_position(t.id)) AS position, plain(t.realised_pnl) AS "realisedPnl", plain(t.dust) AS dust,
  t.created_by AS "createdBy", iso(t.accepted_at) AS "acceptedAt", iso(t.accepted_market_at) AS "acceptedMarketAt",
  iso(t.valid_until) AS "validUntil", iso(t.updated_at) AS "updatedAt", iso(t.ended_at) AS "endedAt"`;

/** The one door in: stores a trade under the fence's lock, with the epoch of that moment. */
export async function acceptTrade(database: Queryable, trade: NewTrade): Promise<Acceptance> {
  const { rows } = await database.query<{ answer: Acceptance }>('SELECT accept_trade($1) AS answer', [
    JSON.stringify(trade),
  ]);
  const row = rows[0];
  if (row === undefined) throw new Error('accept_trade answered nothing');
  return row.answer;
}

/** The trade that an account's key was used for, with the hash of what was sent then. */
export async function findByKey(
  database: Queryable,
  account: string,
  key: string,
): Promise<{ readonly id: string; readonly fingerprint: string } | undefined> {
  const { rows } = await database.query<{ id: string; fingerprint: string }>(
    'SELECT id, fingerprint FROM trades WHERE account = $1 AND key = $2',
    [account, key],
  );
  return rows[0];
}

/** Keeps the id of a trade's first workflow run, if none is kept yet. */
export async function noteRun(database: Queryable, id: string, runId: string): Promise<void> {
  await database.query('UPDATE trades SET run_id = $2 WHERE id = $1 AND run_id IS NULL', [id, runId]);
}

export async function findTrade(database: Queryable, id: string): Promise<TradeDetailRow | undefined> {
  const { rows } = await database.query<TradeDetailRow>(
    `SELECT ${SUMMARY}, t.run_id AS "runId", t.spec, t.signal, t.sizing, t.risk, t.protection, t.requests
     FROM trades t WHERE t.id = $1`,
    [id],
  );
  return rows[0];
}

/** Trades, newest first. @throws InvalidCursor */
export async function listTrades(
  database: Queryable,
  filter: TradeFilter,
  page: PageRequest,
): Promise<Paged<TradeRow>> {
  const after = page.cursor === undefined ? undefined : decodeCursor(page.cursor);
  const { rows } = await database.query<{ readonly row: TradeRow; readonly sortAt: string }>(
    `SELECT (SELECT to_jsonb(s) FROM (SELECT ${SUMMARY}) s) AS row, ${sortMoment('t.accepted_at')} AS "sortAt"
     FROM trades t
     WHERE ($1::text IS NULL OR t.account = $1) AND ($2::text IS NULL OR t.instrument = $2)
       AND ($3::text IS NULL OR t.strategy = $3) AND ($4::text IS NULL OR t.phase = $4)
       AND ($5::text IS NULL OR t.outcome = $5) AND ($6::boolean IS NULL OR (t.attention IS NOT NULL) = $6)
       AND ($7::timestamptz IS NULL OR (t.accepted_at, t.id) < ($7, $8))
     ORDER BY t.accepted_at DESC, t.id DESC LIMIT $9`,
    [
      filter.account ?? null,
      filter.instrument ?? null,
      filter.strategy ?? null,
      filter.phase ?? null,
      filter.outcome ?? null,
      filter.attention ?? null,
      after?.at ?? null,
      after?.id ?? null,
      page.limit + 1,
    ],
  );
  const { items, nextCursor } = paged(rows, page.limit, ({ row, sortAt }) => ({ at: sortAt, id: row.id }));
  return { items: items.map(({ row }) => row), nextCursor };
}

/** What happened to a trade, oldest first. @throws InvalidCursor */
export async function listEvents(database: Queryable, tradeId: string, page: PageRequest): Promise<Paged<EventRow>> {
  const after = page.cursor === undefined ? undefined : decodeCursor(page.cursor);
  const { rows } = await database.query<{ readonly row: EventRow; readonly sortAt: string }>(
    `SELECT jsonb_build_object('id', e.id, 'kind', e.kind, 'name', e.name, 'at', iso(e.at), 'marketAt', iso(e.market_at),
       'detail', e.detail) AS row, ${sortMoment('e.at')} AS "sortAt"
     FROM trade_events e WHERE e.trade_id = $1 AND ($2::bigint IS NULL OR e.id > $2) ORDER BY e.id LIMIT $3`,
    [tradeId, eventId(after), page.limit + 1],
  );
  const { items, nextCursor } = paged(rows, page.limit, ({ row, sortAt }) => ({ at: sortAt, id: String(row.id) }));
  return { items: items.map(({ row }) => row), nextCursor };
}

/** A cursor of another list has no event's number in it: that list starts nowhere in this one. */
function eventId(after: Position | undefined): string | null {
  if (after === undefined) return null;
  return /^\d{1,18}$/.test(after.id) ? after.id : '0';
}
