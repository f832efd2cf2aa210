import { engageHalt, releaseHalt } from '../../database/halts';
import type { HaltScope } from '../../domain/halt/halt';
import { HaltStore } from '../../database/halt-progress';
import { listSchedules, pauseSchedule, upsertSchedule } from '../../temporal/schedules/client';
import type { ScheduleTag } from '../../temporal/schedules/client';
import { Harness } from '../support/harness';

describe('schedules', () => {
  let harness: Harness;
  beforeAll(async () => {
    harness = await Harness.openAlone({ clock: { kind: 'live' } });
    await harness.work(['operations']);
  });
  afterAll(() => harness.close());

  const make = (scheduleId: string, tag: ScheduleTag, scopes: readonly HaltScope[] = [], every = '1h'): Promise<void> =>
    upsertSchedule(harness.client, {
      tag,
      scopes,
      options: {
        scheduleId,
        spec: { intervals: [{ every: every === '1h' ? '1h' : '2h' }] },
        action: { type: 'startWorkflow', workflowType: 'haltTrading', taskQueue: 'nobody', args: [{}] },
      },
    });

  const states = async (): Promise<Record<string, string>> =>
    Object.fromEntries(
      (await listSchedules(harness.client)).map(({ scheduleId, paused, note }) => [scheduleId, paused ? note : 'runs']),
    );

  async function halted(scope: HaltScope, everything = false): Promise<number> {
    const wish = {
      mode: 'reduce-only',
      flatten: false,
      source: 'operator',
      reason: 'a test',
      actor: 'tester',
    } as const;
    const answer = await engageHalt(harness.database, { ...wish, scope, everything, limited: false });
    if (!('epoch' in answer)) throw new Error(answer.result);
    await harness.dispatcher().dispatch(Date.now());
    const store = new HaltStore(harness.database);
    await harness.poll('the halt is not done', async () => (await store.progress(answer.epoch)).finishedAt !== null);
    return answer.epoch;
  }

  async function expectStates(wanted: Record<string, string>): Promise<void> {
    let now: Record<string, string> = {};
    // Temporal's list is late.
    await harness.poll(
      'the schedules are not as they should be',
      async () => {
        now = await states();
        return Object.entries(wanted).every(([id, state]) => now[id] === state);
      },
      () => now,
    );
  }

  it('that trade are paused by a halt of their scope and resumed by its release, but for those that a person paused', async () => {
    const account = `account:${harness.account}` as HaltScope;
    await make('trades', 'trading');
    await make('trades-one', 'trading', [account]);
    await make('by-hand', 'trading');
    await make('backup', 'operations');
    await pauseSchedule(harness.client, 'by-hand', 'a person says so');
    const rest = { 'by-hand': 'a person says so', backup: 'runs' };
    await expectStates({ trades: 'runs', 'trades-one': 'runs', ...rest });

    const narrow = await halted(account);
    await expectStates({ trades: 'runs', 'trades-one': `paused by halt ${narrow}`, ...rest });
    const wide = await halted('global' as HaltScope);
    await expectStates({ trades: `paused by halt ${wide}`, 'trades-one': `paused by halt ${narrow}`, ...rest });

    // A new version of the software changes what a schedule does, and never whether it is paused.
    await make('trades', 'trading', [], '2h');
    await expectStates({ trades: `paused by halt ${wide}` });

    // The narrow halt is released while the wide one stands: its schedule stays paused, by the other.
    await releaseHalt(harness.database, { scope: account, reason: 'over', actor: 'boss' });
    await harness.dispatcher().dispatch(Date.now());
    await expectStates({ trades: `paused by halt ${wide}`, 'trades-one': `paused by halt ${wide}`, ...rest });
    await releaseHalt(harness.database, { scope: 'global', reason: 'over', actor: 'boss' });
    await harness.dispatcher().dispatch(Date.now());
    await expectStates({ trades: 'runs', 'trades-one': 'runs', ...rest });

    const all = await halted('global' as HaltScope, true);
    await expectStates({
      trades: `paused by halt ${all}`,
      backup: `paused by halt ${all}`,
      'by-hand': 'a person says so',
    });
  });

  it('a halt that a person starts as a workflow engages it; bad input is named, and a second one meets the first', async () => {
    const start = (input: object): Promise<unknown> =>
      harness.client.workflow.execute('haltTrading', {
        workflowId: `by-hand-${Math.random().toString(36).slice(2)}`,
        taskQueue: 'operations',
        args: [input],
      });
    await expect(start({})).rejects.toMatchObject({ cause: { cause: { message: 'reason must say why' } } });
    await expect(start({ reason: 'x', scope: 'all' })).rejects.toMatchObject({
      cause: { cause: { message: expect.stringContaining('scope must be') as string } },
    });
    await expect(start({ reason: 'x', mode: 'off' })).rejects.toMatchObject({
      cause: { cause: { message: expect.stringContaining('mode must be') as string } },
    });
    await expect(start({ reason: 'x', scope: 'account:nobody' })).rejects.toMatchObject({
      cause: { cause: { message: expect.stringContaining('does not exist') as string } },
    });
    const first = await start({ reason: 'x', scope: 'strategy:manual', mode: 'halt-all' });
    expect(first).toMatchObject({ breaches: [] });
    const again = await start({ reason: 'x', scope: 'strategy:manual' });
    expect(again).toEqual({ epoch: (first as { epoch: number }).epoch, reportHash: null, breaches: [] });
  });
});
