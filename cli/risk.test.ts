import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { assessRisk } from '../domain/risk/assess-risk';
import { verdictOf } from '../domain/risk/verdict';
import { answers, runCli } from '../tests/support/cli';
import { riskInput } from '../tests/support/risk-input';
import { EXIT } from './context';

const input = riskInput();
const approved = verdictOf(input, assessRisk(input));
const closed = riskInput({ market: { open: false } });
const refused = verdictOf(closed, assessRisk(closed));
const check = ['risk', 'check', '--account', 'paper', '--instrument', 'US500', '--direction', 'long', '--stop', '90'];

describe('tradewind risk check', () => {
  it('shows an approval with what bound it, and the head-room', async () => {
    const { fetch, asked } = answers([200, approved]);
    const { code, stdout } = await runCli([...check, '--price', '99', '--entry', 'limit', '--strategy', 'technical'], {
      fetch,
    });
    expect(code).toBe(EXIT.done);
    expect(stdout).toContain('approved');
    expect(stdout).toMatch(/bound by: +risk/);
    expect(stdout).toMatch(/concentration +25000 +0 +10000 +15000/);
    expect(JSON.parse(asked[0]?.init.body as string)).toEqual({
      account: 'paper',
      instrument: 'US500',
      strategy: 'technical',
      direction: 'long',
      stopPrice: '90',
      entry: { type: 'limit', price: '99' },
    });
  });

  it('asks of a trailing entry with its stop at a distance', async () => {
    const { fetch, asked } = answers([200, approved]);
    const trails = ['--entry', 'trailing-stop', '--trail-bps', '50', '--stop-distance', '5'];
    expect((await runCli([...check.slice(0, -2), ...trails], { fetch })).code).toBe(EXIT.done);
    expect(JSON.parse(asked[0]?.init.body as string)).toEqual({
      ...{ account: 'paper', instrument: 'US500', direction: 'long', stopDistance: '5' },
      entry: { type: 'trailing-stop', trailBps: 50 },
    });
  });

  it('ends with 3 on a refusal, naming the code', async () => {
    const { code, stdout } = await runCli(check, { fetch: answers([200, refused]).fetch });
    expect(code).toBe(EXIT.refused);
    expect(stdout).toContain('refused (market_closed)');
  });
});

describe('tradewind risk show', () => {
  const policy = {
    applied: { at: '2026-11-25T00:00:00.000Z', by: 'local:start', hash: 'abcdef0123456789' },
    document: { strategies: { technical: { maxOpenTrades: 2 } }, instruments: {} },
    accounts: [{ account: 'paper', limits: { maxOpenTrades: 10, maxDailyLoss: '1000' } }],
    locks: [
      {
        id: 4,
        account: 'paper',
        scope: 'account',
        code: 'loss_streak',
        tradeId: 'paper:x',
        until: '2018-07-10T13:25:00.000Z',
        createdAt: '2026-11-25T00:00:00.000Z',
      },
    ],
  };

  it('shows policy, limits and locks', async () => {
    const { stdout } = await runCli(['risk', 'show'], { fetch: answers([200, policy]).fetch });
    for (const words of [
      'abcdef012345',
      'local:start',
      'account paper',
      'maxDailyLoss: ',
      'technical',
      'loss_streak',
    ]) {
      expect(stdout).toContain(words);
    }
  });

  it('says when no file was applied, and that there are no locks', async () => {
    const bare = { applied: null, document: {}, accounts: [], locks: [] };
    const { stdout } = await runCli(['risk', 'show'], { fetch: answers([200, bare]).fetch });
    expect(stdout).toContain('no file was applied');
    expect(stdout).toContain('No locks.');
  });
});

describe('tradewind risk apply', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'policy-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('sends the file, that of the installation unless told', async () => {
    const { fetch, asked } = answers([200, { hash: 'abcdef0123456789', stored: true, changed: ['paper'] }]);
    const { code, stdout } = await runCli(['risk', 'apply'], { fetch });
    expect(code).toBe(EXIT.done);
    expect(stdout).toContain('paper');
    expect(JSON.parse(asked[0]?.init.body as string)).toHaveProperty('defaults.maxPositionNotional', '10000');
  });

  it.each([
    ['{', 'is not JSON'],
    ['7', 'must hold an object'],
  ])('refuses a file with %s', async (content, words) => {
    const file = join(folder, 'policy.json');
    writeFileSync(file, content);
    const { code, stderr } = await runCli(['risk', 'apply', '--file', file]);
    expect(code).toBe(EXIT.usage);
    expect(stderr).toContain(words);
  });

  it('needs its file', async () => {
    const { code, stderr } = await runCli(['risk', 'apply', '--file', join(folder, 'none.json')]);
    expect(code).toBe(EXIT.usage);
    expect(stderr).toContain('cannot be read');
  });
});

describe('tradewind risk unlock and trade risk', () => {
  it('releases a lock by its number', async () => {
    const lock = {
      id: 4,
      account: 'paper',
      scope: 'account',
      code: 'loss_streak',
      tradeId: 'x',
      until: '',
      createdAt: '',
    };
    const { fetch, asked } = answers([200, lock]);
    const { stdout } = await runCli(['risk', 'unlock', '4'], { fetch });
    expect(stdout).toContain('Released: loss_streak of account on paper.');
    expect(asked[0]?.url).toContain('/v1/risk/locks/4/release');
  });

  it('shows every verdict of a trade', async () => {
    const row = { id: 1, at: '2026-11-25T00:00:00.000Z', marketAt: '2018-07-10T13:25:00.000Z', verdict: refused };
    const page = { items: [row, { ...row, id: 2, verdict: approved }], nextCursor: null };
    const { stdout } = await runCli(['trade', 'risk', 'paper:x'], { fetch: answers([200, page]).fetch });
    expect(stdout).toContain('refused (market_closed)');
    expect(stdout).toContain('approved');
    const none = await runCli(['trade', 'risk', 'paper:x'], {
      fetch: answers([200, { items: [], nextCursor: null }]).fetch,
    });
    expect(none.stdout).toContain('Risk was not asked yet.');
  });
});
