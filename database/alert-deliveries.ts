import { channelCause } from '../domain/alert/alert';
import type { AlertSeverity, AlertState, ChannelName, MessageKind } from '../domain/alert/alert';
import type { AlertMessage } from '../domain/alert/channel';
import { dueMessages, GIVE_UP_AFTER_MS } from '../domain/alert/plan';
import type { Told } from '../domain/alert/plan';
import { instant } from '../domain/clock/instant';
import type { EpochMillis, Instant } from '../domain/clock/instant';
import { clearAlert, raiseAlert } from './alerts';
import { transaction } from './pool';
import type { Database, Queryable } from './pool';

/** A message that this process is to send now, once; nobody else sends it meanwhile. */
export interface ClaimedDelivery extends AlertMessage {
  readonly id: number;
  readonly channel: ChannelName;
  /** Which attempt this is, from 1 on. */
  readonly attempt: number;
}

/** One process at a time plans and claims. */
const DELIVERY_LOCK = 7_316_064;
/** Longer than an attempt takes: a process that died while it sent is taken for it after so long. */
const LEASE_MS = 60_000;

interface UnsettledAlert extends AlertState {
  readonly id: number;
  readonly told: readonly Told[];
}

/** The journal of messages about alerts. Times are those of the caller. */
export class AlertDeliveries {
  constructor(private readonly database: Database) {}

  /** Plans what is due to these channels, drops what an alert's end has overtaken, and gives up what is too old. */
  async plan(channels: readonly ChannelName[], now: EpochMillis): Promise<void> {
    await transaction(this.database, async (client) => {
      await client.query('SELECT pg_advisory_xact_lock($1)', [DELIVERY_LOCK]);
      await client.query(
        `INSERT INTO alert_channels (name, seen_at) SELECT unnest($1::text[]), clock_timestamp()
         ON CONFLICT (name) DO UPDATE SET seen_at = excluded.seen_at`,
        [channels],
      );
      await client.query(
        `UPDATE alert_deliveries SET state = 'refused', finished_at = $1, reason = coalesce(reason, 'nobody serves the channel')
         WHERE state = 'pending' AND planned_at < $2`,
        [instant(now), instant(now - GIVE_UP_AFTER_MS)],
      );
      for (const alert of await unsettled(client)) await planFor(client, alert, channels, now);
    });
  }

  /**
   * Takes messages to these channels whose time has come. Messages of one cause to one channel leave one after the other
   * in the order of their planning, so that the end of an alert never overtakes its beginning.
   */
  async claim(channels: readonly ChannelName[], now: EpochMillis, most: number): Promise<readonly ClaimedDelivery[]> {
    return transaction(this.database, async (client) => {
      await client.query('SELECT pg_advisory_xact_lock($1)', [DELIVERY_LOCK]);
      const { rows } = await client.query<ClaimedDelivery>(
        `WITH waiting AS (
           SELECT DISTINCT ON (a.cause, d.channel) d.id, d.next_at
           FROM alert_deliveries d JOIN alerts a ON a.id = d.alert_id
           WHERE d.state IN ('pending', 'sending') AND d.channel = ANY ($1) ORDER BY a.cause, d.channel, d.id),
         taken AS (
           UPDATE alert_deliveries d SET state = 'sending', attempts = attempts + 1, next_at = $3
           WHERE d.id IN (SELECT id FROM waiting WHERE next_at <= $2 ORDER BY next_at LIMIT $4) RETURNING d.*)
         SELECT d.id, d.channel, d.attempts AS attempt, a.id AS "alertId", a.cause, d.severity, d.kind, d.n, a.title, a.detail,
           iso(a.raised_at) AS "raisedAt", iso(a.cleared_at) AS "clearedAt",
           (SELECT i.id::text FROM installation i) || '.' || a.id || '.' || d.kind || '.' || d.n AS key
         FROM taken d JOIN alerts a ON a.id = d.alert_id ORDER BY d.id`,
        [channels, instant(now), instant(now + LEASE_MS), most],
      );
      return rows;
    });
  }

  /** Keeps that a message arrived; its channel is in order again. */
  async delivered({ id, attempt, channel }: ClaimedDelivery, now: EpochMillis): Promise<void> {
    await this.finish(id, attempt, 'delivered', now, null);
    await clearAlert(this.database, channelCause(channel));
  }

  /** Keeps that a message never will. */
  async refused({ id, attempt, channel }: ClaimedDelivery, now: EpochMillis, reason: string): Promise<void> {
    await this.finish(id, attempt, 'refused', now, reason);
    await this.channelFails(channel, reason);
  }

  /** Keeps that an attempt failed, and when the next is due. */
  async retry({ id, attempt }: ClaimedDelivery, at: EpochMillis, reason: string): Promise<void> {
    await this.database.query(
      `UPDATE alert_deliveries SET state = 'pending', next_at = $3, reason = $4
       WHERE id = $1 AND attempts = $2 AND state = 'sending'`,
      [id, attempt, instant(at), reason],
    );
  }

  /** Alerts, everywhere else, that a channel cannot be reached. */
  async channelFails(channel: ChannelName, reason: string): Promise<void> {
    const title = `Alerts do not reach the channel ${channel}: ${reason}`;
    await raiseAlert(this.database, { cause: channelCause(channel), severity: 'warning', title, detail: { reason } });
  }

  private async finish(
    id: number,
    attempt: number,
    state: string,
    now: EpochMillis,
    reason: string | null,
  ): Promise<void> {
    await this.database.query(
      `UPDATE alert_deliveries SET state = $3, finished_at = $4, reason = coalesce($5, reason)
       WHERE id = $1 AND attempts = $2 AND state = 'sending'`,
      [id, attempt, state, instant(now), reason],
    );
  }
}

async function unsettled(client: Queryable): Promise<readonly UnsettledAlert[]> {
  interface Row {
    id: number;
    cause: string;
    severity: AlertSeverity;
    quiet: boolean;
    cleared: Date | null;
    told: {
      channel: ChannelName;
      kind: MessageKind;
      n: number;
      severity: AlertSeverity;
      at: Instant;
      state: string;
      attempts: number;
    }[];
  }
  const { rows } = await client.query<Row>(
    `SELECT a.id, a.cause, a.severity, a.quiet, a.cleared_at AS cleared,
       coalesce(jsonb_agg(jsonb_build_object('channel', d.channel, 'kind', d.kind, 'n', d.n, 'severity', d.severity,
         'at', iso(d.planned_at), 'state', d.state, 'attempts', d.attempts)) FILTER (WHERE d.id IS NOT NULL), '[]') AS told
     FROM alerts a LEFT JOIN alert_deliveries d ON d.alert_id = a.id WHERE NOT a.settled GROUP BY a.id ORDER BY a.id`,
  );
  return rows.map(({ id, cause, severity, quiet, cleared, told }) => ({
    id,
    cause,
    severity,
    quiet,
    clearedAt: cleared === null ? null : cleared.getTime(),
    told: told.map(({ state, attempts, at, ...message }) => ({
      ...message,
      at: Date.parse(at),
      underWay: state === 'pending' || state === 'sending',
      attempted: attempts > 0,
    })),
  }));
}

async function planFor(
  client: Queryable,
  alert: UnsettledAlert,
  channels: readonly ChannelName[],
  now: EpochMillis,
): Promise<void> {
  if (alert.clearedAt !== null) {
    await client.query(
      `UPDATE alert_deliveries SET state = 'dropped', finished_at = $2 WHERE alert_id = $1 AND state = 'pending'`,
      [alert.id, instant(now)],
    );
    await client.query('UPDATE alerts SET settled = true WHERE id = $1', [alert.id]);
  }
  for (const { channel, kind, n, severity } of dueMessages(alert, alert.told, channels, now)) {
    await client.query(
      `INSERT INTO alert_deliveries (alert_id, channel, kind, n, severity, planned_at, next_at)
       VALUES ($1, $2, $3, $4, $5, $6, $6) ON CONFLICT DO NOTHING`,
      [alert.id, channel, kind, n, severity, instant(now)],
    );
  }
}
