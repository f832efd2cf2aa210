import type { Instant } from '../domain/clock/instant';
import type { HaltScope } from '../domain/halt/halt';
import type { HaltProgress } from '../domain/halt/progress';
import type { ReportWorkflow } from '../domain/halt/report';
import type { ListedOrder } from '../domain/order/broker';
import type { OrderRef } from '../domain/order/order';
import type { OpenTradeRow } from './trades';
import { firstOf } from './pool';
import type { Queryable } from './pool';

/** A halt whose work is not done, as its workflow's start needs it. */
export interface UnfinishedHalt {
  readonly epoch: number;
  readonly workflowId: string;
  readonly scope: HaltScope;
  readonly mode: string;
  readonly reason: string;
}

/** A schedule and what the halt did about it. */
export interface HaltedSchedule {
  readonly scheduleId: string;
  readonly tag: string | null;
  readonly action: 'paused' | 'was-paused' | 'left';
}

/** One look at a venue, for `record_pass`. */
export interface VenuePass {
  readonly epoch: number;
  readonly account: string;
  /** This database's time before the venue was asked. */
  readonly askedAt: Instant;
  readonly lagMs: number;
  readonly skewMs: number;
  /** Every working order of the account at the venue, ours or not. */
  readonly working: readonly ListedOrder[];
}

/** The work of a halt as the database keeps it. */
export class HaltStore {
  constructor(private readonly database: Queryable) {}

  async unfinished(): Promise<readonly UnfinishedHalt[]> {
    const { rows } = await this.database.query<UnfinishedHalt>(
      `SELECT epoch, workflow_id AS "workflowId", scope, mode, reason FROM halts WHERE finished_at IS NULL ORDER BY epoch`,
    );
    return rows;
  }

  /** @throws when there is no such halt. */
  async progress(epoch: number): Promise<HaltProgress> {
    const { rows } = await this.database.query<{ progress: HaltProgress | null }>(
      'SELECT halt_progress($1) AS progress',
      [epoch],
    );
    const progress = rows[0]?.progress;
    if (!progress) throw new Error(`no halt ${epoch}`);
    return progress;
  }

  /**
   * Open trades that have not acknowledged and were not told, those with orders first. Those that were told come again once
   * nobody has been told or has acknowledged for `againAfterMs`: where others still answer, they are on their way.
   */
  async toTell(epoch: number, againAfterMs: number): Promise<readonly OpenTradeRow[]> {
    const { rows } = await this.database.query<OpenTradeRow>(
      `SELECT t.id AS "tradeId", t.account, t.instrument, t.strategy, a.mode, t.phase
       FROM halt_trades x JOIN trades t ON t.id = x.trade_id JOIN accounts a ON a.name = t.account
       WHERE x.epoch = $1 AND t.phase <> 'ended' AND x.acknowledged_at IS NULL
         AND (x.told_at IS NULL OR NOT EXISTS (SELECT FROM halt_trades y WHERE y.epoch = $1
           AND greatest(y.told_at, y.acknowledged_at) > clock_timestamp() - $2 * interval '1 millisecond'))
         AND NOT is_held(t.account)
       -- Whoever may still fill or holds something comes first.
       ORDER BY EXISTS (SELECT FROM orders o WHERE o.trade_id = t.id) DESC, t.accepted_at, t.id`,
      [epoch, againAfterMs],
    );
    return rows;
  }

  /** Of trades whose workflows run: those of the halt that are open, and that nothing says have heard of it. */
  async missed(epoch: number, running: readonly string[]): Promise<readonly OpenTradeRow[]> {
    const { rows } = await this.database.query<OpenTradeRow>(
      `SELECT t.id AS "tradeId", t.account, t.instrument, t.strategy, a.mode, t.phase
       FROM halts h JOIN trades t ON t.id = ANY ($2) AND t.epoch < h.epoch AND t.phase <> 'ended'
         AND h.scope = ANY (trade_scopes(t.account, t.strategy, t.instrument))
       JOIN accounts a ON a.name = t.account LEFT JOIN halt_trades x ON x.epoch = h.epoch AND x.trade_id = t.id
       WHERE h.epoch = $1 AND x.told_at IS NULL AND x.acknowledged_at IS NULL AND x.taken_over_at IS NULL AND NOT is_held(t.account)`,
      [epoch, running],
    );
    return rows;
  }

  /** Trades that were told and have neither acknowledged nor ended. */
  async unanswered(epoch: number): Promise<number> {
    const { rows } = await this.database.query<{ count: number }>(
      `SELECT count(*) FROM halt_trades x JOIN trades t ON t.id = x.trade_id
       WHERE x.epoch = $1 AND x.told_at IS NOT NULL AND x.acknowledged_at IS NULL AND t.phase <> 'ended'`,
      [epoch],
    );
    return firstOf(rows, 'unanswered').count;
  }

  /** Keeps that these trades were told now. */
  async told(epoch: number, tradeIds: readonly string[]): Promise<void> {
    await this.database.query(
      'UPDATE halt_trades SET told_at = clock_timestamp() WHERE epoch = $1 AND trade_id = ANY ($2)',
      [epoch, tradeIds],
    );
  }

  /** Takes over every open trade that has not acknowledged; answers how many. */
  async takeOver(epoch: number): Promise<number> {
    const { rows } = await this.database.query<{ tradeId: string }>(
      `SELECT x.trade_id AS "tradeId" FROM halt_trades x JOIN trades t ON t.id = x.trade_id
       WHERE x.epoch = $1 AND t.phase <> 'ended' AND x.acknowledged_at IS NULL AND x.taken_over_at IS NULL AND NOT is_held(t.account) ORDER BY t.id`,
      [epoch],
    );
    let taken = 0;
    // One transaction a trade: each holds its account's lock only for itself.
    for (const { tradeId } of rows) {
      const answer = await this.database.query<{ taken: boolean }>('SELECT take_over($1, $2) AS taken', [
        epoch,
        tradeId,
      ]);
      if (firstOf(answer.rows, 'take_over').taken) taken += 1;
    }
    return taken;
  }

  /** Attempts of the moment that are still being sent; those that nobody answers for any more become orders in doubt. */
  async drain(epoch: number, graceMs: number): Promise<number> {
    const { rows } = await this.database.query<{ left: number }>(
      `SELECT drain_attempts($1, $2 * interval '1 millisecond') AS left`,
      [epoch, graceMs],
    );
    return firstOf(rows, 'drain_attempts').left;
  }

  /** Trades of an account that the halt has taken over and that have not ended. */
  async takenOver(epoch: number, account: string): Promise<readonly string[]> {
    const { rows } = await this.database.query<{ tradeId: string }>(
      `SELECT t.id AS "tradeId" FROM trades t JOIN halt_trades x ON x.trade_id = t.id AND x.epoch = $1
       WHERE t.account = $2 AND t.phase <> 'ended' AND t.taken_over_epoch IS NOT NULL ORDER BY t.id`,
      [epoch, account],
    );
    return rows.map(({ tradeId }) => tradeId);
  }

  /** Entries of an account that work at the venue and belong to the halt, the newest first: trades are told from the other end. */
  async workingEntries(epoch: number, account: string): Promise<readonly EntryRef[]> {
    const { rows } = await this.database.query<EntryRef>(
      `SELECT o.trade_id AS "tradeId", jsonb_build_object('clientOrderId', o.client_order_id, 'instrument', o.instrument,
         'type', o.type, 'venueOrderId', o.venue_order_id, 'createdAt', iso(o.created_at)) AS "order"
       FROM orders o JOIN halt_trades x ON x.trade_id = o.trade_id AND x.epoch = $1
       WHERE o.account = $2 AND o.leg = 'entry' AND o.state IN ('open', 'partial') ORDER BY o.created_at DESC`,
      [epoch, account],
    );
    return rows;
  }

  async recordPass(pass: VenuePass): Promise<{ readonly clean: boolean; readonly proven: boolean }> {
    const { rows } = await this.database.query<{ answer: { clean: boolean; proven: boolean } }>(
      'SELECT record_pass($1) AS answer',
      [JSON.stringify(pass)],
    );
    return firstOf(rows, 'record_pass').answer;
  }

  /** Counts a look at Temporal's list; one that found somebody who was not told starts the count anew. */
  async recordSweep(epoch: number, clean: boolean, open: readonly ReportWorkflow[]): Promise<void> {
    await this.database.query(
      `UPDATE halts SET clean_sweeps = CASE WHEN $2 THEN clean_sweeps + 1 ELSE 0 END, swept_at = clock_timestamp(),
         open_workflows = $3 WHERE epoch = $1`,
      [epoch, clean, JSON.stringify(open)],
    );
  }

  async recordSchedules(epoch: number, schedules: readonly HaltedSchedule[]): Promise<void> {
    await this.database.query(
      `INSERT INTO halt_schedules (epoch, schedule_id, tag, action)
       SELECT $1, s."scheduleId", s.tag, s.action
       FROM jsonb_to_recordset($2::jsonb) AS s("scheduleId" text, tag text, action text)
       ON CONFLICT (epoch, schedule_id) DO NOTHING`,
      [epoch, JSON.stringify(schedules)],
    );
  }

  /** Schedules that halts paused which were released since, and that no other one has resumed. */
  async schedulesToResume(): Promise<readonly { readonly epoch: number; readonly scheduleId: string }[]> {
    const { rows } = await this.database.query<{ epoch: number; scheduleId: string }>(
      `SELECT s.epoch, s.schedule_id AS "scheduleId" FROM halt_schedules s JOIN halts h USING (epoch)
       WHERE s.action = 'paused' AND s.resumed_at IS NULL AND h.released_at IS NOT NULL ORDER BY s.epoch, s.schedule_id`,
    );
    return rows;
  }

  /** A halt that stands and keeps this schedule paused too, if there is one. */
  async keepsPaused(scheduleId: string): Promise<number | undefined> {
    const { rows } = await this.database.query<{ epoch: number }>(
      `SELECT s.epoch FROM halt_schedules s JOIN halts h USING (epoch)
       WHERE s.schedule_id = $1 AND s.action <> 'left' AND h.released_at IS NULL AND h.superseded_by IS NULL
       ORDER BY s.epoch LIMIT 1`,
      [scheduleId],
    );
    return rows[0]?.epoch;
  }

  /** Keeps that a released halt holds a schedule no more; `heir` is the halt that does from now on. */
  async resumed(epoch: number, scheduleId: string, heir?: number): Promise<void> {
    await this.database.query(
      `WITH handed AS (UPDATE halt_schedules SET action = 'paused' WHERE epoch = $3 AND schedule_id = $2)
       UPDATE halt_schedules SET resumed_at = clock_timestamp() WHERE epoch = $1 AND schedule_id = $2`,
      [epoch, scheduleId, heir ?? null],
    );
  }
}

/** An entry at its venue. */
export interface EntryRef {
  readonly tradeId: string;
  readonly order: OrderRef;
}
