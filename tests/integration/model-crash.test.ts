import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { PROJECT_ROOT } from '../../config/project';
import { MODEL_FAILPOINTS } from '../../activities/analysis/failpoints';
import { nodeArguments } from '../../infra/local/node-service';
import { freePort } from '../../infra/local/ports';
import { REPLIES, viewText } from '../../simulators/llm/replies';
import { ModelStage } from '../support/model-stage';

/**
 * The worker that asks the model is a process of its own, as in an installation, and dies by SIGKILL at a point of the
 * call. Another one, in this process, takes over when the first one's heartbeats are missed.
 */
describe('a worker that is killed while it asks a model', () => {
  let stage: ModelStage;
  const children: ChildProcess[] = [];
  beforeAll(async () => {
    stage = await ModelStage.open({ roles: ['trade', 'orders'] });
  });
  afterAll(async () => {
    for (const child of children) child.kill('SIGKILL');
    await stage.close();
  });

  /** A worker process for analyses, as the product starts it; it takes work as soon as it is ready. */
  async function workerProcess(failpoints: string): Promise<ChildProcess> {
    const port = await freePort();
    const child = spawn(process.execPath, [...nodeArguments('workers/main'), '--roles=analysis'], {
      cwd: PROJECT_ROOT,
      stdio: 'ignore',
      env: {
        PATH: process.env['PATH'],
        HOME: process.env['HOME'],
        DATABASE_URL: stage.databaseUrl,
        TEMPORAL_ADDRESS: process.env['TEST_TEMPORAL_ADDRESS'],
        TEMPORAL_NAMESPACE: stage.harness.namespace,
        OPENAI_BASE_URL: stage.simulator.baseUrl,
        OPENAI_API_KEY: 'test-key',
        OPENAI_MODEL: 'test-model',
        MODEL_INPUT_PRICE: '1',
        MODEL_OUTPUT_PRICE: '4',
        MODEL_MAX_OUTPUT_TOKENS: '500',
        WORKERS_PORT: String(port),
        FAILPOINTS: failpoints,
      },
    });
    children.push(child);
    return child;
  }

  /** Lets a trade ask through a process that dies so; answers what was paid for, and what came of it. */
  async function killed(failpoints: string, kill?: (child: ChildProcess) => Promise<void>) {
    const child = await workerProcess(failpoints);
    const died = once(child, 'exit');
    const tradeId = await stage.start();
    if (kill) await kill(child);
    const [, signal] = (await died) as [number | null, string | null];
    const asked = stage.simulator.exchanges.length;
    const successor = await stage.work(['analysis']);
    const facts = await stage.guarded(tradeId);
    await stage.exit(tradeId);
    await successor.stop();
    return { tradeId, signal, asked, facts, all: stage.simulator.exchanges.length };
  }

  const analyses = async (tradeId: string) => {
    const [analysis, ...more] = await stage.analyses(tradeId);
    expect(more).toEqual([]);
    return analysis;
  };

  /** Calls that had been made when the process died there; one more is needed where the answer was not stored. */
  const CALLS: Readonly<Record<(typeof MODEL_FAILPOINTS)[number], readonly [before: number, all: number]>> = {
    'before-analysis-opened': [0, 1],
    'before-model-reserved': [0, 1],
    'after-model-reserved': [0, 1],
    'after-model-answered': [1, 2],
    'after-model-settled': [1, 1],
    'after-analysis-finished': [1, 1],
  };

  it.each([...MODEL_FAILPOINTS, 'before-analysis-stored'] as const)(
    'at %s pays at most one call more than needed, and comes to the same view',
    async (failpoint) => {
      stage.simulator.play(REPLIES.long);
      const { tradeId, signal, asked, facts, all } = await killed(failpoint);
      expect(signal).toBe('SIGKILL');
      expect([asked, all]).toEqual(failpoint === 'before-analysis-stored' ? [1, 1] : CALLS[failpoint]);
      const analysis = await analyses(tradeId);
      expect(facts.signal).toEqual(analysis?.signal);
      expect(facts.signal).toMatchObject({ kind: 'directional', direction: 'long', stopPrice: '2744.95' });
      const attempts = analysis?.calls.flatMap((call) => call.attempts) ?? [];
      expect(attempts.map(({ state }) => state).filter((state) => state === 'answered')).toHaveLength(1);
      // What nobody saw the end of stays reserved: it may have been paid for.
      for (const lost of attempts.filter(({ state }) => state === 'lost'))
        expect(lost.chargedTokens).toBe(lost.reservedTokens);
      expect(attempts.filter(({ state }) => state === 'sending')).toEqual([]);
      const prompts = stage.simulator.exchanges.map(({ request }) => JSON.stringify(request.messages));
      expect(new Set(prompts).size).toBe(1);
    },
    120_000,
  );

  it('in the middle of an answer pays one call more', async () => {
    stage.simulator.play(
      (data) => ({ kind: 'slow', ms: 60_000, then: { kind: 'text', text: viewText(data) } }),
      REPLIES.long,
    );
    const { tradeId, signal, asked, all } = await killed('', async (child) => {
      await stage.asked(1);
      child.kill('SIGKILL');
    });
    expect([signal, asked, all]).toEqual(['SIGKILL', 1, 2]);
    const attempts = (await analyses(tradeId))?.calls.flatMap((call) => call.attempts) ?? [];
    expect(attempts.map(({ state }) => state)).toEqual(['lost', 'answered']);
  });
});
