import { answers, runCli } from '../tests/support/cli';

const run = (state: string, more: object = {}) => ({
  ...{ id: 7, account: 'paper', why: 'request', requestedBy: 'ann', state, looks: 0, compared: {}, failure: null },
  ...{
    startedAt: '2026-11-25T10:00:00.000Z',
    marketAt: '2026-11-25T10:00:00.000Z',
    finishedAt: null,
    opened: 0,
    gone: 0,
  },
  ...more,
});
const done = {
  looks: 2,
  compared: { orders: 1, fills: 2, holdings: 3 },
  finishedAt: '2026-11-25T10:00:09.000Z',
  opened: 1,
};
const difference = (more: object = {}) => ({
  ...{
    id: 3,
    account: 'paper',
    kind: 'balance',
    subject: 'balance/USD',
    instrument: null,
    asset: 'USD',
    ours: '10',
    venue: '12',
  },
  ...{
    state: 'open',
    openedIn: 7,
    openedAt: '2026-11-25T10:00:09.000Z',
    closedAt: null,
    closedIn: null,
    closedBy: null,
  },
  ...{ reason: null, entry: null, correction: { units: '0', amounts: [{ asset: 'USD', amount: '2' }] }, evidence: {} },
  ...more,
});

describe('reconcile run', () => {
  it('tells that the comparison has begun', async () => {
    const { fetch, asked } = answers([202, run('running')]);
    const { stdout, code } = await runCli(['reconcile', 'run', 'paper'], { fetch });
    expect(code).toBe(0);
    expect(asked[0]).toMatchObject({ url: 'http://api.test/v1/accounts/paper/reconciliations' });
    expect(stdout).toMatch(/state: +running/);
  });

  it('names what a comparison left out, and why', async () => {
    const uncompared = [{ subject: 'balance/USD', why: 'futures are held: ESZ6' }];
    const { fetch } = answers([202, run('agreed', { ...done, compared: { ...done.compared, uncompared } })]);
    const { stdout } = await runCli(['reconcile', 'run', 'paper'], { fetch });
    expect(stdout).toMatch(/left out: +balance\/USD: futures are held: ESZ6/);
  });

  it.each([
    ['agreed', 0, []],
    ['differs', 4, [difference()]],
    ['failed', 1, []],
  ] as const)('waits when told to, and ends by its outcome: %s is %d', async (state, code, differences) => {
    const { fetch } = answers(
      [202, run('running')],
      [200, { ...run('running'), differences: [] }],
      [200, { ...run(state, { ...done, failure: state === 'failed' ? 'the venue is away' : null }), differences }],
    );
    const result = await runCli(['reconcile', 'run', 'paper', '--wait'], { fetch, sleep: () => Promise.resolve() });
    expect(result.code).toBe(code);
    expect(result.stderr).toContain('comparison 7 of account paper: running');
    expect(result.stdout).toContain('1 orders, 2 fills, 3 holdings, 2 looks');
    if (state === 'differs') expect(result.stdout).toMatch(/balance\/USD +10 +12 +open/);
  });

  it('does not wait for ever', async () => {
    let now = 0;
    const { fetch } = answers(
      [202, run('running')],
      [200, { ...run('running'), differences: [] }],
      [200, { ...run('running'), differences: [] }],
    );
    const result = await runCli(['reconcile', 'run', 'paper', '--wait'], {
      fetch,
      now: () => (now += 200_000),
      sleep: () => Promise.resolve(),
    });
    expect(result.code).toBe(1);
    expect(result.stderr).toContain('still running');
  });
});

describe('reconcile list, show and accept', () => {
  it('lists open differences, others as told, and comparisons', async () => {
    const open = answers([200, { items: [difference()], nextCursor: null }]);
    expect((await runCli(['reconcile', 'list', '--account', 'paper'], open)).stdout).toContain('balance/USD');
    expect(open.asked[0]?.url).toContain('state=open');
    const all = answers([200, { items: [], nextCursor: 'c' }]);
    const listed = await runCli(['reconcile', 'list', '--state', 'all'], all);
    expect(listed.stdout).toContain('No differences.');
    expect(listed.stdout).toContain('--cursor c');
    expect(all.asked[0]?.url).not.toContain('state');
    const runs = await runCli(
      ['reconcile', 'list', '--runs'],
      answers([200, { items: [run('agreed', done)], nextCursor: null }]),
    );
    expect(runs.stdout).toMatch(/7 +paper +request +agreed/);
    const json = await runCli(
      ['reconcile', 'list', '--json'],
      answers([200, { items: [difference()], nextCursor: null }]),
    );
    expect(JSON.parse(json.stdout)).toMatchObject({ items: [{ id: 3 }] });
  });

  it('shows both sides, and what accepting would book or has booked', async () => {
    const { stdout } = await runCli(
      ['reconcile', 'show', '3'],
      answers([200, difference({ evidence: { fill: { price: '1' } } })]),
    );
    expect(stdout).toMatch(/correction: +2 USD/);
    expect(stdout).toContain('{"price":"1"}');
    const accepted = {
      state: 'accepted',
      closedBy: 'ann',
      reason: 'a deposit',
      entry: 9,
      ours: null,
      correction: { units: '3', amounts: [] },
    };
    const { fetch, asked } = answers([200, difference(accepted)]);
    const result = await runCli(['reconcile', 'accept', '3', '--reason', 'a deposit', '--price', '12.5'], { fetch });
    expect(asked[0]?.url).toBe('http://api.test/v1/differences/3/accept');
    expect(asked[0]?.init.body).toBe('{"reason":"a deposit","price":"12.5"}');
    expect(result.stdout).toMatch(/ours: +nothing/);
    expect(result.stdout).toMatch(/correction: +3 units/);
    expect(result.stdout).toMatch(/ledger entry: +9/);
    expect((await runCli(['reconcile', 'accept', '3'], answers())).code).toBe(2);
  });
});
