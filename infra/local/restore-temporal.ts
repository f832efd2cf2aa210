import type { Client } from '@temporalio/client';
import { Connection } from '@temporalio/client';
import { Client as TemporalClient } from '@temporalio/client';
import type { ServiceSettings } from '../../config/settings';
import { RPC_DEADLINE_MS, connectionOptions } from '../../temporal/connection';
import { listSchedules, pauseSchedule, resumeSchedule } from '../../temporal/schedules/client';

/** What a restore asks of Temporal. */
export interface RestoreTemporal {
  /** Highest epoch of a halt that any workflow carries, above this one. */
  highestEpoch(above: number): Promise<number>;
  /** Pauses every schedule that runs; answers which. */
  pause(note: string): Promise<readonly string[]>;
  /** Resumes those that still have this note. */
  resume(ids: readonly string[], note: string): Promise<void>;
  close(): Promise<void>;
}

/** Connects to the Temporal server of the settings. @throws when it does not answer */
export async function openRestoreTemporal(settings: Pick<ServiceSettings, 'temporal'>): Promise<RestoreTemporal> {
  const connection = await Connection.connect({ ...connectionOptions(settings), connectTimeout: RPC_DEADLINE_MS });
  const client = new TemporalClient({ connection, namespace: settings.temporal.namespace });
  return {
    highestEpoch: (above) => highestEpoch(client, above),
    pause: async (note) => {
      const paused: string[] = [];
      for (const { scheduleId, paused: already } of await listSchedules(client))
        if (!already && (await pauseSchedule(client, scheduleId, note))) paused.push(scheduleId);
      return paused;
    },
    resume: async (ids, note) => {
      for (const id of ids) await resumeSchedule(client, id, note);
    },
    close: () => connection.close(),
  };
}

/** Each look asks for what is higher than the last one found, so that few rows are read. */
async function highestEpoch(client: Client, above: number): Promise<number> {
  let highest = above;
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
