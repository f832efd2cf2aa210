import { createHash } from 'node:crypto';
import { ScheduleOverlapPolicy } from '@temporalio/client';
import type { ScheduleOptions, ScheduleSpec } from '@temporalio/client';
import type { HaltScope } from '../../domain/halt/halt';
import type { ScheduleTag, TaggedSchedule } from './client';

/** One schedule as the code wants it; docs, API and command line tell of it from here. */
export interface ScheduleDefinition {
  /** Stable: a schedule is known by it, and so are its alerts (`schedule-failed:{id}`). 1–64 of `[a-z0-9-]`. */
  readonly id: string;
  readonly tag: ScheduleTag;
  /** Scopes whose halts concern it besides the global one; none for one that serves all accounts. */
  readonly scopes?: readonly HaltScope[];
  /** When it runs, in its time zone: cron expressions, calendar entries or intervals. */
  readonly times: Pick<ScheduleSpec, 'cronExpressions' | 'calendars' | 'intervals' | 'jitter'>;
  /** IANA name, such as `UTC` or `America/New_York`. A time that daylight saving leaves out does not fire. */
  readonly timeZone: string;
  readonly workflow: {
    readonly type: string;
    readonly taskQueue: string;
    /** What the workflow takes; it must be the same at each start. */
    readonly input?: object;
    /** Temporal appends the time of the run. The id itself unless told. */
    readonly idPrefix?: string;
    /** A run that takes longer has failed, such as `2h`. */
    readonly timeout: `${number}${'s' | 'm' | 'h'}`;
  };
  /** A run that is due while one runs: left out, or kept (one at most) until it has ended. Never both at once. */
  readonly overlap: 'skip' | 'buffer-one';
  /** How far back runs are made up for that an outage swallowed; at least ten seconds. Time spent paused is never made up. */
  readonly catchupWindow: `${number}${'s' | 'm' | 'h' | 'd'}`;
  /** Pauses itself when a run fails, until a person resumes it. */
  readonly pauseOnFailure?: boolean;
  /** One sentence each, for the runbook and the command line. */
  readonly purpose: string;
  readonly failureMeans: string;
}

const OVERLAP = { skip: ScheduleOverlapPolicy.SKIP, 'buffer-one': ScheduleOverlapPolicy.BUFFER_ONE } as const;

/** Name in a workflow's memo of what its schedule was made from: a definition that did not change is not written again. */
export const FINGERPRINT = 'definition';

/** What is written to Temporal for a definition. */
export function scheduleOf(definition: ScheduleDefinition): TaggedSchedule {
  const { id, workflow, times, timeZone, overlap, catchupWindow, pauseOnFailure = false } = definition;
  const options: ScheduleOptions = {
    scheduleId: id,
    spec: { ...times, timezone: timeZone },
    action: {
      type: 'startWorkflow',
      workflowType: workflow.type,
      workflowId: workflow.idPrefix ?? id,
      taskQueue: workflow.taskQueue,
      args: workflow.input === undefined ? [] : [workflow.input],
      workflowExecutionTimeout: workflow.timeout,
      memo: { [FINGERPRINT]: fingerprintOf(definition) },
      staticSummary: definition.purpose,
    },
    policies: { overlap: OVERLAP[overlap], catchupWindow, pauseOnFailure },
    memo: { listed: true },
  };
  return { tag: definition.tag, ...(definition.scopes === undefined ? {} : { scopes: definition.scopes }), options };
}

/** Two definitions with the same fingerprint make the same schedule. */
export function fingerprintOf(definition: ScheduleDefinition): string {
  return createHash('sha256').update(JSON.stringify(definition)).digest('hex').slice(0, 16);
}
