import type { Instant } from '../clock/instant';

/** A run of a schedule that has ended. */
export interface EndedRun {
  readonly workflowId: string;
  /** `completed`, or how else it ended: `failed`, `timed-out`, `cancelled`, `terminated`. */
  readonly outcome: 'completed' | 'failed' | 'timed-out' | 'cancelled' | 'terminated';
  /** When it was started. */
  readonly startedAt: Instant;
}

/** What Temporal says of a schedule. */
export interface ScheduleFacts {
  /** Runs that no catch-up window reached any more, since the schedule was made. */
  readonly missed: number;
  /** The moment that the server waits for; in the past while it has only missed what was due then. Null for none. */
  readonly waitsFor: Instant | null;
  /** The last run that has ended; null before the first. */
  readonly lastEnded: EndedRun | null;
}

/** What was noted of a schedule at the look before. */
export interface ScheduleNote {
  readonly missed: number;
  /** When runs were last found missed. */
  readonly missedAt: Instant | null;
  /** The moment that the server waited for when it counted runs as missed, if that was past. */
  readonly stuckAt: Instant | null;
}

/** What stands against a schedule now. */
export interface ScheduleVerdict {
  /** Runs missed since the look before. */
  readonly newlyMissed: number;
  /** True while no good run has started after runs were missed. */
  readonly missed: boolean;
  /** The last run, when it did not end well. */
  readonly failed: EndedRun | null;
  /** What to note for the next look. */
  readonly note: ScheduleNote;
}

/**
 * Judges a schedule: one whose last ended run did not complete has failed, and one that missed runs has missed them,
 * until a run that started later completes. The server counts the same missed runs again each time that it wakes, until a run
 * that is due takes place: as long as it waits for the same moment of the past, they are the same.
 * @param now when the facts were read
 */
export function judgeSchedule(facts: ScheduleFacts, before: ScheduleNote | null, now: Instant): ScheduleVerdict {
  // A schedule that was made anew counts from 0.
  const seen = before === null || before.missed > facts.missed ? 0 : before.missed;
  const stuckAt = facts.waitsFor !== null && facts.waitsFor < now ? facts.waitsFor : null;
  const again = stuckAt !== null && before?.stuckAt === stuckAt;
  const newlyMissed = again ? 0 : facts.missed - seen;
  const missedAt = newlyMissed > 0 ? now : (before?.missedAt ?? null);
  const { lastEnded } = facts;
  const good = lastEnded?.outcome === 'completed' ? lastEnded.startedAt : null;
  const missed = missedAt !== null && (good === null || good <= missedAt);
  return {
    newlyMissed,
    missed,
    failed: lastEnded !== null && lastEnded.outcome !== 'completed' ? lastEnded : null,
    note: {
      missed: facts.missed,
      missedAt: missed ? missedAt : null,
      stuckAt: again || newlyMissed > 0 ? stuckAt : null,
    },
  };
}
