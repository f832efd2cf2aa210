import { instant } from '../domain/clock/instant';
import type { Instant } from '../domain/clock/instant';
import type { ScheduleNote, ScheduleVerdict } from '../domain/operations/schedule-health';
import type { Queryable } from './pool';

/** What the database keeps about Temporal's schedules: which halts hold them, and what was last seen of each. */
export class ScheduleStore {
  constructor(private readonly database: Queryable) {}

  /** Epoch of the oldest halt that stands and concerns schedules of this tag and these scopes. */
  async standing(tag: 'trading' | 'operations', scopes: readonly string[]): Promise<number | undefined> {
    const { rows } = await this.database.query<{ epoch: number }>(
      `SELECT epoch FROM halts WHERE released_at IS NULL AND superseded_by IS NULL
         AND (scope = 'global' OR scope = ANY ($2)) AND ($1 = 'trading' OR everything)
       ORDER BY epoch LIMIT 1`,
      [tag, scopes],
    );
    return rows[0]?.epoch;
  }

  /** Keeps that a halt has paused a schedule, so that its release resumes it. */
  async held(epoch: number, scheduleId: string, tag: 'trading' | 'operations'): Promise<void> {
    await this.database.query(
      `INSERT INTO halt_schedules (epoch, schedule_id, tag, action) VALUES ($1, $2, $3, 'paused')
       ON CONFLICT (epoch, schedule_id) DO UPDATE SET action = 'paused', resumed_at = NULL`,
      [epoch, scheduleId, tag],
    );
  }

  /** What was noted at the last look; null before the first. */
  async note(scheduleId: string): Promise<ScheduleNote | null> {
    const { rows } = await this.database.query<{ missed: number; missedAt: Date | null; stuckAt: Date | null }>(
      'SELECT missed, missed_at AS "missedAt", stuck_at AS "stuckAt" FROM schedule_notes WHERE schedule_id = $1',
      [scheduleId],
    );
    const row = rows[0];
    if (row === undefined) return null;
    const moment = (at: Date | null): Instant | null => (at === null ? null : instant(at.getTime()));
    return { missed: row.missed, missedAt: moment(row.missedAt), stuckAt: moment(row.stuckAt) };
  }

  async keepNote(scheduleId: string, { missed, missedAt, stuckAt }: ScheduleVerdict['note']): Promise<void> {
    await this.database.query(
      `INSERT INTO schedule_notes (schedule_id, missed, missed_at, stuck_at) VALUES ($1, $2, $3, $4)
       ON CONFLICT (schedule_id) DO UPDATE SET missed = $2, missed_at = $3, stuck_at = $4, looked_at = clock_timestamp()`,
      [scheduleId, missed, missedAt, stuckAt],
    );
  }
}
