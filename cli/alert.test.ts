import { answers, runCli } from '../tests/support/cli';
import { EXIT } from './context';

const alert = {
  id: 7,
  cause: 'halt:3',
  severity: 'critical',
  title: 'An automatic trip has halted account:paper\u001b[2J',
  detail: { trip: 'daily-loss', values: { loss: '1500' } },
  raisedAt: '2026-11-25T10:00:00.000Z',
  seenAt: '2026-11-25T10:05:00.000Z',
  clearedAt: null,
};
const delivery = (channel: string, state: string) => ({
  channel,
  kind: 'repeated',
  n: 1,
  state,
  attempts: 2,
  plannedAt: '2026-11-25T10:00:00.000Z',
  finishedAt: null,
  reason: state === 'refused' ? 'http 404' : null,
});
const shown = (...states: string[]) => ({ ...alert, deliveries: states.map((state) => delivery('slack', state)) });

describe('tradewind alert', () => {
  it('lists alerts without obeying their text', async () => {
    const { fetch, asked } = answers([200, { items: [alert], nextCursor: 'abc' }]);
    const { code, stdout } = await runCli(['alert', 'list', '--open', '--limit', '1'], { fetch });
    expect(code).toBe(EXIT.done);
    expect(asked[0]?.url).toContain('/v1/alerts?open=true&limit=1');
    expect(stdout).toMatch(/7 +critical +2026-11-25 10:00:00 +- +An automatic trip/);
    expect(stdout).not.toContain('\u001b');
    expect(stdout).toContain('--cursor abc');
  });

  it('shows one with its messages', async () => {
    const { stdout } = await runCli(['alert', 'show', '7'], { fetch: answers([200, shown('refused')]).fetch });
    for (const words of ['cause:', 'halt:3', 'trip: daily-loss', '{"loss":"1500"}', 'repeated 1', 'http 404'])
      expect(stdout).toContain(words);
    const none = await runCli(['alert', 'show', '7'], { fetch: answers([200, shown()]).fetch });
    expect(none.stdout).toContain('Nobody was told');
  });

  it.each([
    [['delivered'], EXIT.done],
    [['delivered', 'refused'], EXIT.failed],
    [['delivered', 'pending'], EXIT.attention],
  ] as const)('a test that ends %j ends with %d', async (states, expected) => {
    const { fetch, asked } = answers([202, shown('pending')], [200, shown('sending')], [200, shown(...states)]);
    const { code, stderr } = await runCli(['alert', 'test', '--channel', 'slack'], { fetch });
    expect(code).toBe(expected);
    expect(JSON.parse(asked[0]?.init.body as string)).toEqual({ channel: 'slack' });
    if (expected === EXIT.attention) expect(stderr).toContain('tradewind alert show 7');
  });

  it('refuses a channel that there is not', async () => {
    expect((await runCli(['alert', 'test', '--channel', 'fax'])).code).toBe(EXIT.usage);
  });
});
