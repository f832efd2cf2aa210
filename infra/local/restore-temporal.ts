import type { Client } from '@temporalio/client';
import { Connection } from '@temporalio/client';
import { Client as TemporalClient } from '@temporalio/client';
import type { ServiceSettings } from '../../config/settings';
import { pausedBy, pauseNote } from '../../domain/halt/halt';
import { RPC_DEADLINE_MS, connectionOptions } from '../../temporal/connection';
import { describeSchedule } from '../../temporal/schedules/apply';
import { listSchedules, pauseSchedule, resumeSchedule } from '../../temporal/schedules/client';
import type { ScheduleTag } from '../../temporal/schedules/client';

/** A schedule that does not run while the database is restored. */
export interface PausedSchedule {
  readonly scheduleId: string;
  readonly tag: ScheduleTag | null;
  /** What it is paused with: the note of the restore, or that of a halt which the restored books may not know. */
  readonly note: string;
}

/** What a restore asks of Temporal. */
export interface RestoreTemporal {
  /** Highest epoch of a halt that any workflow carries or any schedule is paused by, above this one. */
  highestEpoch(above: number): Promise<number>;
  /** Pauses every schedule that runs; answers those, and what a halt has paused. One that a person paused is not in it. */
  pause(note: string): Promise<readonly PausedSchedule[]>;
  /** Resumes what `pause` has paused: there was no restore. */
  resume(schedules: readonly PausedSchedule[], note: string): Promise<void>;
  /**
   * After the restore: the halt under which the system wakes up holds what trades, and `held` keeps that in the books, so that its
   * release resumes it; the rest of what `pause` has paused runs again. Answers what stays paused by a halt of before.
   */
  handOver(
    schedules: readonly PausedSchedule[],
    note: string,
    epoch: number,
    held: (scheduleId: string) => Promise<void>,
  ): Promise<readonly string[]>;
  close(): Promise<void>;
}

/** Connects to the Temporal server of the settings. @throws when it does not answer */
export async function openRestoreTemporal(settings: Pick<ServiceSettings, 'temporal'>): Promise<RestoreTemporal> {
  const connection = await Connection.connect({ ...connectionOptions(settings), connectTimeout: RPC_DEADLINE_MS });
  const client = new TemporalClient({ connection, namespace: settings.temporal.namespace });
  return {
    highestEpoch: (above) => highestEpoch(client, above),
    pause: (note) => pause(client, note),
    resume: async (schedules, note) => {
      for (const { scheduleId, note: holds } of schedules)
        if (holds === note) await resumeSchedule(client, scheduleId, note);
    },
    handOver: async (schedules, note, epoch, held) => {
      const left: string[] = [];
      for (const { scheduleId, tag, note: holds } of schedules) {
        if (tag === 'trading') {
          // First the books: a halt that is released at once resumes it.
          await held(scheduleId);
          await resumeSchedule(client, scheduleId, holds, pauseNote(epoch));
        } else if (holds === note) await resumeSchedule(client, scheduleId, note);
        else left.push(scheduleId);
      }
      return left;
    },
    close: () => connection.close(),
  };
}

/** The server's list is late: how each schedule is paused is asked of the schedule itself. */
async function pause(client: Client, note: string): Promise<readonly PausedSchedule[]> {
  const paused: PausedSchedule[] = [];
  for (const { scheduleId, tag } of await listSchedules(client)) {
    if (await pauseSchedule(client, scheduleId, note)) paused.push({ scheduleId, tag, note });
    else {
      const halted = (await describeSchedule(client, scheduleId))?.state.note ?? '';
      if (pausedBy(halted) !== undefined) paused.push({ scheduleId, tag, note: halted });
    }
  }
  return paused;
}

/** Each look asks for what is higher than the last one found, so that few rows are read. */
async function highestEpoch(client: Client, above: number): Promise<number> {
  const notes = (await listSchedules(client)).map(({ note }) => pausedBy(note) ?? 0);
  let highest = Math.max(above, ...notes);
  for (;;) {
    let found = highest;
    for await (const { typedSearchAttributes } of client.workflow.list({
      query: `KillEpoch > ${highest}`,
      pageSize: 100,
    })) {
      for (const { key, value } of typedSearchAttributes.getAll())
        if (key.name === 'KillEpoch' && typeof value === 'number') found = Math.max(found, value);
    }
    if (found === highest) return highest;
    highest = found;
  }
}
