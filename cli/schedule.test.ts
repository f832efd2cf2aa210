import type { ScheduleView } from '../api/contract/schedule-views';
import { answers, runCli } from '../tests/support/cli';
import { EXIT } from './context';

const backup: ScheduleView = {
  id: 'backup',
  tag: 'operations',
  scopes: [],
  times: ['0 2 * * *'],
  timeZone: 'UTC',
  workflow: 'backupDatabase',
  taskQueue: 'operations',
  overlap: 'skip',
  catchupWindow: '6h',
  pauseOnFailure: false,
  purpose: 'Saves.',
  failureMeans: 'Nothing is saved.',
  state: 'active',
  note: '',
  nextRunAt: '2026-01-06T02:00:00.000Z',
  running: [],
  taken: 3,
  missed: 0,
  skipped: 0,
  lastRun: { workflowId: 'backup-1', outcome: 'completed', startedAt: '2026-01-05T02:00:00.000Z' },
  alerts: [],
};

describe('tradewind schedule', () => {
  it('lists what runs when, and needs attention while an alert is open', async () => {
    const page = (items: ScheduleView[]) => ({ items, nextCursor: null });
    const good = await runCli(['schedule', 'list'], answers([200, page([backup])]));
    expect(good.code).toBe(EXIT.done);
    expect(good.stdout).toContain(
      'backup  operations  0 2 * * * UTC  active  2026-01-06 02:00:00  completed 2026-01-05',
    );
    const failed = {
      ...backup,
      state: 'paused' as const,
      nextRunAt: null,
      lastRun: null,
      running: ['w'],
      alerts: ['schedule-failed:backup'],
    };
    const bad = await runCli(['schedule', 'list'], answers([200, page([failed])]));
    expect(bad).toMatchObject({ code: EXIT.attention, stdout: expect.stringContaining('paused, running') as string });
    expect((await runCli(['schedule', 'list'], answers([200, page([])]))).stdout).toContain('No schedules.');
  });

  it('applies the list and warns of what it deleted or left', async () => {
    const items = [
      { scheduleId: 'a', action: 'made' },
      { scheduleId: 'b', action: 'deleted' },
      { scheduleId: 'c', action: 'kept' },
    ];
    const { code, stdout, stderr } = await runCli(['schedule', 'apply'], answers([200, { items, nextCursor: null }]));
    expect(code).toBe(EXIT.done);
    expect(stdout).toMatch(/a\s+made/);
    expect(stderr).toBe(
      'Warning: b left the list and is deleted.\nWarning: c left the list; it is paused and stays.\n',
    );
    const none = await runCli(['schedule', 'apply'], answers([200, { items: [], nextCursor: null }]));
    expect(none.stdout).toBe('The list is empty.\n');
  });

  it('pauses with a reason, resumes and triggers', async () => {
    const api = answers(
      [200, { ...backup, state: 'paused', note: 'paused by op: repairs', nextRunAt: null }],
      [200, backup],
    );
    const paused = await runCli(['schedule', 'pause', 'backup', '--reason', 'repairs'], api);
    expect(paused.stdout).toContain('paused by op: repairs');
    await runCli(['schedule', 'resume', 'backup'], api);
    await runCli(['schedule', 'trigger', 'backup', '--json'], api);
    expect(api.asked.map(({ url, init }) => [url, init.body])).toEqual([
      ['http://api.test/v1/schedules/backup/pause', '{"reason":"repairs"}'],
      ['http://api.test/v1/schedules/backup/resume', undefined],
      ['http://api.test/v1/schedules/backup/trigger', undefined],
    ]);
    expect((await runCli(['schedule', 'trigger', 'backup'], api)).stdout).toContain('backup is started');
    expect((await runCli(['schedule', 'pause', 'backup'])).code).toBe(EXIT.usage);
  });

  it('is refused while a halt stands', async () => {
    const problem = {
      code: 'halted',
      detail: 'It stays paused: halt 3 stands over this schedule; its release resumes it.',
    };
    const { code, stderr } = await runCli(['schedule', 'resume', 'cycle'], answers([409, problem]));
    expect(code).toBe(EXIT.refused);
    expect(stderr).toContain('halt 3');
  });
});
