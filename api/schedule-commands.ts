import { isGrpcServiceError, ScheduleOverlapPolicy } from '@temporalio/client';
import type { Client } from '@temporalio/client';
import { applySchedules } from '../temporal/schedules/apply';
import type { AppliedSchedule, HaltHolds } from '../temporal/schedules/apply';
import { withScheduleDeadline } from '../temporal/schedules/client';
import { scheduleOf } from '../temporal/schedules/definition';
import type { ScheduleDefinition } from '../temporal/schedules/definition';
import { readSchedule } from '../temporal/schedules/read';
import type { ScheduleState } from '../temporal/schedules/read';
import { ApiProblem, RETRY_AFTER_SECONDS } from './problem';

/** What the API asks of Temporal's schedules. Each throws the problem `temporal_unavailable` when nobody answers. */
export interface ScheduleCommands {
  readonly definitions: readonly ScheduleDefinition[];
  read(id: string): Promise<ScheduleState | undefined>;
  apply(holds: HaltHolds): Promise<readonly AppliedSchedule[]>;
  /** Starts a run now, unless one runs and it must not overlap. */
  trigger(definition: ScheduleDefinition): Promise<void>;
  /** Pauses under this note, whatever the note was before. */
  pause(id: string, note: string): Promise<void>;
  resume(id: string, note: string): Promise<void>;
}

/** The commands over a Temporal client. */
export function createScheduleCommands(client: Client, definitions: readonly ScheduleDefinition[]): ScheduleCommands {
  const call = (work: () => Promise<void>): Promise<void> => reached(() => withScheduleDeadline(client, work));
  return {
    definitions,
    read: (id) => reached(() => readSchedule(client, id)),
    apply: (holds) => reached(() => applySchedules(client, definitions, holds)),
    trigger: (definition) =>
      call(() => {
        const overlap = scheduleOf(definition).options.policies?.overlap ?? ScheduleOverlapPolicy.SKIP;
        return client.schedule.getHandle(definition.id).trigger(overlap);
      }),
    pause: (id, note) => call(() => client.schedule.getHandle(id).pause(note)),
    resume: (id, note) => call(() => client.schedule.getHandle(id).unpause(note)),
  };
}

async function reached<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!isGrpcServiceError(error) && !(error instanceof Error && error.name === 'ServiceError')) throw error;
    throw new ApiProblem(
      'temporal_unavailable',
      'Temporal cannot be reached, so that nothing is known of its schedules; repeat the request when it is back.',
      {},
      RETRY_AFTER_SECONDS,
    );
  }
}
