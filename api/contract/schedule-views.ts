import { z } from 'zod';
import { momentOut } from './fields';

/** A schedule: what the code says of it, and how it stands at Temporal. */
export const scheduleView = z
  .object({
    id: z.string(),
    tag: z.enum(['trading', 'operations']).meta({ description: 'A halt pauses what is tagged `trading`.' }),
    scopes: z.array(z.string()),
    times: z.array(z.string()).meta({ description: 'When it runs, as written in the code.' }),
    timeZone: z.string(),
    workflow: z.string(),
    taskQueue: z.string(),
    overlap: z.enum(['skip', 'buffer-one']),
    catchupWindow: z.string(),
    pauseOnFailure: z.boolean(),
    purpose: z.string(),
    failureMeans: z.string(),
    state: z
      .enum(['active', 'paused', 'absent'])
      .meta({ description: '`absent`: not at Temporal; `schedule apply` makes it.' }),
    note: z.string().meta({ description: 'Why it is paused.' }),
    nextRunAt: momentOut.nullable(),
    running: z.array(z.string()).meta({ description: 'Workflow ids of the runs under way.' }),
    taken: z.number().int().meta({ description: 'Runs started since it was made.' }),
    missed: z.number().int().meta({ description: 'Runs that the catch-up window did not reach.' }),
    skipped: z.number().int().meta({ description: 'Runs left out because one was under way.' }),
    lastRun: z
      .object({
        workflowId: z.string(),
        outcome: z.enum(['completed', 'failed', 'timed-out', 'cancelled', 'terminated']),
        startedAt: momentOut,
      })
      .nullable(),
    alerts: z.array(z.string()).meta({ description: 'Open alerts about it, by cause.' }),
  })
  .meta({ id: 'Schedule' });

export const appliedScheduleView = z
  .object({
    scheduleId: z.string(),
    action: z.enum(['made', 'changed', 'unchanged', 'deleted', 'kept']).meta({
      description: '`kept`: it left the list but is paused, so that a person decides.',
    }),
  })
  .meta({ id: 'AppliedSchedule' });

export const triggeredScheduleView = z
  .object({ id: z.string(), triggered: z.literal(true) })
  .meta({ id: 'TriggeredSchedule' });

export type ScheduleView = z.output<typeof scheduleView>;
export type AppliedScheduleView = z.output<typeof appliedScheduleView>;
