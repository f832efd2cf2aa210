import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { answers, runCli } from '../tests/support/cli';
import { identify } from '../infra/local/process-identity.mjs';
import { writeStackState } from '../infra/local/stack-state';
import { EXIT } from './context';
import { cell, fields, table } from './output';
import { withProgress } from './progress';
import { exitCodeOf } from './wait-for-trade';

const trade = (phase: string, more: object = {}) => ({
  id: 'paper:k',
  workflowId: 'trade:paper:k',
  account: 'paper',
  instrument: 'US500',
  strategy: 'technical',
  direction: null,
  phase,
  outcome: null,
  outcomeCode: null,
  outcomeDetail: null,
  attention: null,
  halted: false,
  position: '0',
  dust: '0',
  realisedPnl: null,
  signal: { reasons: ['the trend is up'] },
  acceptedAt: '2026-11-23T00:00:00.000Z',
  acceptedMarketAt: '2017-06-14T12:30:00.000Z',
  validUntil: null,
  endedAt: null,
  possibleActions: [],
  orders: [],
  fills: [],
  ...more,
});
const start = [
  'trade',
  'start',
  '--account',
  'paper',
  '--instrument',
  'US500',
  '--strategy',
  'technical',
  '--wait',
  '--key',
  'k',
];

describe('waiting for a trade', () => {
  it.each([
    ['completed', null, EXIT.done],
    ['no-trade', null, EXIT.done],
    ['rejected', null, EXIT.refused],
    ['expired', null, EXIT.refused],
    ['halted', null, EXIT.refused],
    ['cancelled', null, EXIT.failed],
    ['needs-attention', null, EXIT.attention],
    ['completed', 'late_fill', EXIT.attention],
    [null, null, EXIT.failed],
  ] as const)('that ends %s (attention %s) ends with %i', (outcome, attention, code) => {
    expect(exitCodeOf({ outcome, attention })).toBe(code);
  });

  it('tells each phase once on standard error and shows the end', async () => {
    const { fetch } = answers(
      [201, trade('accepted')],
      [200, trade('analysing')],
      [200, trade('analysing')],
      [200, trade('awaiting-approval')],
      [200, trade('managing', { attention: 'unknown_order' })],
      [200, trade('ended', { outcome: 'rejected', outcomeCode: 'market_closed' })],
    );
    const { code, stdout, stderr } = await runCli(start, { fetch });
    expect(code).toBe(3);
    expect(stdout).toMatch(/outcome: +rejected \(market_closed\)/);
    expect(stderr.trim().split('\n')).toEqual([
      'paper:k: analysing',
      'paper:k: awaiting-approval (decide with: tradewind trade approve paper:k)',
      'paper:k: managing, needs attention: unknown_order',
      'paper:k: ended',
    ]);
  });

  it('goes on while the API restarts, and gives up after a minute', async () => {
    const { fetch, asked } = answers([201, trade('accepted')], [200, trade('ended', { outcome: 'completed' })]);
    let down = 5;
    const shaky = await runCli(start, {
      fetch: (url, init) =>
        asked.length === 1 && (down -= 1) >= 0 ? Promise.reject(new TypeError('fetch failed')) : fetch(url, init),
    });
    expect(shaky.code).toBe(0);
    const first = answers([201, trade('accepted')]);
    const gone = await runCli(start, {
      fetch: (url, init) =>
        first.asked.length === 0 ? first.fetch(url, init) : Promise.reject(new TypeError('fetch failed')),
    });
    expect(gone.code).toBe(1);
  });
});

describe('the client of the API', () => {
  it('repeats a request with a key, and a read, while the API answers 503', async () => {
    const away = [503, { code: 'database_unavailable', detail: 'Away.' }, { 'retry-after': '1' }] as const;
    const posts = answers([...away], [...away], [201, trade('accepted')]);
    expect(
      (
        await runCli(
          start.filter((word) => word !== '--wait'),
          posts,
        )
      ).code,
    ).toBe(0);
    expect(posts.asked.map(({ init }) => (init.headers as Record<string, string>)['Idempotency-Key'])).toEqual([
      'k',
      'k',
      'k',
    ]);
    const reads = answers([...away]);
    expect(await runCli(['account', 'list'], reads)).toMatchObject({ code: 1, stderr: 'tradewind: Away.\n' });
    expect(reads.asked).toHaveLength(3);
    const once = answers([...away]);
    await runCli(['key', 'create', '--role', 'viewer'], once);
    expect(once.asked).toHaveLength(1);
  });

  it('says how to repeat a start whose answer was lost', async () => {
    const { code, stderr } = await runCli(start);
    expect(code).toBe(1);
    expect(stderr).toContain('The API at http://api.test does not answer');
    expect(stderr).toContain('repeat with --key k');
  });

  it('says what to do without a key, and when something else answers', async () => {
    const keyless = await runCli(['account', 'list'], { env: {} });
    expect(keyless).toMatchObject({ code: 1, stderr: expect.stringContaining('There is no API key') as string });
    const other = await runCli(['account', 'list'], answers([404, ['not ours']]));
    expect(other.stderr).toContain('is TRADEWIND_API_URL right?');
  });

  it('finds the running stack and the key that the first start made', async () => {
    const stateDir = mkdtempSync(join(tmpdir(), 'state-'));
    try {
      mkdirSync(stateDir, { recursive: true });
      writeFileSync(join(stateDir, 'api-key'), 'tw_from-file\n');
      const keeper = identify(process.pid);
      if (keeper === undefined) throw new Error('this process cannot be found');
      const addresses = {
        apiUrl: 'http://127.0.0.1:9191',
        temporalAddress: '127.0.0.1:1',
        workersUrl: 'http://127.0.0.1:2',
        ordersUrl: 'http://127.0.0.1:3',
      };
      writeStackState(stateDir, { keeper, processes: [], addresses });
      const { fetch, asked } = answers([200, { items: [], nextCursor: null }]);
      expect((await runCli(['account', 'list'], { env: {}, stateDir, fetch })).stdout).toBe('No accounts.\n');
      expect(asked[0]?.url).toBe('http://127.0.0.1:9191/v1/accounts');
      expect(asked[0]?.init.headers).toMatchObject({ Authorization: 'Bearer tw_from-file' });
    } finally {
      rmSync(stateDir, { recursive: true });
    }
  });
});

describe('wrong usage', () => {
  it.each([
    [['trade']],
    [['trade', 'dance']],
    [['trade', 'start', '--account', 'paper']],
    [['trade', 'show']],
    [['trade', 'list', '--limit', '-1']],
    [[...start, '--stop', '1e5']],
    [[...start, '--time-exit', 'soon']],
    [[...start, '--direction', 'up']],
    [['key', 'create', '--role', 'root']],
    [['frobnicate']],
  ])('%j ends with 2 and prints no result', async (line) => {
    const { code, stdout, stderr } = await runCli(line);
    expect(code).toBe(2);
    expect(stdout).toBe('');
    expect(stderr.length).toBeGreaterThan(10);
  });

  it('is one JSON document with --json', async () => {
    const { code, stdout } = await runCli(['trade', 'show', '--json']);
    expect(code).toBe(2);
    expect(JSON.parse(stdout)).toMatchObject({ error: { exitCode: 2 } });
  });

  it('is not what help and the version are', async () => {
    expect(await runCli(['--help'])).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('Exit codes: 0 done') as string,
    });
    expect(await runCli(['--version'])).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) as string,
    });
  });
});

describe('up', () => {
  it('runs the very script of npm start with its options, and ends as it does', async () => {
    const ran: (readonly string[])[] = [];
    const runProgram = (file: string, args: readonly string[]): Promise<number> => {
      ran.push([file, ...args]);
      return Promise.resolve(ran.length === 1 ? 4 : 137);
    };
    expect((await runCli(['up', '--once', '--json'], { runProgram })).code).toBe(4);
    expect((await runCli(['up', '--no-demo'], { runProgram })).code).toBe(1);
    const script = join(__dirname, '../infra/local/start.mjs');
    expect(ran).toEqual([
      [script, '--once', '--json'],
      [script, '--no-demo'],
    ]);
  });
});

describe('an error of the program', () => {
  it('is told in a sentence and ends with 1', async () => {
    const runProgram = (): Promise<number> => Promise.reject(new Error('boom'));
    expect(await runCli(['up'], { runProgram })).toMatchObject({
      code: 1,
      stderr: 'tradewind: This is an error of the program: boom\n',
    });
  });
});

describe('output', () => {
  it('never lets a terminal obey what a server sent', () => {
    expect(cell('a\u001b[31mred\u0007')).toBe('a?[31mred?');
    expect(table(['A', 'B'], [['1\n2', null]], 'none')).toBe('A    B\n1?2  -');
    expect(
      fields([
        ['x', '1'],
        ['y', null],
      ]),
    ).toBe('x: 1');
  });

  it('says every two seconds what is waited for', async () => {
    jest.useFakeTimers();
    try {
      let said = '';
      const context = { stderr: (text: string) => void (said += text), now: () => Date.now() };
      const work = new Promise((resolve) => setTimeout(resolve, 5_000));
      const waited = withProgress(context, 'waiting', work);
      await jest.advanceTimersByTimeAsync(5_000);
      await waited;
      expect(said).toBe('waiting, 2 s\nwaiting, 4 s\n');
    } finally {
      jest.useRealTimers();
    }
  });
});
