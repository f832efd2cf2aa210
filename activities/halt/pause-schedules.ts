import { pauseNote } from '../../domain/halt/halt';
import type { Halt } from '../../domain/halt/halt';
import type { HaltedSchedule } from '../../database/halt-progress';
import type { HaltDeps, ListedSchedule } from './ports';

/** Pauses the schedules that a halt concerns, with a note that names it; answers how many it paused. */
export async function pauseSchedules(deps: HaltDeps, halt: Halt): Promise<number> {
  // Whoever comes after the release must not undo it.
  if (halt.releasedAt !== null) return 0;
  const done: HaltedSchedule[] = [];
  for (const schedule of await deps.schedules()) {
    const { scheduleId, tag } = schedule;
    const paused = concerns(halt, schedule) ? await deps.pauseSchedule(scheduleId, pauseNote(halt.epoch)) : undefined;
    const action = paused === undefined ? 'left' : paused ? 'paused' : 'was-paused';
    done.push({ scheduleId, tag, action });
  }
  await deps.halts.recordSchedules(halt.epoch, done);
  return done.filter(({ action }) => action === 'paused').length;
}

/** The global halt pauses everything that trades; a narrower one what names its scope. `everything` takes upkeep in. */
function concerns({ scope, everything }: Halt, { tag, scopes }: ListedSchedule): boolean {
  if (tag === null || (tag === 'operations' && !everything)) return false;
  return scope === 'global' || scopes.includes(scope);
}
