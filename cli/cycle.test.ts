import { answers, runCli } from '../tests/support/cli';
import { EXIT } from './context';

const run = {
  cycle: 'morning',
  date: '2018-07-10',
  account: 'paper',
  strategy: 'technical',
  state: 'done',
  workflowId: 'cycle:morning',
  dueAt: '2018-07-10T13:45:00.000Z',
  lookedAt: '2018-07-10T13:45:01.000Z',
  results: [
    { instrument: 'US500', result: 'started', code: null, tradeId: 'paper:morning-20180710-US500-1' },
    { instrument: 'USCOMP', result: 'skipped', code: 'open_trades', tradeId: null },
  ],
  startedAt: '2026-11-25T10:00:00.000Z',
  finishedAt: null,
};
const cycle = {
  name: 'morning',
  account: 'paper',
  strategy: 'technical',
  calendar: 'NYSE',
  instruments: ['US500', 'USCOMP'],
  at: { afterOpenMinutes: 15 },
  latenessSeconds: 600,
  trade: {},
  lastRun: run,
};

it('tradewind cycle list shows each with its newest session', async () => {
  const items = [cycle, { ...cycle, name: 'evening', at: { beforeCloseMinutes: 30 }, lastRun: null }];
  const { stdout } = await runCli(['cycle', 'list'], { fetch: answers([200, { items, nextCursor: null }]).fetch });
  expect(stdout).toMatch(/morning .* 15 min after open +US500, USCOMP +2018-07-10 +done +1/);
  expect(stdout).toMatch(/evening .* 30 min before close/);
});

it('tradewind cycle show says what became of each instrument', async () => {
  const runs = [run, { ...run, date: '2018-07-09', state: 'missed', results: [] }];
  const { stdout } = await runCli(['cycle', 'show', 'morning'], { fetch: answers([200, { ...cycle, runs }]).fetch });
  expect(stdout).toMatch(/2018-07-10 .* US500 +started +paper:morning-20180710-US500-1/);
  expect(stdout).toMatch(/USCOMP +skipped +open_trades/);
  expect(stdout).toMatch(/2018-07-09 +missed/);
  const none = await runCli(['cycle', 'show', 'x'], { fetch: answers([200, { ...cycle, runs: [] }]).fetch });
  expect(none.stdout).toContain('It has not run yet.');
});

it('tradewind cycle run names its workflow', async () => {
  const { fetch, asked } = answers([202, { cycle: 'morning', workflowId: 'cycle:morning' }]);
  const { code, stdout } = await runCli(['cycle', 'run', 'morning'], { fetch });
  expect(code).toBe(EXIT.done);
  expect(asked[0]?.url).toContain('/v1/cycles/morning/run');
  expect(stdout).toContain('cycle:morning');
});
