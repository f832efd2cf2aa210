import { ApplicationFailure } from '@temporalio/common';
import { bundleWorkflowCode, DefaultLogger, Worker } from '@temporalio/worker';
import { createScheduleCommands } from '../../api/schedule-commands';
import { engageHalt, releaseHalt } from '../../database/halts';
import { openAlerts } from '../../database/alerts';
import { ScheduleStore } from '../../database/schedules';
import type { HaltScope } from '../../domain/halt/halt';
import { applySchedules } from '../../temporal/schedules/apply';
import { listSchedules } from '../../temporal/schedules/client';
import type { ScheduleDefinition } from '../../temporal/schedules/definition';
import { readSchedule } from '../../temporal/schedules/read';
import { ScheduleMonitor } from '../../workers/schedule-monitor';
import { Harness } from '../support/harness';

const yearly = (id: string, changes: Partial<ScheduleDefinition> = {}): ScheduleDefinition => ({
  id,
  tag: 'operations',
  times: { cronExpressions: ['0 2 1 1 *'] },
  timeZone: 'UTC',
  workflow: { type: 'scheduled', taskQueue: 'scheduled', timeout: '1h' },
  overlap: 'skip',
  catchupWindow: '10m',
  purpose: 'Does nothing.',
  failureMeans: 'Nothing was done.',
  ...changes,
});

describe('the list of schedules', () => {
  let harness: Harness;
  let store: ScheduleStore;
  beforeAll(async () => {
    harness = await Harness.openAlone({ clock: { kind: 'live' } });
    store = new ScheduleStore(harness.database);
  });
  afterAll(() => harness.close());

  const apply = async (...definitions: ScheduleDefinition[]): Promise<Record<string, string>> => {
    const applied = await applySchedules(harness.client, definitions, store);
    return Object.fromEntries(applied.map(({ scheduleId, action }) => [scheduleId, action]));
  };
  const listed = async (...ids: string[]): Promise<void> => {
    let now: string[] = [];
    await harness.poll(
      'Temporal does not list what it should',
      async () => {
        now = (await listSchedules(harness.client)).map(({ scheduleId }) => scheduleId).sort();
        return JSON.stringify(now) === JSON.stringify(ids);
      },
      () => now,
    );
  };

  it('is applied once, changes what changed, keeps every pause, and deletes what left it unless that is paused', async () => {
    expect(await apply(yearly('a'), yearly('b'), yearly('c'))).toEqual({ a: 'made', b: 'made', c: 'made' });
    expect(await apply(yearly('a'), yearly('b'), yearly('c'))).toEqual({
      a: 'unchanged',
      b: 'unchanged',
      c: 'unchanged',
    });
    const commands = createScheduleCommands(harness.client, []);
    await commands.pause('b', 'paused by somebody: repairs');
    await commands.pause('c', 'paused by somebody: repairs');
    const changed = yearly('b', { times: { cronExpressions: ['0 3 1 1 *'] }, catchupWindow: '20m' });
    const retagged = yearly('c', { tag: 'trading' });
    expect(await apply(yearly('a'), changed, retagged)).toEqual({ a: 'unchanged', b: 'changed', c: 'changed' });
    for (const id of ['b', 'c'])
      expect(await readSchedule(harness.client, id)).toMatchObject({
        paused: true,
        note: 'paused by somebody: repairs',
      });
    const b = await harness.client.schedule.getHandle('b').describe();
    expect(b.spec.calendars?.[0]?.hour).toEqual([expect.objectContaining({ start: 3 })]);

    await listed('a', 'b', 'c');
    expect(await apply()).toEqual({ a: 'deleted', b: 'kept', c: 'kept' });
    await listed('b', 'c');
    expect(await readSchedule(harness.client, 'a')).toBeUndefined();
    for (const id of ['b', 'c']) await harness.client.schedule.getHandle(id).delete();
    await listed();
  });

  it('puts a new schedule that trades under the halt that stands; its release resumes it', async () => {
    const wish = {
      mode: 'reduce-only',
      flatten: false,
      source: 'operator',
      reason: 'a test',
      actor: 'tester',
    } as const;
    const scope = 'global' as HaltScope;
    const halt = await engageHalt(harness.database, { ...wish, scope, everything: false, limited: false });
    if (!('epoch' in halt)) throw new Error(halt.result);
    await apply(yearly('cycle', { tag: 'trading' }), yearly('upkeep'));
    const note = `paused by halt ${halt.epoch}`;
    expect(await readSchedule(harness.client, 'cycle')).toMatchObject({ paused: true, note });
    expect(await readSchedule(harness.client, 'upkeep')).toMatchObject({ paused: false });
    await releaseHalt(harness.database, { scope, reason: 'over', actor: 'boss' });
    await harness.dispatcher().dispatch(Date.now());
    expect(await readSchedule(harness.client, 'cycle')).toMatchObject({ paused: false });
  });

  it('alerts once of a failed run, pauses itself if it is to, and the next good run clears the alert', async () => {
    let outcome: 'fails' | 'works' = 'fails';
    const worker = await Worker.create({
      connection: harness.native,
      namespace: harness.namespace,
      taskQueue: 'scheduled',
      workflowBundle: await scheduledWorkflow(),
      activities: {
        work: () => {
          if (outcome === 'fails') throw ApplicationFailure.nonRetryable('the disk is full');
        },
      },
    });
    await worker.runUntil(async () => {
      const definition = yearly('pauses', { pauseOnFailure: true });
      const figures: unknown[] = [];
      const warned: unknown[] = [];
      const monitor = new ScheduleMonitor({
        database: harness.database,
        client: harness.client,
        definitions: [definition],
        metrics: { looked: (_id, figure) => figures.push(figure), missed: () => undefined },
        logger: { info: () => undefined, warn: (...line: unknown[]) => warned.push(line) },
      });
      await monitor.apply();
      const commands = createScheduleCommands(harness.client, [definition]);
      const ended = (wanted: string) =>
        harness.poll(`the run did not end ${wanted}`, async () => {
          const state = await readSchedule(harness.client, 'pauses');
          return state?.lastEnded?.outcome === wanted && state.running.length === 0;
        });
      await commands.trigger(definition);
      await ended('failed');
      await harness.poll(
        'it is not paused',
        async () => (await readSchedule(harness.client, 'pauses'))?.paused === true,
      );
      await monitor.look();
      await monitor.look();
      const open = await openAlerts(harness.database);
      expect(open.filter(({ cause }) => cause === 'schedule-failed:pauses')).toEqual([
        expect.objectContaining({
          severity: 'warning',
          title: 'The last run of the schedule pauses ended failed; the schedule is paused',
          detail: expect.objectContaining({ failure: 'the disk is full' }) as unknown,
        }),
      ]);
      expect(figures.at(-1)).toEqual({ paused: true, healthy: false, lastGoodAt: null });

      outcome = 'works';
      await commands.resume('pauses', 'resumed by tester');
      await commands.trigger(definition);
      await ended('completed');
      await monitor.look();
      expect((await openAlerts(harness.database)).map(({ cause }) => cause)).not.toContain('schedule-failed:pauses');
      expect(figures.at(-1)).toMatchObject({ paused: false, healthy: true });
      // Somebody deletes it at the server: the next round makes it again.
      await harness.client.schedule.getHandle('pauses').delete();
      monitor.start();
      await harness.poll(
        'it is not made again',
        async () => (await readSchedule(harness.client, 'pauses')) !== undefined,
      );
      await monitor.stop();
    });
  });
});

/** A workflow that fails or not as its activity does. */
async function scheduledWorkflow(): Promise<{ code: string }> {
  const workflowsPath = require.resolve('../support/scheduled-workflow');
  return bundleWorkflowCode({ workflowsPath, logger: new DefaultLogger('ERROR') });
}
