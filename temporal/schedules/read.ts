import { WorkflowFailedError, WorkflowNotFoundError } from '@temporalio/client';
import type { Client, ScheduleDescription, WorkflowExecutionStatusName } from '@temporalio/client';
import { instant } from '../../domain/clock/instant';
import type { Instant } from '../../domain/clock/instant';
import type { EndedRun, ScheduleFacts } from '../../domain/operations/schedule-health';
import { describeSchedule } from './apply';
import { withScheduleDeadline } from './client';

/** A schedule as it stands at the server. */
export interface ScheduleState extends ScheduleFacts {
  readonly paused: boolean;
  readonly note: string;
  readonly nextRunAt: Instant | null;
  /** Workflow ids of what runs now. */
  readonly running: readonly string[];
  readonly taken: number;
  /** Runs left out because one was running. */
  readonly skipped: number;
}

const OUTCOMES: Partial<Record<WorkflowExecutionStatusName, EndedRun['outcome']>> = {
  COMPLETED: 'completed',
  FAILED: 'failed',
  TIMED_OUT: 'timed-out',
  CANCELLED: 'cancelled',
  TERMINATED: 'terminated',
};

/** Longer texts of a failure are cut. */
const FAILURE_LENGTH = 300;

/** A schedule with the end of its last run; undefined when there is none of that id. */
export async function readSchedule(client: Client, scheduleId: string): Promise<ScheduleState | undefined> {
  const known = await describeSchedule(client, scheduleId);
  if (known === undefined) return undefined;
  const { info, state } = known;
  const [waitsFor] = info.nextActionTimes;
  // A moment that was missed stays the first of them until a run that is due takes place.
  const next = info.nextActionTimes.find((at) => at.getTime() > Date.now());
  return {
    paused: state.paused,
    note: state.note ?? '',
    nextRunAt: next === undefined || state.paused ? null : instant(next.getTime()),
    waitsFor: waitsFor === undefined ? null : instant(waitsFor.getTime()),
    running: info.runningActions.map(({ workflow }) => workflow.workflowId),
    taken: info.numActionsTaken,
    skipped: info.numActionsSkippedOverlap,
    missed: info.numActionsMissedCatchupWindow,
    lastEnded: await lastEnded(client, info.recentActions),
  };
}

/** The newest of the recent runs that has ended; one that history has forgotten says nothing. */
async function lastEnded(
  client: Client,
  recent: ScheduleDescription['info']['recentActions'],
): Promise<EndedRun | null> {
  const newestFirst = [...recent].sort((a, b) => b.takenAt.getTime() - a.takenAt.getTime());
  for (const { action, takenAt } of newestFirst) {
    const { workflowId } = action.workflow;
    try {
      // Without a run id: one that went on as new is judged by its last run.
      const { status } = await withScheduleDeadline(client, () => client.workflow.getHandle(workflowId).describe());
      const outcome = OUTCOMES[status.name];
      if (outcome !== undefined) return { workflowId, outcome, startedAt: instant(takenAt.getTime()) };
    } catch (error) {
      if (!(error instanceof WorkflowNotFoundError)) throw error;
    }
  }
  return null;
}

/** Why a run that has ended failed, in one line; empty when it does not say. */
export async function failureOf(client: Client, workflowId: string): Promise<string> {
  try {
    await withScheduleDeadline(client, () => client.workflow.getHandle(workflowId).result());
    return '';
  } catch (error) {
    if (!(error instanceof WorkflowFailedError)) throw error;
    let cause: Error = error;
    while (cause.cause instanceof Error) cause = cause.cause;
    return cause.message.replace(/\s+/g, ' ').slice(0, FAILURE_LENGTH);
  }
}
