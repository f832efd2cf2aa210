import { haltSignal, tradeWorkflowId } from '../../temporal/messages/trade';
import { startRepeat } from '../../temporal/start-workflows';
import { repeatAnalysisWorkflowId, repeatHaltSignal } from '../../temporal/messages/repeat-analysis';
import { storeRepeat, findRepeat } from '../../database/registry-analyses';
import { REPLIES, viewText } from '../../simulators/llm/replies';
import { ModelStage } from '../support/model-stage';
import { ledgerOf, summary } from '../support/venue-ledger';

describe('a trade that asks a language model', () => {
  let stage: ModelStage;
  beforeAll(async () => {
    stage = await ModelStage.open();
  });
  afterAll(() => stage.close());
  beforeEach(() => stage.simulator.play(REPLIES.trend));

  it('is entered on its view, with the stop that code allows, and its words are not in the history', async () => {
    const tradeId = await stage.start();
    const held = await stage.guarded(tradeId);
    expect(held.signal).toMatchObject({
      kind: 'directional',
      direction: 'long',
      analysis: { id: `${tradeId}/view/1` },
    });
    const stop = held.signal?.kind === 'directional' ? held.signal.stopPrice : '';
    expect(held.orders.find(({ leg }) => leg === 'stop')).toMatchObject({ stopPrice: stop, quantity: '1' });
    expect(await stage.exit(tradeId)).toMatchObject({ outcome: 'completed', outcomeCode: 'operator_exit' });
    expect(summary(await ledgerOf(stage.harness.database, tradeId))).toEqual([
      'entry/1 filled',
      'stop/1 cancelled',
      'exit/1 filled',
    ]);
    const history = await stage.history(tradeWorkflowId(tradeId));
    const [analysis] = await stage.analyses(tradeId);
    expect(history).toContain(analysis?.calls[0]?.answerHash ?? 'no hash');
    for (const words of ['You are an analyst', 'The close stands above', 'test-key', '<data>'])
      expect(history).not.toContain(words);
    expect(analysis?.calls[0]?.response).toContain('The close stands above');
  });

  it('tries again when the endpoint is busy or broken, as late as it asks', async () => {
    stage.simulator.play(REPLIES['429'], REPLIES['500'], REPLIES.trend);
    const tradeId = await stage.start();
    await stage.guarded(tradeId);
    const [analysis] = await stage.analyses(tradeId);
    const attempts = analysis?.calls[0]?.attempts ?? [];
    expect(attempts.map(({ reason }) => reason)).toEqual(['rate_limited', 'model_unavailable', null]);
    const [first, second] = attempts.map(({ sentAt }) => Date.parse(sentAt));
    expect((second ?? 0) - (first ?? 0)).toBeGreaterThanOrEqual(1_000);
    await stage.exit(tradeId);
  });

  it('abstains when every try fails', async () => {
    stage.simulator.play(REPLIES['500']);
    const tradeId = await stage.start();
    expect(await stage.ended(tradeId)).toMatchObject({
      outcome: 'no-trade',
      outcomeCode: 'model_unavailable',
      signal: { kind: 'abstained', analysis: { id: `${tradeId}/view/1` } },
      orders: [],
    });
    expect(stage.simulator.exchanges).toHaveLength(5);
  });

  it('abstains when it is asked to wait longer than it can', async () => {
    stage.simulator.play(() => ({ kind: 'status', status: 429, code: 'rate_limit_exceeded', retryAfter: '3600' }));
    const tradeId = await stage.start();
    expect(await stage.ended(tradeId)).toMatchObject({ outcome: 'no-trade', outcomeCode: 'rate_limited' });
    expect(stage.simulator.exchanges).toHaveLength(1);
  });

  it('abstains when a body hangs at every try', async () => {
    stage.simulator.play(REPLIES.hang);
    const tradeId = await stage.start();
    expect(await stage.ended(tradeId)).toMatchObject({ outcome: 'no-trade', outcomeCode: 'model_timeout' });
    expect(stage.simulator.exchanges.every(({ hungUp }) => hungUp)).toBe(true);
  });

  it.each([
    ['neutral', 'neutral'],
    ['abstain', 'model_abstained'],
    ['refusal', 'refused'],
    ['cut', 'answer_truncated'],
    ['wrong-schema', 'schema_breach'],
    ['unknown-evidence', 'unknown_evidence'],
  ] as const)('sends nothing after the reply %s', async (reply, code) => {
    stage.simulator.play(REPLIES[reply]);
    const tradeId = await stage.start();
    const facts = await stage.ended(tradeId);
    expect(facts).toMatchObject({ outcome: 'no-trade', outcomeCode: code, orders: [] });
    expect(facts.signal?.kind).toBe(code === 'neutral' ? 'neutral' : 'abstained');
  });

  it('is ended by a halt during the call, which is left within seconds', async () => {
    stage.simulator.play((data) => ({ kind: 'slow', ms: 60_000, then: { kind: 'text', text: viewText(data) } }));
    const tradeId = await stage.start();
    await stage.asked(1);
    await stage.harness.handle(tradeId).signal(haltSignal, { epoch: 1, reason: 'a test' });
    expect(await stage.ended(tradeId)).toMatchObject({ outcome: 'halted', signal: null, orders: [] });
    await stage.harness.poll('the call was not left', () =>
      Promise.resolve(stage.simulator.exchanges[0]?.hungUp === true),
    );
    await stage.harness.poll('the attempt was not settled', async () => {
      const [analysis] = await stage.analyses(tradeId);
      const [attempt] = analysis?.calls[0]?.attempts ?? [];
      return attempt?.state !== 'sending' && attempt?.chargedTokens === attempt?.reservedTokens;
    });
  });

  it('may have its question repeated, and the answers lie apart as the model says', async () => {
    const tradeId = await stage.start();
    await stage.guarded(tradeId);
    stage.simulator.play(REPLIES.long, REPLIES.short, REPLIES.abstain, REPLIES.neutral, REPLIES.long);
    const { database, client } = stage.harness;
    await storeRepeat(database, { tradeId, key: 'r', times: 6, createdBy: 'tester' });
    const repeatId = `${tradeId}/repeat/r`;
    await startRepeat(client, { repeatId, times: 6 });
    const handle = client.workflow.getHandle(repeatAnalysisWorkflowId(repeatId));
    await expect(handle.result()).resolves.toEqual({ state: 'completed', answered: 6 });
    const repeat = await findRepeat(database, tradeId, 'r');
    expect(repeat).toMatchObject({ state: 'completed', times: 6 });
    const kinds = repeat?.repetitions.map(({ signal }) =>
      signal.kind === 'directional' ? signal.direction : signal.kind,
    );
    expect(kinds?.sort()).toEqual(['abstained', 'long', 'long', 'long', 'neutral', 'short']);
    const history = await stage.history(repeatAnalysisWorkflowId(repeatId));
    expect(history).toContain(repeatId);
    expect(history).not.toContain('The close stands');
    await stage.exit(tradeId);
  });

  it('lets a halt stop its repeats', async () => {
    const tradeId = await stage.start();
    await stage.guarded(tradeId);
    stage.simulator.play((data) => ({ kind: 'slow', ms: 60_000, then: { kind: 'text', text: viewText(data) } }));
    const { database, client } = stage.harness;
    await storeRepeat(database, { tradeId, key: 'h', times: 9, createdBy: 'tester' });
    const repeatId = `${tradeId}/repeat/h`;
    await startRepeat(client, { repeatId, times: 9 });
    await stage.asked(4);
    const handle = client.workflow.getHandle(repeatAnalysisWorkflowId(repeatId));
    await handle.signal(repeatHaltSignal, { epoch: 2, reason: 'a test' });
    await expect(handle.result()).resolves.toEqual({ state: 'stopped', answered: 0 });
    expect(await findRepeat(database, tradeId, 'h')).toMatchObject({ state: 'stopped', repetitions: [] });
    expect(stage.simulator.exchanges).toHaveLength(4);
    await stage.exit(tradeId);
  });
});

describe('a trade that asks a language model where none is set up', () => {
  it('abstains and says what is missing', async () => {
    const stage = await ModelStage.open({ configured: false });
    try {
      const facts = await stage.ended(await stage.start());
      expect(facts).toMatchObject({ outcome: 'no-trade', outcomeCode: 'model_not_configured', orders: [] });
      expect(stage.simulator.exchanges).toEqual([]);
    } finally {
      await stage.close();
    }
  });
});
