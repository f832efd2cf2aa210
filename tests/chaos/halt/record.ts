import type { Database } from '../../../database/pool';
import type { JournalOrder, JudgedHalt, JudgedTrade } from './judge';

const MILLIS = (column: string): string => `(extract(epoch FROM ${column}) * 1000)::float8`;

/** A halt and how it went, by the rows that it left. */
export interface HaltTimes extends JudgedHalt {
  /** Milliseconds from the moment; null while it has not come. */
  readonly drained: number | null;
  readonly lastAcknowledged: number | null;
  readonly lastClosed: number | null;
  readonly finished: number | null;
  readonly acknowledged: number;
  readonly takenOver: number;
  readonly waits: unknown;
}

export async function readHalt(database: Database, epoch: number): Promise<HaltTimes> {
  const { rows } = await database.query<HaltTimes>(
    `SELECT h.epoch, ${MILLIS('h.engaged_at')} AS "engagedAt", ${MILLIS('h.released_at')} AS "releasedAt", h.flatten,
       ${MILLIS('h.drained_at - h.engaged_at')} AS drained, ${MILLIS('h.finished_at - h.engaged_at')} AS finished,
       (SELECT ${MILLIS('max(x.acknowledged_at) - h.engaged_at')} FROM halt_trades x WHERE x.epoch = h.epoch) AS "lastAcknowledged",
       (SELECT ${MILLIS('max(t.ended_at) - h.engaged_at')} FROM halt_trades x JOIN trades t ON t.id = x.trade_id
        WHERE x.epoch = h.epoch AND t.ended_at > h.engaged_at) AS "lastClosed",
       (SELECT count(*) FROM halt_trades x WHERE x.epoch = h.epoch AND x.acknowledged_at IS NOT NULL) AS acknowledged,
       (SELECT count(*) FROM halt_trades x WHERE x.epoch = h.epoch AND x.taken_over_at IS NOT NULL) AS "takenOver",
       coalesce((SELECT jsonb_agg(x.trade_id) FROM halt_trades x WHERE x.epoch = h.epoch), '[]') AS trades,
       coalesce((SELECT jsonb_agg(x.trade_id) FROM halt_trades x JOIN trades t ON t.id = x.trade_id
         WHERE x.epoch = h.epoch AND t.phase <> 'ended' AND x.acknowledged_at IS NULL AND x.taken_over_at IS NULL), '[]')
         AS unacknowledged,
       CASE WHEN h.finished_at IS NULL THEN halt_progress(h.epoch) END AS waits
     FROM halts h WHERE h.epoch = $1`,
    [epoch],
  );
  const halt = rows[0];
  if (halt === undefined) throw new Error(`no halt ${epoch}`);
  return halt;
}

export async function readJournal(database: Database): Promise<readonly JournalOrder[]> {
  const { rows } = await database.query<JournalOrder>(
    `SELECT o.client_order_id AS "clientOrderId", o.trade_id AS "tradeId", o.leg, plain(o.booked) AS booked,
       (SELECT ${MILLIS('min(a.fenced_at)')} FROM order_attempts a WHERE a.client_order_id = o.client_order_id) AS "permittedAt"
     FROM orders o`,
  );
  return rows;
}

export async function readTrades(database: Database): Promise<readonly JudgedTrade[]> {
  const { rows } = await database.query<JudgedTrade>(
    `SELECT id AS "tradeId", account, epoch, phase = 'ended' AS ended, outcome, plain(dust) AS dust,
       coalesce((protection ->> 'emulated')::boolean, false) AS emulated FROM trades`,
  );
  return rows;
}
