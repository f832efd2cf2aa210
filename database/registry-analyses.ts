import type { ModelAnswer } from '../domain/analysis/model-view';
import type { Message } from '../domain/analysis/prompt';
import type { Instant } from '../domain/clock/instant';
import type { DecimalString } from '../domain/money/decimal';
import type { Signal } from '../domain/signal/signal';
import { firstOf } from './pool';
import type { Queryable } from './pool';

type Facts = Record<string, unknown>;

/** One sending of a call. */
export interface AttemptRow {
  readonly n: number;
  readonly state: 'sending' | 'answered' | 'failed' | 'lost';
  readonly reservedTokens: number;
  readonly reservedCost: DecimalString;
  readonly chargedTokens: number;
  readonly chargedCost: DecimalString;
  readonly inputTokens: number | null;
  readonly outputTokens: number | null;
  readonly reason: string | null;
  readonly status: number | null;
  readonly code: string | null;
  readonly latencyMs: number | null;
  readonly sentAt: Instant;
}

/** A call word by word. */
export interface CallRow {
  readonly id: string;
  readonly purpose: 'ask' | 'repair';
  readonly model: string;
  readonly parameters: Facts;
  readonly prompt: readonly Message[];
  readonly schema: Facts;
  readonly response: string | null;
  readonly refusal: string | null;
  readonly finish: 'stop' | 'length' | 'filtered' | null;
  readonly answeredBy: string | null;
  readonly answerHash: string | null;
  readonly attempts: readonly AttemptRow[];
}

export interface AnalysisRow {
  readonly id: string;
  readonly tradeId: string;
  readonly strategy: string;
  readonly model: string;
  readonly promptVersion: string;
  readonly marketAt: Instant;
  readonly validUntil: Instant;
  readonly dataHash: string;
  readonly withheld: number;
  readonly hindsight: 'none' | 'possible' | 'unknown';
  readonly signal: Signal | null;
  readonly answer: ModelAnswer | null;
  readonly createdAt: Instant;
  readonly finishedAt: Instant | null;
  readonly tokens: number;
  /** US dollars. */
  readonly cost: DecimalString;
  readonly calls: readonly CallRow[];
}

const CALLS = `coalesce((SELECT jsonb_agg(jsonb_build_object('id', c.id, 'purpose', c.purpose, 'model', c.model,
    'parameters', c.parameters, 'prompt', c.prompt, 'schema', c.schema, 'response', c.response, 'refusal', c.refusal,
    'finish', c.finish, 'answeredBy', c.answered_by, 'answerHash', c.answer_hash,
    'attempts', coalesce((SELECT jsonb_agg(jsonb_build_object('n', m.n, 'state', m.state, 'reservedTokens', m.reserved_tokens,
        'reservedCost', plain(m.reserved_cost), 'chargedTokens', m.charged_tokens, 'chargedCost', plain(m.charged_cost),
        'inputTokens', m.input_tokens, 'outputTokens', m.output_tokens, 'reason', m.reason, 'status', m.status,
        'code', m.code, 'latencyMs', m.latency_ms, 'sentAt', iso(m.sent_at)) ORDER BY m.n)
      FROM model_attempts m WHERE m.call_id = c.id), '[]')) ORDER BY c.created_at, c.id)
  FROM model_calls c WHERE c.analysis_id = a.id), '[]')`;

const CHARGED = `LEFT JOIN LATERAL (SELECT coalesce(sum(m.charged_tokens), 0)::bigint AS tokens, coalesce(sum(m.charged_cost), 0) AS cost
  FROM model_calls c JOIN model_attempts m ON m.call_id = c.id WHERE c.analysis_id = a.id) charged ON true`;

/** The analyses that a trade asked for, oldest first, with every call; a person's repetitions are not among them. */
export async function analysesOfTrade(database: Queryable, tradeId: string): Promise<readonly AnalysisRow[]> {
  const { rows } = await database.query<AnalysisRow>(
    `SELECT a.id, a.trade_id AS "tradeId", a.strategy, a.model, a.prompt_version AS "promptVersion", iso(a.market_at) AS "marketAt",
       iso(a.valid_until) AS "validUntil", a.data_hash AS "dataHash", a.withheld, a.hindsight, a.signal, a.answer,
       iso(a.created_at) AS "createdAt", iso(a.finished_at) AS "finishedAt", charged.tokens, plain(charged.cost) AS cost,
       ${CALLS} AS calls
     FROM analyses a ${CHARGED} WHERE a.trade_id = $1 AND a.repeat_id IS NULL ORDER BY a.n`,
    [tradeId],
  );
  return rows;
}

/** A person's repetition of a question, as far as it has come. */
export interface RepeatDetailRow {
  readonly id: string;
  readonly tradeId: string;
  readonly key: string;
  readonly times: number;
  readonly state: 'running' | 'completed' | 'stopped';
  readonly createdBy: string;
  readonly createdAt: Instant;
  readonly finishedAt: Instant | null;
  readonly tokens: number;
  readonly cost: DecimalString;
  readonly repetitions: readonly {
    readonly id: string;
    readonly signal: Signal;
    readonly answer: ModelAnswer | null;
  }[];
}

export async function findRepeat(
  database: Queryable,
  tradeId: string,
  key: string,
): Promise<RepeatDetailRow | undefined> {
  const { rows } = await database.query<RepeatDetailRow>(
    `SELECT r.id, r.trade_id AS "tradeId", r.key, r.times, r.state, r.created_by AS "createdBy", iso(r.created_at) AS "createdAt",
       iso(r.finished_at) AS "finishedAt", coalesce(sum(charged.tokens), 0)::bigint AS tokens,
       plain(coalesce(sum(charged.cost), 0)) AS cost,
       coalesce(jsonb_agg(jsonb_build_object('id', a.id, 'signal', a.signal, 'answer', a.answer) ORDER BY a.n)
         FILTER (WHERE a.signal IS NOT NULL), '[]') AS repetitions
     FROM analysis_repeats r LEFT JOIN analyses a ON a.repeat_id = r.id ${CHARGED}
     WHERE r.trade_id = $1 AND r.key = $2 GROUP BY r.id`,
    [tradeId, key],
  );
  return rows[0];
}

/** Whether the trade has asked a model anything that could be repeated. */
export async function hasQuestion(database: Queryable, tradeId: string): Promise<boolean> {
  const { rowCount } = await database.query('SELECT FROM analyses WHERE trade_id = $1 AND repeat_id IS NULL LIMIT 1', [
    tradeId,
  ]);
  return (rowCount ?? 0) > 0;
}

/** Stores a repeat, once for its key; answers false when the key was used for another number of times. */
export async function storeRepeat(
  database: Queryable,
  repeat: { readonly tradeId: string; readonly key: string; readonly times: number; readonly createdBy: string },
): Promise<boolean> {
  const { tradeId, key, times, createdBy } = repeat;
  await database.query(
    `INSERT INTO analysis_repeats (id, trade_id, key, times, created_by) VALUES ($1, $2, $3, $4, $5)
     ON CONFLICT (trade_id, key) DO NOTHING`,
    [`${tradeId}/repeat/${key}`, tradeId, key, times, createdBy],
  );
  const { rows } = await database.query<{ times: number }>(
    'SELECT times FROM analysis_repeats WHERE trade_id = $1 AND key = $2',
    [tradeId, key],
  );
  return firstOf(rows, 'storing a repeat').times === times;
}

/** What was charged today (UTC). */
export interface SpendingRow {
  /** UTC day, `YYYY-MM-DD`. */
  readonly day: string;
  readonly tokens: number;
  /** US dollars. */
  readonly cost: DecimalString;
  /** Of the above: still under way, or ended unseen, and therefore counted at the most they can cost. */
  readonly uncertainTokens: number;
  readonly uncertainCost: DecimalString;
  readonly strategies: readonly { readonly strategy: string; readonly tokens: number; readonly cost: DecimalString }[];
}

export async function spendingToday(database: Queryable): Promise<SpendingRow> {
  const { rows } = await database.query<SpendingRow>(
    `WITH today AS (SELECT (clock_timestamp() AT TIME ZONE 'UTC')::date AS day),
       sent AS (SELECT m.*, m.input_tokens IS NULL AND m.charged_tokens > 0 AS uncertain
                FROM model_attempts m JOIN today USING (day))
     SELECT (SELECT day::text FROM today) AS day, coalesce(sum(charged_tokens), 0)::bigint AS tokens,
       plain(coalesce(sum(charged_cost), 0)) AS cost,
       coalesce(sum(charged_tokens) FILTER (WHERE uncertain), 0)::bigint AS "uncertainTokens",
       plain(coalesce(sum(charged_cost) FILTER (WHERE uncertain), 0)) AS "uncertainCost",
       coalesce((SELECT jsonb_agg(jsonb_build_object('strategy', s.strategy, 'tokens', s.tokens, 'cost', plain(s.cost)) ORDER BY s.strategy)
         FROM (SELECT strategy, sum(charged_tokens)::bigint AS tokens, sum(charged_cost) AS cost FROM sent GROUP BY strategy) s), '[]') AS strategies
     FROM sent`,
  );
  return firstOf(rows, 'the spending of today');
}
