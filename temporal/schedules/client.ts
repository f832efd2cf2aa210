import { ScheduleAlreadyRunning, ScheduleNotFoundError } from '@temporalio/client';
import type { Client, ScheduleOptions } from '@temporalio/client';
import type { HaltScope } from '../../domain/halt/halt';

/** `trading` schedules stop with a halt of their scope; `operations` (ingestion, backups, reminders) go on unless everything stops. */
export const SCHEDULE_TAGS = ['trading', 'operations'] as const;
export type ScheduleTag = (typeof SCHEDULE_TAGS)[number];

/**
 * Real time after which a call about a schedule counts as failed. Longer than for other calls: the server answers them
 * from a workflow of its own, which a busy machine lets wait, and no order waits for them.
 */
const SCHEDULE_DEADLINE_MS = 15_000;

/** What a schedule is besides Temporal's own options. The tag cannot change: a memo is written once. */
export interface TaggedSchedule {
  readonly tag: ScheduleTag;
  /** Scopes whose halts concern it besides the global one; none for one that serves all accounts. */
  readonly scopes?: readonly HaltScope[];
  readonly options: ScheduleOptions;
}

/** Runs calls about schedules under their deadline. */
export function withScheduleDeadline<T>(client: Client, work: () => Promise<T>): Promise<T> {
  return client.withDeadline(Date.now() + SCHEDULE_DEADLINE_MS, work);
}

/**
 * Makes a schedule, or brings the one of that id to these options. Whether it is paused, and why, stays as it is: a new
 * version must never let run what a halt or a person has paused.
 */
export async function upsertSchedule(client: Client, schedule: TaggedSchedule): Promise<void> {
  const { tag, scopes = [], options } = schedule;
  const memo = { ...options.memo, tag, scopes: [...scopes] };
  await withScheduleDeadline(client, async () => {
    try {
      await client.schedule.create({ ...options, memo });
    } catch (error) {
      if (!(error instanceof ScheduleAlreadyRunning)) throw error;
      await client.schedule.getHandle(options.scheduleId).update((now) => ({
        ...options,
        state: {
          ...options.state,
          paused: now.state.paused,
          ...(now.state.note === undefined ? {} : { note: now.state.note }),
        },
      }));
    }
  });
}

/** A schedule as a halt sees it. */
export interface ListedSchedule {
  readonly scheduleId: string;
  /** Null when it was not made by `upsertSchedule`. */
  readonly tag: ScheduleTag | null;
  readonly scopes: readonly string[];
  /** True when it was made from the list in code. */
  readonly listed: boolean;
  readonly paused: boolean;
  readonly note: string;
}

/** Every schedule of the namespace; the list is late by up to some seconds. */
export async function listSchedules(client: Client): Promise<readonly ListedSchedule[]> {
  return withScheduleDeadline(client, async () => {
    const found: ListedSchedule[] = [];
    for await (const { scheduleId, memo, state } of client.schedule.list())
      found.push({ scheduleId, ...tagsOf(memo), paused: state.paused, note: state.note ?? '' });
    return found;
  });
}

/** What a schedule's memo says of it. */
export function tagsOf(memo: Record<string, unknown> | undefined): Pick<ListedSchedule, 'tag' | 'scopes' | 'listed'> {
  const { tag, scopes, listed } = memo ?? {};
  return {
    tag: SCHEDULE_TAGS.find((one) => one === tag) ?? null,
    scopes: Array.isArray(scopes) ? scopes.filter((scope) => typeof scope === 'string') : [],
    listed: listed === true,
  };
}

/** Pauses a schedule with a note; one that is paused already keeps its note. Answers whether this call paused it. */
export async function pauseSchedule(client: Client, scheduleId: string, note: string): Promise<boolean> {
  const handle = client.schedule.getHandle(scheduleId);
  return withScheduleDeadline(client, async () => {
    const { state } = await handle.describe();
    if (state.paused) return state.note === note;
    await handle.pause(note);
    return true;
  });
}

/** Resumes a schedule only if it is still paused with this very note; `unless` gives the note under which it stays paused. */
export async function resumeSchedule(client: Client, scheduleId: string, note: string, unless?: string): Promise<void> {
  const handle = client.schedule.getHandle(scheduleId);
  await withScheduleDeadline(client, async () => {
    try {
      const { state } = await handle.describe();
      if (!state.paused || state.note !== note) return;
      if (unless === undefined) await handle.unpause(`resumed: no longer ${note}`);
      else await handle.pause(unless);
    } catch (error) {
      if (!(error instanceof ScheduleNotFoundError)) throw error;
    }
  });
}
