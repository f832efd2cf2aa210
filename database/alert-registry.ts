import { randomUUID } from 'node:crypto';
import type { AlertSeverity, ChannelName, MessageKind } from '../domain/alert/alert';
import type { Instant } from '../domain/clock/instant';
import { decodeCursor, paged, sortMoment } from './cursor';
import type { PageRequest, Paged, Position } from './cursor';
import { firstOf, transaction } from './pool';
import type { Database, Queryable } from './pool';

/** An alert as lists show it. */
export interface AlertRow {
  readonly id: number;
  readonly cause: string;
  readonly severity: AlertSeverity;
  readonly title: string;
  readonly detail: Readonly<Record<string, unknown>>;
  readonly raisedAt: Instant;
  readonly seenAt: Instant;
  readonly clearedAt: Instant | null;
}

/** A message about an alert, and what became of it. */
export interface DeliveryRow {
  readonly channel: ChannelName;
  readonly kind: MessageKind;
  readonly n: number;
  readonly state: 'pending' | 'sending' | 'delivered' | 'refused' | 'dropped';
  readonly attempts: number;
  readonly plannedAt: Instant;
  readonly finishedAt: Instant | null;
  readonly reason: string | null;
}

const COLUMNS = `a.id, a.cause, a.severity, a.title, a.detail, iso(a.raised_at) AS "raisedAt", iso(a.seen_at) AS "seenAt",
  iso(a.cleared_at) AS "clearedAt"`;

/** Alerts, newest first; with `open`, only those that stand (true) or only those that are over (false). */
export async function listAlerts(
  database: Queryable,
  filter: { readonly open?: boolean },
  page: PageRequest,
): Promise<Paged<AlertRow>> {
  const after = page.cursor === undefined ? undefined : decodeCursor(page.cursor);
  const { rows } = await database.query<{ readonly row: AlertRow; readonly sortAt: string }>(
    `SELECT (SELECT to_jsonb(s) FROM (SELECT ${COLUMNS}) s) AS row, ${sortMoment('a.raised_at')} AS "sortAt" FROM alerts a
     WHERE ($1::boolean IS NULL OR (a.cleared_at IS NULL) = $1)
       AND ($2::timestamptz IS NULL OR (a.raised_at, a.id) < ($2::timestamptz, $3::bigint))
     ORDER BY a.raised_at DESC, a.id DESC LIMIT $4`,
    [filter.open ?? null, after?.at ?? null, numberOf(after), page.limit + 1],
  );
  const { items, nextCursor } = paged(rows, page.limit, ({ row, sortAt }) => ({ at: sortAt, id: String(row.id) }));
  return { items: items.map(({ row }) => row), nextCursor };
}

function numberOf(after: Position | undefined): string | null {
  return after !== undefined && /^\d{1,15}$/.test(after.id) ? after.id : null;
}

/** One alert with the messages about it, oldest first. */
export async function findAlert(
  database: Queryable,
  id: number,
): Promise<(AlertRow & { readonly deliveries: readonly DeliveryRow[] }) | undefined> {
  const { rows } = await database.query<AlertRow>(`SELECT ${COLUMNS} FROM alerts a WHERE a.id = $1`, [id]);
  const found = rows[0];
  if (found === undefined) return undefined;
  const deliveries = await database.query<DeliveryRow>(
    `SELECT channel, kind, n, state, attempts, iso(planned_at) AS "plannedAt", iso(finished_at) AS "finishedAt", reason
     FROM alert_deliveries WHERE alert_id = $1 ORDER BY id`,
    [id],
  );
  return { ...found, deliveries: deliveries.rows };
}

/** How many alerts are open. */
export async function countOpenAlerts(database: Queryable): Promise<Readonly<Record<AlertSeverity, number>>> {
  const { rows } = await database.query<{ critical: number; warning: number }>(
    `SELECT count(*) FILTER (WHERE severity = 'critical') AS critical, count(*) FILTER (WHERE severity = 'warning') AS warning
     FROM alerts WHERE cleared_at IS NULL`,
  );
  return firstOf(rows, 'countOpenAlerts');
}

/** Channels that a process has looked after within the last minute. */
export async function servedChannels(database: Queryable): Promise<readonly ChannelName[]> {
  const { rows } = await database.query<{ name: ChannelName }>(
    `SELECT name FROM alert_channels WHERE seen_at > clock_timestamp() - interval '1 minute' ORDER BY name`,
  );
  return rows.map(({ name }) => name);
}

/** Plans one message to each of these channels; it is about nothing but the channels. Answers the alert's id. */
export async function planTest(database: Database, channels: readonly ChannelName[], actor: string): Promise<number> {
  return transaction(database, async (client) => {
    const { rows } = await client.query<{ id: number }>(
      `INSERT INTO alerts (cause, severity, title, detail, cleared_at, settled)
       VALUES ($1, 'warning', 'A test of the alert channels: nothing is wrong', $2, clock_timestamp(), true) RETURNING id`,
      [`alert-test:${randomUUID()}`, JSON.stringify({ askedBy: actor })],
    );
    const { id } = firstOf(rows, 'planTest');
    await client.query(
      `INSERT INTO alert_deliveries (alert_id, channel, kind, severity, planned_at, next_at)
       SELECT $1, unnest($2::text[]), 'test', 'warning', clock_timestamp(), clock_timestamp()`,
      [id, channels],
    );
    return id;
  });
}
