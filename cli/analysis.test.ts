import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { AnalysisStore } from '../database/analyses';
import { REPLIES, viewText } from '../simulators/llm/replies';
import { openTestApi, TEST_MODEL, type TestApi } from '../tests/support/api';
import { runCli, type CliResult } from '../tests/support/cli';
import { ModelDesk } from '../tests/support/model-desk';

let desk: ModelDesk;
let test: TestApi;
let server: Server;
/** Plays the part of the workflow: answers every repetition, then ends the repeat. */
const answerAll = async ({ repeatId, times }: { repeatId: string; times: number }): Promise<boolean> => {
  const store = new AnalysisStore(desk.db.database);
  const { repeat, asked } = await store.questionOf(repeatId);
  for (let n = 1; n <= times; n += 1) await desk.analyst().repeat(repeat, asked, n, new AbortController().signal);
  await store.endRepeat(repeatId, repeatId.endsWith('halted') ? 'stopped' : 'completed');
  return true;
};

beforeAll(async () => {
  desk = await ModelDesk.open();
  const settings = { strategies: ['technical', 'llm'] };
  test = await openTestApi(desk.db.url, settings, undefined, answerAll);
  server = createServer(test.api.app);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await test.close();
  await desk.close();
});

function cli(...line: string[]): Promise<CliResult> {
  const { port } = server.address() as AddressInfo;
  const env = { TRADEWIND_API_URL: `http://127.0.0.1:${port}/`, TRADEWIND_API_KEY: test.keys.admin };
  return runCli(line, { env, fetch: (url, init) => fetch(url, init) });
}

describe('analysis show', () => {
  it('prints prompt and answer word by word, with tokens and cost', async () => {
    desk.simulator.play(REPLIES.long);
    await desk.ask('asks');
    const { code, stdout } = await cli('analysis', 'show', 'paper:asks');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^analysis: +paper:asks\/view\/1$/m);
    expect(stdout).toMatch(/^cost: +0\.00\d+ USD$/m);
    expect(stdout).toMatch(/^view: +long, conviction 0\.7, stop [\d.]+$/m);
    expect(stdout).toContain('--- system\nYou are an analyst of one instrument.');
    expect(stdout).toContain('of your answer.\n\nThe user message');
    expect(stdout).toContain('--- user\n<data>\n{"instrument":');
    expect(stdout).toContain('--- answer (stop)\n{"answer":');
    const [analysis] = await desk.stored('asks');
    expect(stdout).toContain(analysis?.calls[0]?.response ?? 'no response');
  });

  it('tells an abstention, a failed try and a refusal, and lets no text command the terminal', async () => {
    desk.simulator.play(() => ({ kind: 'refusal', text: 'No \u001b[2J way.' }));
    await desk.ask('refused');
    const refused = await cli('analysis', 'show', 'paper:refused');
    expect(refused.stdout).toContain('--- refusal\nNo ?[2J way.');
    expect(refused.stdout).toMatch(/^view: +abstained \(refused\)$/m);
    desk.simulator.play(REPLIES['500']);
    await expect(desk.ask('failed')).rejects.toThrow();
    const failed = await cli('analysis', 'show', 'paper:failed');
    expect(failed.stdout).toContain('model_unavailable, status 500, server_error');
    expect(failed.stdout).toMatch(/^view: +not finished$/m);
    desk.simulator.play(REPLIES.neutral);
    await desk.ask('neutral');
    expect((await cli('analysis', 'show', 'paper:neutral')).stdout).toMatch(/^view: +neutral$/m);
    await desk.trade('silent');
    expect((await cli('analysis', 'show', 'paper:silent')).stdout).toBe('This trade has asked no language model.\n');
  });
});

describe('analysis repeat', () => {
  it('reports the spread of the answers', async () => {
    const at = [0.4, 0.6, -0.5].map((direction) => (data: Parameters<typeof viewText>[0]) => ({
      kind: 'text' as const,
      text: viewText(data, { direction }),
    }));
    desk.simulator.play(...at, REPLIES.abstain);
    const { code, stdout, stderr } = await cli('analysis', 'repeat', 'paper:asks', '--times', '4', '--key', 'spread');
    expect([code, stderr]).toEqual([0, '0 of 4 answers\n']);
    expect(stdout).toMatch(/^state: +completed, 4 of 4 answers$/m);
    expect(stdout).toMatch(/^agreement: +50 % say the same as most$/m);
    expect(stdout).toMatch(/^long +2$/m);
    expect(stdout).toMatch(/^abstained \(model_abstained\) +1$/m);
    expect(stdout).toMatch(/^direction +-0\.500 +0\.167 +0\.600 +0\.586$/m);
  });

  it('ends with 3 when it was stopped, and when there is nothing to repeat', async () => {
    const halted = await cli('analysis', 'repeat', 'paper:asks', '--times', '1', '--key', 'halted');
    expect(halted).toMatchObject({ code: 3, stderr: expect.stringContaining('stopped') as string });
    const nothing = await cli('analysis', 'repeat', 'paper:silent', '--times', '1');
    expect(nothing).toMatchObject({ code: 3, stderr: expect.stringContaining('nothing to repeat') as string });
    expect((await cli('analysis', 'repeat', 'paper:asks')).code).toBe(2);
  });

  it('of answers without any view says so', async () => {
    desk.simulator.play(REPLIES.abstain);
    const { stdout } = await cli('analysis', 'repeat', 'paper:asks', '--times', '1');
    expect(stdout).toContain('No view among them.');
  });
});

describe('analysis budget', () => {
  it('prints caps and spending', async () => {
    const { code, stdout } = await cli('analysis', 'budget');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^price: +1 USD in, 4 USD out, for a million tokens$/m);
    expect(stdout).toMatch(/^one trade +- +1000 +- +0\.1$/m);
    expect(stdout).toMatch(/^strategy llm, today +\d+ +10000 +[\d.]+ +1$/m);
    expect(stdout).toMatch(/^everything, today +\d+ +20000 +[\d.]+ +2$/m);
  });
});

describe('trade start --strategy llm', () => {
  it('without a key for a model says what is missing', async () => {
    const off = await openTestApi(desk.db.url, { strategies: ['llm'], model: { ...TEST_MODEL, configured: false } });
    const offServer = createServer(off.api.app);
    await new Promise<void>((resolve) => offServer.listen(0, '127.0.0.1', resolve));
    const { port } = offServer.address() as AddressInfo;
    const env = { TRADEWIND_API_URL: `http://127.0.0.1:${port}`, TRADEWIND_API_KEY: off.keys.trader };
    const line = ['trade', 'start', '--instrument', 'US500', '--strategy', 'llm', '--wait'];
    const result = await runCli(line, { env, fetch: (url, init) => fetch(url, init) });
    offServer.closeAllConnections();
    await new Promise((resolve) => offServer.close(resolve));
    await off.close();
    expect(result).toMatchObject({ code: 1, stdout: '' });
    expect(result.stderr).toContain('set OPENAI_API_KEY');
  });
});
