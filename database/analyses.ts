import type { TokensAndCost } from '../domain/analysis/cost';
import type { AnalysisData } from '../domain/analysis/analysis-data';
import type { FinishReason } from '../domain/analysis/language-model';
import type { ModelAnswer } from '../domain/analysis/model-view';
import type { Message } from '../domain/analysis/prompt';
import type { Instant } from '../domain/clock/instant';
import type { DecimalString } from '../domain/money/decimal';
import type { AnalysisReference, Signal } from '../domain/signal/signal';
import { firstOf } from './pool';
import type { Queryable } from './pool';

/** An analysis as it is opened: everything but what comes of it. */
export interface NewAnalysis {
  readonly tradeId: string;
  readonly strategy: string;
  readonly model: string;
  readonly promptVersion: string;
  /** In market time. */
  readonly marketAt: Instant;
  readonly validUntil: Instant;
  readonly data: AnalysisData;
  /** SHA-256 of the data, hex. */
  readonly dataHash: string;
  readonly withheld: number;
  readonly hindsight: AnalysisReference['hindsight'];
}

/** An analysis as a worker goes on with it. */
export interface OpenedAnalysis {
  readonly id: string;
  readonly model: string;
  readonly promptVersion: string;
  readonly data: AnalysisData;
  readonly hindsight: AnalysisReference['hindsight'];
  /** Null until it is finished. */
  readonly signal: Signal | null;
}

/** What may be spent on one trade, and on one strategy and on everything in a day (UTC). */
export interface Caps {
  readonly trade: TokensAndCost;
  readonly strategy: TokensAndCost;
  readonly day: TokensAndCost;
}

/** A call before it is sent. */
export interface NewCall {
  /** SHA-256 of the analysis and all that is sent, hex. */
  readonly id: string;
  readonly analysisId: string;
  readonly purpose: 'ask' | 'repair';
  readonly model: string;
  readonly parameters: object;
  readonly prompt: readonly Message[];
  readonly schema: object;
  /** The most that it can use. */
  readonly tokens: number;
  readonly cost: DecimalString;
  readonly caps: Caps;
}

/** An answer as the store has it. */
export interface StoredAnswer {
  readonly result: 'answered';
  readonly text: string;
  readonly refusal: string | null;
  readonly finish: FinishReason;
  /** SHA-256 of the text, hex. */
  readonly answerHash: string;
}

/** Which cap a call could exceed: amounts in its unit. */
export interface BudgetRefusal {
  readonly result: 'budget';
  readonly scope: 'trade' | 'strategy' | 'day';
  readonly unit: 'tokens' | 'USD';
  readonly cap: DecimalString;
  readonly spent: DecimalString;
  readonly wanted: DecimalString;
}

export type BegunCall = StoredAnswer | BudgetRefusal | { readonly result: 'send'; readonly attempt: number };

/** How an attempt ended. Without `tokens` and `cost` its reservation stands: it may have been paid for. */
export interface Settlement {
  readonly callId: string;
  readonly attempt: number;
  readonly state: 'answered' | 'failed' | 'lost';
  readonly tokens?: number;
  readonly cost?: DecimalString;
  readonly inputTokens?: number;
  readonly outputTokens?: number;
  readonly reason?: string;
  readonly status?: number | null;
  readonly code?: string | null;
  readonly latencyMs: number;
  readonly text?: string;
  readonly refusal?: string | null;
  readonly finish?: FinishReason;
  readonly answeredBy?: string;
  readonly answerHash?: string;
}

/** Pieces of a person's repetition of a question. */
export interface RepeatRow {
  readonly id: string;
  readonly tradeId: string;
  readonly times: number;
}

const OPENED = `id, model, prompt_version AS "promptVersion", data, hindsight, signal`;

/** What models were asked and said, and what it cost; the writing side. */
export class AnalysisStore {
  constructor(private readonly database: Queryable) {}

  /** The newest analysis of a trade whose answers still count at a market time. */
  async current(tradeId: string, marketTime: Instant): Promise<OpenedAnalysis | undefined> {
    const { rows } = await this.database.query<OpenedAnalysis>(
      `SELECT ${OPENED} FROM analyses WHERE trade_id = $1 AND repeat_id IS NULL
         AND $2::timestamptz BETWEEN market_at AND valid_until ORDER BY n DESC LIMIT 1`,
      [tradeId, marketTime],
    );
    return rows[0];
  }

  /** Opens the trade's next analysis; of two that open at once both get the one that was first. */
  async open(analysis: NewAnalysis): Promise<OpenedAnalysis> {
    const { rows } = await this.database.query<{ n: number }>(
      'SELECT count(*)::integer + 1 AS n FROM analyses WHERE trade_id = $1 AND repeat_id IS NULL',
      [analysis.tradeId],
    );
    const { n } = firstOf(rows, 'counting analyses');
    return this.insert(`${analysis.tradeId}/view/${n}`, n, null, analysis);
  }

  /** Opens one repetition, or finds it opened. */
  openRepetition(repeat: RepeatRow, n: number, analysis: NewAnalysis): Promise<OpenedAnalysis> {
    return this.insert(`${repeat.id}/${n}`, n, repeat.id, analysis);
  }

  private async insert(id: string, n: number, repeat: string | null, analysis: NewAnalysis): Promise<OpenedAnalysis> {
    const { tradeId, strategy, model, promptVersion, marketAt, validUntil, data, dataHash, withheld, hindsight } =
      analysis;
    await this.database.query(
      `INSERT INTO analyses (id, n, repeat_id, trade_id, strategy, model, prompt_version, market_at, valid_until, data, data_hash, withheld, hindsight)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) ON CONFLICT (id) DO NOTHING`,
      [
        id,
        n,
        repeat,
        tradeId,
        strategy,
        model,
        promptVersion,
        marketAt,
        validUntil,
        JSON.stringify(data),
        dataHash,
        withheld,
        hindsight,
      ],
    );
    const { rows } = await this.database.query<OpenedAnalysis>(`SELECT ${OPENED} FROM analyses WHERE id = $1`, [id]);
    return firstOf(rows, 'opening an analysis');
  }

  /** Stores what came of an analysis; what is stored already stays. Answers what is stored. */
  async finish(id: string, signal: Signal, answer: ModelAnswer | null): Promise<Signal> {
    await this.database.query(
      `UPDATE analyses SET signal = $2, answer = $3, finished_at = clock_timestamp() WHERE id = $1 AND signal IS NULL`,
      [id, JSON.stringify(signal), answer === null ? null : JSON.stringify(answer)],
    );
    const { rows } = await this.database.query<{ signal: Signal }>('SELECT signal FROM analyses WHERE id = $1', [id]);
    return firstOf(rows, 'finishing an analysis').signal;
  }

  /** Answered from the store, refused by the budget, or reserved: then the caller sends it and settles. */
  async begin(call: NewCall): Promise<BegunCall> {
    const { rows } = await this.database.query<{ begun: BegunCall }>('SELECT begin_model_call($1) AS begun', [
      JSON.stringify(call),
    ]);
    return firstOf(rows, 'begin_model_call').begun;
  }

  /** Settles an attempt; answers the call's answer, which may be that of another attempt. */
  async settle(settlement: Settlement): Promise<StoredAnswer | undefined> {
    const { rows } = await this.database.query<{ answer: StoredAnswer | null }>(
      'SELECT settle_model_call($1) AS answer',
      [JSON.stringify(settlement)],
    );
    return firstOf(rows, 'settle_model_call').answer ?? undefined;
  }

  /** The question that a repetition repeats: the newest that the trade asked. @throws when there is none. */
  async questionOf(repeatId: string): Promise<{ readonly repeat: RepeatRow; readonly asked: NewAnalysis }> {
    const { rows } = await this.database.query<{ repeat: RepeatRow; asked: NewAnalysis }>(
      `SELECT jsonb_build_object('id', r.id, 'tradeId', r.trade_id, 'times', r.times) AS repeat,
         json_build_object('tradeId', a.trade_id, 'strategy', a.strategy, 'model', a.model, 'promptVersion', a.prompt_version,
           'marketAt', iso(a.market_at), 'validUntil', iso(a.valid_until), 'data', a.data, 'dataHash', a.data_hash,
           'withheld', a.withheld, 'hindsight', a.hindsight) AS asked
       FROM analysis_repeats r JOIN analyses a ON a.trade_id = r.trade_id AND a.repeat_id IS NULL
       WHERE r.id = $1 ORDER BY a.n DESC LIMIT 1`,
      [repeatId],
    );
    return firstOf(rows, `the question of ${repeatId}`);
  }

  /** Stores how a repeat ended; the first end stays. */
  async endRepeat(id: string, state: 'completed' | 'stopped'): Promise<void> {
    await this.database.query(
      `UPDATE analysis_repeats SET state = $2, finished_at = clock_timestamp() WHERE id = $1 AND state = 'running'`,
      [id, state],
    );
  }
}
