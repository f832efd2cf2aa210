import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ScheduleOverlapPolicy } from '@temporalio/client';
import { bundleWorkflowCode, DefaultLogger, Worker } from '@temporalio/worker';
import { createScheduleCommands } from '../../api/schedule-commands';
import { openChannels } from '../../channels/open-channels';
import { AlertDeliveries } from '../../database/alert-deliveries';
import { openAlerts } from '../../database/alerts';
import { alwaysCalendar } from '../../domain/calendar/always-calendar';
import { calendarOf } from '../../domain/calendar/calendars';
import { instant } from '../../domain/clock/instant';
import type { TradingCycle } from '../../domain/cycle/cycle';
import { alertMetrics } from '../../telemetry/alert-metrics';
import { createMetrics } from '../../telemetry/metrics';
import { scheduleMetrics } from '../../telemetry/schedule-metrics';
import { cycleSchedules } from '../../temporal/schedules/cycles';
import type { ScheduleDefinition } from '../../temporal/schedules/definition';
import { SCHEDULES } from '../../temporal/schedules/list';
import { readSchedule } from '../../temporal/schedules/read';
import { AlertMonitor } from '../../workers/alert-monitor';
import { ScheduleMonitor } from '../../workers/schedule-monitor';
import { BackupStage } from '../support/backup-stage';
import { createTestDatabase } from '../support/database';
import { Harness } from '../support/harness';
import { countsOf, once, overlap, runsOf, startMortalServer, untilMoment } from '../support/outage';
import type { MortalServer, ServerRun } from '../support/outage';
import { startReceiver } from '../support/receiver';
import type { Receiver } from '../support/receiver';

/** Time for what has to be in place before the first run falls due, three of the four tries of a backup among it. */
const PREPARING_MS = 26_000;
/** The outage: from before the first run that is due until so long after it. */
const OUTAGE_MS = 32_000;
const SECOND = 1_000;
/** A run takes so long, so that runs can overlap. */
const WORK_MS = 1_500;

const definition = (
  id: string,
  cronExpressions: string[],
  changes: Partial<ScheduleDefinition> = {},
): ScheduleDefinition => ({
  ...{ id, tag: 'operations', times: { cronExpressions }, timeZone: 'UTC', overlap: 'skip', catchupWindow: '10m' },
  workflow: { type: 'scheduled', taskQueue: 'scheduled', input: { name: id }, timeout: '1h' },
  ...{ purpose: 'Works for a while.', failureMeans: 'Nothing was done.' },
  ...changes,
});

describe('an outage of the Temporal server', () => {
  let temporal: MortalServer;
  let harness: Harness;
  let stage: BackupStage;
  let databaseUrl: string;
  let hook: Receiver;
  let stopWorker: () => Promise<void> = () => Promise.resolve();
  let drop: () => Promise<void>;
  let openGate: () => void = () => undefined;
  const gate = new Promise<void>((resolve) => (openGate = resolve));
  let first = 0;
  let downFrom = 0;
  let upAt = 0;
  const metrics = createMetrics({ service: 'test', version: '0', processSeries: false });

  const cycleOf = (name: string, latenessSeconds: number): TradingCycle => ({
    ...{ name, account: harness.account, strategy: 'technical', calendar: 'OUTAGE', instruments: ['SIM'] },
    ...{ at: { afterOpenMinutes: 0 }, latenessSeconds, trade: {} },
  });
  const cycles = (): TradingCycle[] => [cycleOf('short', 5), cycleOf('patient', 3_600)];

  /** What is applied: everything of it falls due within the outage, but for the backup, which somebody triggers. */
  const definitions = (): ScheduleDefinition[] => {
    const [one, two, three] = [first, first + SECOND, first + 2 * SECOND];
    const backup = SCHEDULES.find(({ id }) => id === 'backup');
    if (backup === undefined) throw new Error('the list has no backup');
    return [
      definition('skips', once(one, two, three)),
      definition('buffers', once(one, two, three), { overlap: 'buffer-one' }),
      definition('busy-skips', once(one, two)),
      definition('busy-buffers', once(one, two), { overlap: 'buffer-one' }),
      definition('partly', once(one, two, first + 25 * SECOND), { catchupWindow: '30s' }),
      definition('too-late', once(one, two), { catchupWindow: '10s' }),
      definition('paused', once(one, two)),
      { ...backup, times: { cronExpressions: ['0 2 1 1 *'] } },
      ...cycleSchedules(cycles(), () => 'UTC').map((cycle) => ({ ...cycle, times: { cronExpressions: once(one) } })),
    ];
  };
  const logged: unknown[] = [];
  let monitor: ScheduleMonitor;
  let messenger: AlertMonitor;

  async function startWorkers(): Promise<void> {
    const session = { open: first + SECOND, close: first + 3_600 * SECOND, early: false, segments: [] };
    const calendar = {
      ...alwaysCalendar,
      id: 'OUTAGE',
      sessions: () => [{ ...session, date: instant(session.open).slice(0, 10) }],
    };
    const inTheWay = join(stage.path, 'a-file');
    writeFileSync(inTheWay, 'where the folder of backups would be');
    const upkeep = {
      ...{ databaseUrl, software: '9.9.9' },
      backup: { dir: join(inTheWay, 'backups') },
    };
    const wiring = await harness.wire({
      ...{ upkeep, cycles: cycles(), calendarOf: (id) => (id === 'OUTAGE' ? calendar : calendarOf(id)) },
    });
    await harness.work(['operations'], wiring);
    const workflowsPath = require.resolve('../support/scheduled-workflow');
    const worker = await Worker.create({
      ...{ connection: harness.native, namespace: harness.namespace, taskQueue: 'scheduled' },
      workflowBundle: await bundleWorkflowCode({ workflowsPath, logger: new DefaultLogger('ERROR') }),
      activities: {
        work: ({ name }: { name: string }) =>
          name.startsWith('busy') ? gate : new Promise((resolve) => setTimeout(resolve, WORK_MS)),
      },
    });
    const run = worker.run();
    stopWorker = async () => {
      worker.shutdown();
      await run;
    };
  }

  /** Starts a run as a person does. */
  async function trigger(id: string): Promise<void> {
    const found = definitions().find((one) => one.id === id);
    if (found === undefined) throw new Error(`no schedule ${id}`);
    await createScheduleCommands(harness.client, definitions()).trigger(found);
  }

  /** Waits until the server has this many runs of a schedule that have all ended. */
  const ended = async (id: string, count: number): Promise<readonly ServerRun[]> => {
    let runs: readonly ServerRun[] = [];
    await harness.poll(
      `not ${count} runs of ${id} have ended`,
      async () => (runs = await runsOf(harness.client, id)).filter(({ closedAt }) => closedAt !== null).length >= count,
      () => runs,
    );
    return runs;
  };
  const wanted = (runs: readonly ServerRun[]): number[] => runs.map(({ wantedAt }) => (wantedAt - first) / SECOND);

  beforeAll(async () => {
    temporal = await startMortalServer('temporal-with-an-outage');
    const database = await createTestDatabase();
    drop = () => database.drop();
    databaseUrl = database.url;
    stage = new BackupStage();
    hook = await startReceiver();
    harness = await Harness.open({
      ...{ databaseUrl, temporalAddress: temporal.address, namespace: 'trading', clock: { kind: 'live' } },
    });
    first = Math.ceil((Date.now() + PREPARING_MS) / SECOND) * SECOND;
    await startWorkers();
    const quiet = { info: () => undefined, warn: (...line: unknown[]) => void logged.push(line) };
    monitor = new ScheduleMonitor({
      ...{ database: harness.database, client: harness.client, definitions: definitions() },
      ...{ metrics: scheduleMetrics(metrics.registry), logger: quiet },
    });
    messenger = new AlertMonitor(
      {
        ...{ database: harness.database, horizons: () => [], deliveries: new AlertDeliveries(harness.database) },
        ...{ channels: openChannels({ webhookUrl: hook.url }), metrics: alertMetrics(metrics.registry), now: Date.now },
      },
      quiet,
    );
    await monitor.apply();
    await trigger('backup');
    // A control that Tradewind does not make: every run at once.
    await harness.client.schedule.create({
      ...{ scheduleId: 'all-at-once', spec: { cronExpressions: once(first, first + SECOND) } },
      policies: { overlap: ScheduleOverlapPolicy.ALLOW_ALL, catchupWindow: '10m' },
      action: { type: 'startWorkflow', workflowType: 'scheduled', taskQueue: 'scheduled', args: [{ name: 'all' }] },
    });
    const commands = createScheduleCommands(harness.client, definitions());
    await commands.pause('paused', 'paused by somebody: repairs');
    for (const id of ['busy-skips', 'busy-buffers']) await trigger(id);
    for (const id of ['backup', 'busy-skips', 'busy-buffers'])
      await harness.poll(`${id} does not run`, async () => {
        const [run] = (await readSchedule(harness.client, id))?.running ?? [];
        if (run === undefined) return false;
        const { raw } = await harness.client.workflow.getHandle(run).describe();
        return (raw.pendingActivities ?? []).length > 0;
      });
    await untilMoment(first - 2 * SECOND);
    await temporal.kill();
    downFrom = Date.now();
    if (downFrom >= first)
      throw new Error('this machine is too slow to prepare the outage before the first run is due');
    await untilMoment(first + OUTAGE_MS);
    await temporal.startAgain();
    upAt = Date.now();
  });
  afterAll(async () => {
    openGate();
    await stopWorker();
    await harness.close();
    await temporal.remove();
    await hook.close();
    stage.close();
    await drop();
  });

  it('is made up by one run where runs that overlap are left out, and by two where one is kept', async () => {
    const skips = await ended('skips', 1);
    expect(await countsOf(harness.client, 'skips')).toEqual({ taken: 1, skipped: 2, missed: 0 });
    expect(wanted(skips)).toEqual([0]);
    const buffers = await ended('buffers', 2);
    expect(await countsOf(harness.client, 'buffers')).toEqual({ taken: 2, skipped: 1, missed: 0 });
    expect(wanted(buffers)).toEqual([0, 1]);
    for (const { startedAt, status } of [...skips, ...buffers]) {
      expect(startedAt).toBeGreaterThan(first + OUTAGE_MS - SECOND);
      expect(status).toBe('COMPLETED');
    }
    expect(overlap(buffers)).toBe(false);
    // The control: the same moments without a policy overlap, and this comparison sees it.
    expect(overlap(await ended('all-at-once', 2))).toBe(true);
  });

  it('does not start a second run beside one that was under way when it began', async () => {
    const counts = (id: string) => countsOf(harness.client, id);
    // They go on until the server has decided what becomes of the runs that fell due beside them.
    await harness.poll(
      'what fell due is not decided',
      async () => (await counts('busy-skips')).skipped === 2 && (await counts('busy-buffers')).skipped === 1,
    );
    openGate();
    const skips = await ended('busy-skips', 1);
    expect(await counts('busy-skips')).toEqual({ taken: 1, skipped: 2, missed: 0 });
    expect(skips).toHaveLength(1);
    const buffers = await ended('busy-buffers', 2);
    expect(await counts('busy-buffers')).toEqual({ taken: 2, skipped: 1, missed: 0 });
    expect(buffers).toHaveLength(2);
    expect(buffers[0]?.startedAt).toBeLessThan(downFrom);
    expect(overlap(buffers)).toBe(false);
  });

  it('is not made up where it is longer ago than the catch-up window; that is counted, and alerted of once', async () => {
    expect(wanted(await ended('partly', 1))).toEqual([25]);
    expect(await countsOf(harness.client, 'partly')).toEqual({ taken: 1, skipped: 0, missed: 2 });
    await harness.poll(
      'the server has not counted what was missed',
      async () => (await countsOf(harness.client, 'too-late')).missed >= 2,
    );
    expect(await countsOf(harness.client, 'too-late')).toMatchObject({ taken: 0, skipped: 0 });
    expect(await runsOf(harness.client, 'too-late')).toEqual([]);
    for (let n = 0; n < 2; n += 1) {
      await monitor.look();
      await messenger.look();
    }
    const missed = () =>
      openAlerts(harness.database).then((open) => open.filter(({ cause }) => /^schedule-missed/.test(cause)));
    const causes = async () => (await missed()).map(({ cause }) => cause).sort();
    expect(await causes()).toEqual(['schedule-missed:partly', 'schedule-missed:too-late']);
    expect(hook.received.filter(({ body }) => body['cause'] === 'schedule-missed:too-late')).toHaveLength(1);
    const text = await metrics.registry.metrics();
    expect(text).toMatch(/schedule_missed_runs_total\{[^}]*schedule="too-late"[^}]*\} 2\n/);
    expect(text).not.toMatch(/schedule_missed_runs_total\{[^}]*schedule="skips"/);
    // The next good run clears it, although the server counts the same runs as missed again when it wakes for that.
    await trigger('too-late');
    await ended('too-late', 1);
    let left: readonly string[] = [];
    let state: unknown;
    await harness.poll(
      'the good run does not clear the alert',
      async () => {
        await monitor.look();
        left = await causes();
        state = await readSchedule(harness.client, 'too-late');
        return left.length === 1;
      },
      () => [left, state, logged],
    );
    expect(left).toEqual(['schedule-missed:partly']);
  });

  it('and a new version leave a pause as it is, and what fell due under it is never made up', async () => {
    const { client } = harness;
    const next = Math.ceil(Date.now() / SECOND + 8) * SECOND;
    const deployed = definitions().map((one) =>
      one.id === 'paused' ? definition('paused', once(first, first + SECOND, next), { purpose: 'Works longer.' }) : one,
    );
    const deploy = new ScheduleMonitor({
      ...{
        database: harness.database,
        client,
        definitions: deployed,
        metrics: scheduleMetrics(createMetrics({ service: 'x', version: '0', processSeries: false }).registry),
      },
      logger: { info: () => undefined, warn: () => undefined },
    });
    await deploy.apply();
    expect(await readSchedule(client, 'paused')).toMatchObject({ paused: true, note: 'paused by somebody: repairs' });
    expect(await countsOf(client, 'paused')).toEqual({ taken: 0, skipped: 0, missed: 0 });
    await createScheduleCommands(client, deployed).resume('paused', 'resumed by tester');
    // It runs again, and the first thing that it does is what falls due now.
    const runs = await ended('paused', 1);
    expect(runs.map(({ wantedAt }) => wantedAt)).toEqual([next]);
    expect(await countsOf(client, 'paused')).toEqual({ taken: 1, skipped: 0, missed: 0 });
  });

  it('makes a trading cycle too late: it ends as missed and starts no trade; one that may be late starts its trade', async () => {
    const [short] = await ended('cycle-short', 1);
    const [patient] = await ended('cycle-patient', 1);
    const outcome = (run: ServerRun | undefined): Promise<unknown> =>
      harness.client.workflow.getHandle(run?.workflowId ?? '').result();
    expect(await outcome(short)).toMatchObject({ state: 'missed', results: [] });
    expect(await outcome(patient)).toMatchObject({
      state: 'done',
      results: [{ instrument: 'SIM', result: 'started' }],
    });
    const { rows } = await harness.database.query<{ by: string }>('SELECT created_by AS by FROM trades');
    expect(rows).toEqual([{ by: 'cycle:patient' }]);
    for (const id of ['cycle-short', 'cycle-patient'])
      expect(await countsOf(harness.client, id)).toEqual({ taken: 1, skipped: 0, missed: 0 });
    expect(upAt - first).toBeGreaterThanOrEqual(OUTAGE_MS);
  });

  it('does not hide that a backup failed: its schedule pauses itself, and one alert says so', async () => {
    const [run] = await ended('backup', 1);
    expect(run?.status).toBe('FAILED');
    await harness.poll('it is not paused', async () => (await readSchedule(harness.client, 'backup'))?.paused === true);
    for (let n = 0; n < 3; n += 1) {
      await monitor.look();
      await messenger.look();
    }
    const told = hook.received.filter(({ body }) => body['cause'] === 'schedule-failed:backup');
    expect(told).toHaveLength(1);
    expect((await openAlerts(harness.database)).find(({ cause }) => cause === 'schedule-failed:backup')?.title).toBe(
      'The last run of the schedule backup ended failed; the schedule is paused',
    );
    // A deploy does not let it run again either.
    await monitor.apply();
    expect(await readSchedule(harness.client, 'backup')).toMatchObject({ paused: true, taken: 1 });
  });
});
