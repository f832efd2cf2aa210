import { openAlerts } from '../database/alerts';
import type { Alert } from '../database/alerts';
import type { Database } from '../database/pool';
import { ScheduleStore } from '../database/schedules';
import { pauseNote } from '../domain/halt/halt';
import type { ScheduleDefinition } from '../temporal/schedules/definition';
import type { ScheduleState } from '../temporal/schedules/read';
import { ROUTES } from './contract/routes';
import type { ScheduleView } from './contract/schedule-views';
import { answer, mount } from './mount';
import type { Gate } from './mount';
import { ApiProblem, notFound } from './problem';
import type { ScheduleCommands } from './schedule-commands';

/** What the routes of schedules need. */
export interface ScheduleRoutes {
  readonly database: Database;
  readonly schedules: ScheduleCommands;
}

/** Mounts listing, applying, triggering, pausing and resuming schedules. */
export function mountSchedules(gate: Gate, { database, schedules }: ScheduleRoutes): void {
  const store = new ScheduleStore(database);
  mount(gate, ROUTES.listSchedules, async () => {
    const alerts = await openAlerts(database);
    const items: ScheduleView[] = [];
    for (const definition of schedules.definitions)
      items.push(scheduleView(definition, await schedules.read(definition.id), alerts));
    return answer(200, { items, nextCursor: null });
  });
  mount(gate, ROUTES.applySchedules, async ({ audit }) => {
    const applied = await schedules.apply(store);
    audit({ changed: applied.filter(({ action }) => action !== 'unchanged').map(({ scheduleId }) => scheduleId) });
    return answer(200, { items: [...applied], nextCursor: null });
  });
  mount(gate, ROUTES.triggerSchedule, async ({ params, audit }) => {
    const definition = requireListed(schedules, params.id);
    audit({ schedule: definition.id });
    await requireUnhalted(store, definition, 'It is not run');
    await requirePresent(schedules, definition.id);
    await schedules.trigger(definition);
    return answer(200, { id: definition.id, triggered: true });
  });
  mount(gate, ROUTES.pauseSchedule, async ({ params, body, caller, audit }) => {
    const definition = requireListed(schedules, params.id);
    audit({ schedule: definition.id, reason: body.reason });
    await requirePresent(schedules, definition.id);
    // A halt's note gives way: its release then leaves the schedule paused.
    await schedules.pause(definition.id, `paused by ${caller.actor}: ${body.reason}`);
    return answer(200, scheduleView(definition, await schedules.read(definition.id), await openAlerts(database)));
  });
  mount(gate, ROUTES.resumeSchedule, async ({ params, caller, audit }) => {
    const definition = requireListed(schedules, params.id);
    audit({ schedule: definition.id });
    await requirePresent(schedules, definition.id);
    await requireUnhalted(store, definition, 'It stays paused');
    await schedules.resume(definition.id, `resumed by ${caller.actor}`);
    // A halt that came in between pauses what this call has just resumed; it may have looked before.
    const epoch = await store.standing(definition.tag, definition.scopes ?? []);
    if (epoch !== undefined) {
      await schedules.pause(definition.id, pauseNote(epoch));
      await store.held(epoch, definition.id, definition.tag);
    }
    return answer(200, scheduleView(definition, await schedules.read(definition.id), await openAlerts(database)));
  });
}

function requireListed({ definitions }: ScheduleCommands, id: string): ScheduleDefinition {
  const definition = definitions.find((one) => one.id === id);
  if (definition === undefined) throw notFound('schedule');
  return definition;
}

async function requirePresent(schedules: ScheduleCommands, id: string): Promise<void> {
  if ((await schedules.read(id)) === undefined) throw notFound('schedule at Temporal: apply the list first');
}

async function requireUnhalted(store: ScheduleStore, definition: ScheduleDefinition, so: string): Promise<void> {
  const epoch = await store.standing(definition.tag, definition.scopes ?? []);
  if (epoch === undefined) return;
  throw new ApiProblem('halted', `${so}: halt ${epoch} stands over this schedule; its release resumes it.`);
}

function scheduleView(
  definition: ScheduleDefinition,
  state: ScheduleState | undefined,
  alerts: readonly Alert[],
): ScheduleView {
  const {
    id,
    tag,
    scopes = [],
    times,
    timeZone,
    workflow,
    overlap,
    catchupWindow,
    pauseOnFailure = false,
  } = definition;
  const { purpose, failureMeans } = definition;
  return {
    ...{ id, tag, scopes: [...scopes], times: timesText(times), timeZone, overlap, catchupWindow, pauseOnFailure },
    ...{ workflow: workflow.type, taskQueue: workflow.taskQueue, purpose, failureMeans },
    state: state === undefined ? 'absent' : state.paused ? 'paused' : 'active',
    note: state?.note ?? '',
    nextRunAt: state?.nextRunAt ?? null,
    running: [...(state?.running ?? [])],
    taken: state?.taken ?? 0,
    missed: state?.missed ?? 0,
    skipped: state?.skipped ?? 0,
    lastRun: state?.lastEnded ?? null,
    alerts: alerts.map(({ cause }) => cause).filter((cause) => /^schedule-\w+:(.*)$/.exec(cause)?.[1] === id),
  };
}

function timesText({ cronExpressions = [], calendars = [], intervals = [] }: ScheduleDefinition['times']): string[] {
  return [
    ...cronExpressions,
    ...calendars.map((calendar) => calendar.comment ?? JSON.stringify(calendar)),
    ...intervals.map(({ every }) => `every ${every}`),
  ];
}
