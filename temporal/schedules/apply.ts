import { ScheduleNotFoundError } from '@temporalio/client';
import type { Client, ScheduleDescription } from '@temporalio/client';
import { pauseNote } from '../../domain/halt/halt';
import { listSchedules, pauseSchedule, tagsOf, upsertSchedule, withScheduleDeadline } from './client';
import type { ScheduleTag } from './client';
import { FINGERPRINT, fingerprintOf, scheduleOf } from './definition';
import type { ScheduleDefinition } from './definition';

/** What the database knows of halts that concern a schedule. */
export interface HaltHolds {
  /** Epoch of a halt that stands and concerns schedules of this tag and these scopes. */
  standing(tag: ScheduleTag, scopes: readonly string[]): Promise<number | undefined>;
  /** Keeps that a halt has paused a schedule, so that its release resumes it. */
  held(epoch: number, scheduleId: string, tag: ScheduleTag): Promise<void>;
}

/** What applying the list did to one schedule. `kept`: no longer in the list, but paused, so that a person decides. */
export interface AppliedSchedule {
  readonly scheduleId: string;
  readonly action: 'made' | 'changed' | 'unchanged' | 'deleted' | 'kept';
}

/**
 * Brings Temporal's schedules to the list. May be repeated, and by several processes. Nothing that is paused runs
 * afterwards: a change keeps the pause, a new one begins paused while a halt stands over it, and one that left the list
 * is deleted only when it is not paused, since whoever puts it back would let it run.
 */
export async function applySchedules(
  client: Client,
  definitions: readonly ScheduleDefinition[],
  holds: HaltHolds,
): Promise<readonly AppliedSchedule[]> {
  const done: AppliedSchedule[] = [];
  for (const definition of definitions) done.push(await applyOne(client, definition, holds));
  const ids = new Set(definitions.map(({ id }) => id));
  for (const { scheduleId, listed } of await listSchedules(client)) {
    if (!listed || ids.has(scheduleId)) continue;
    const action = await remove(client, scheduleId);
    if (action !== undefined) done.push({ scheduleId, action });
  }
  return done;
}

async function applyOne(client: Client, definition: ScheduleDefinition, holds: HaltHolds): Promise<AppliedSchedule> {
  const { id: scheduleId, tag, scopes = [] } = definition;
  const known = await describeSchedule(client, scheduleId);
  const epoch = await holds.standing(tag, scopes);
  const wanted = scheduleOf(definition);
  let action: AppliedSchedule['action'] = 'unchanged';
  if (known === undefined || !sameTags(known, definition)) {
    // A memo is written once: with another tag it is another schedule, which takes the pause over.
    if (known !== undefined) await withScheduleDeadline(client, () => client.schedule.getHandle(scheduleId).delete());
    const pause = known?.state.paused === true ? { paused: true, note: known.state.note ?? '' } : heldState(epoch);
    await upsertSchedule(client, { ...wanted, options: { ...wanted.options, state: pause } });
    action = known === undefined ? 'made' : 'changed';
  } else if (fingerprintIn(known) !== fingerprintOf(definition)) {
    await upsertSchedule(client, wanted);
    action = 'changed';
  }
  // Asked again afterwards: a halt may have paused it between the reading and the writing.
  const standing = await holds.standing(tag, scopes);
  if (standing !== undefined && (await pauseSchedule(client, scheduleId, pauseNote(standing))))
    await holds.held(standing, scheduleId, tag);
  return { scheduleId, action };
}

function heldState(epoch: number | undefined): { paused: boolean; note?: string } {
  return epoch === undefined ? { paused: false } : { paused: true, note: pauseNote(epoch) };
}

/** A schedule as it is; undefined when there is none. */
export async function describeSchedule(client: Client, scheduleId: string): Promise<ScheduleDescription | undefined> {
  try {
    return await withScheduleDeadline(client, () => client.schedule.getHandle(scheduleId).describe());
  } catch (error) {
    if (error instanceof ScheduleNotFoundError) return undefined;
    throw error;
  }
}

function sameTags({ memo }: ScheduleDescription, { tag, scopes = [] }: ScheduleDefinition): boolean {
  const known = tagsOf(memo);
  return known.listed && known.tag === tag && JSON.stringify(known.scopes) === JSON.stringify(scopes);
}

function fingerprintIn({ action }: ScheduleDescription): unknown {
  return action.memo?.[FINGERPRINT];
}

async function remove(client: Client, scheduleId: string): Promise<'deleted' | 'kept' | undefined> {
  const known = await describeSchedule(client, scheduleId);
  if (known === undefined) return undefined;
  if (known.state.paused) return 'kept';
  await withScheduleDeadline(client, () => client.schedule.getHandle(scheduleId).delete());
  return 'deleted';
}
