import { AnalysisStore } from '../database/analyses';
import { REPLIES } from '../simulators/llm/replies';
import { expectContract, openTestApi, TEST_MODEL, type TestApi } from '../tests/support/api';
import { analysisInput, ModelDesk } from '../tests/support/model-desk';

let desk: ModelDesk;
let test: TestApi;
beforeAll(async () => {
  desk = await ModelDesk.open();
  test = await openTestApi(desk.db.url, { strategies: ['technical', 'llm'] });
});
afterAll(async () => {
  await test.close();
  await desk.close();
});

const repeats = '/v1/trades/paper:asks/analysis/repeats';

describe('what a trade asked a model', () => {
  it('is shown word by word, with tokens and cost', async () => {
    desk.simulator.play(REPLIES['wrong-schema'], REPLIES.long);
    await desk.ask('asks');
    const response = await test.as('viewer').get('/v1/trades/paper:asks/analysis').expect(200);
    expectContract('showAnalysis', response);
    const { items } = response.body as { items: { tokens: number; calls: { prompt: object[]; response: string }[] }[] };
    expect(items).toHaveLength(1);
    expect(items[0]).toMatchObject({
      id: 'paper:asks/view/1',
      signal: { direction: 'long' },
      answer: { direction: 0.6 },
    });
    expect(items[0]?.calls.map(({ prompt }) => prompt.length)).toEqual([2, 4]);
    expect(items[0]?.calls[1]?.response).toContain('"direction":0.6');
    expect(items[0]?.tokens).toBeGreaterThan(0);
  });

  it('is nothing for a trade that asked none, and not found for one that is not there', async () => {
    await desk.trade('silent');
    const response = await test.as('viewer').get('/v1/trades/paper:silent/analysis').expect(200);
    expect(response.body).toEqual({ items: [], nextCursor: null });
    await test.as('viewer').get('/v1/trades/paper:unheard-of/analysis').expect(404);
  });

  it('is shown while it is not finished', async () => {
    desk.simulator.play(REPLIES['500']);
    await expect(desk.ask('open')).rejects.toThrow();
    const response = await test.as('viewer').get('/v1/trades/paper:open/analysis').expect(200);
    expectContract('showAnalysis', response);
    expect(response.body).toMatchObject({ items: [{ signal: null, answer: null, finishedAt: null }] });
  });
});

describe('a repeat', () => {
  const ask = (key: string, times: unknown, path = repeats) =>
    test.as('trader').post(path).set('Idempotency-Key', key).send({ times });

  it('is stored once for its key and started, and shows what came so far', async () => {
    const response = await ask('first', 3).expect(202);
    expectContract('repeatAnalysis', response);
    expect(response.headers['location']).toBe(`${repeats}/first`);
    expect(response.body).toMatchObject({
      id: 'paper:asks/repeat/first',
      times: 3,
      state: 'running',
      spread: { answers: 0 },
    });
    await ask('first', 3).expect(202);
    expect(test.trades.repeated).toEqual(['paper:asks/repeat/first', 'paper:asks/repeat/first']);
    expect((await ask('first', 4).expect(409)).body).toMatchObject({ code: 'idempotency_conflict' });
    const shown = await test.as('viewer').get(`${repeats}/first`).expect(200);
    expectContract('showRepeat', shown);
    await test.as('viewer').get(`${repeats}/other`).expect(404);
  });

  it('says how far the answers lie apart', async () => {
    await ask('spread', 2).expect(202);
    desk.simulator.play(REPLIES.long, REPLIES.abstain);
    const store = new AnalysisStore(desk.db.database);
    const { repeat, asked } = await store.questionOf('paper:asks/repeat/spread');
    const { signal } = new AbortController();
    for (const n of [1, 2]) await desk.analyst().repeat(repeat, asked, n, signal);
    await store.endRepeat(repeat.id, 'completed');
    const shown = await test.as('viewer').get(`${repeats}/spread`).expect(200);
    expectContract('showRepeat', shown);
    expect(shown.body).toMatchObject({
      state: 'completed',
      spread: { answers: 2, long: 1, abstained: { model_abstained: 1 }, agreement: 0.5 },
    });
    const before = test.trades.repeated.length;
    await ask('spread', 2).expect(202);
    expect(test.trades.repeated).toHaveLength(before);
  });

  it('of a trade that asked nothing is refused, and so is a wrong number', async () => {
    await desk.trade('mute');
    const refused = await ask('x', 2, '/v1/trades/paper:mute/analysis/repeats').expect(409);
    expect(refused.body).toMatchObject({ code: 'no_analysis' });
    for (const times of [0, 101, 1.5, '3'])
      expect((await ask('y', times).expect(422)).body).toMatchObject({ code: 'invalid_request' });
    await test.as('trader').post(repeats).send({ times: 1 }).expect(400);
    await test.as('viewer').post(repeats).send({ times: 1 }).expect(403);
  });

  it('waits for Temporal to be back', async () => {
    test.trades.reachable = false;
    const response = await ask('later', 2).expect(503);
    expect(response.headers['retry-after']).toBeDefined();
    test.trades.reachable = true;
    await ask('later', 2).expect(202);
  });
});

describe('without a key for a model', () => {
  let off: TestApi;
  beforeAll(async () => {
    off = await openTestApi(desk.db.url, {
      strategies: ['technical', 'llm'],
      model: { ...TEST_MODEL, configured: false },
    });
  });
  afterAll(() => off.close());

  it('a trade that would ask one is refused, and nothing is stored; the answer says what is missing', async () => {
    const body = { account: 'paper', instrument: 'US500', strategy: 'llm' };
    const response = await off.as('trader').post('/v1/trades').set('Idempotency-Key', 'off').send(body).expect(422);
    expectContract('startTrade', response);
    expect(response.body).toMatchObject({
      code: 'strategy_unavailable',
      detail: expect.stringContaining('OPENAI_API_KEY') as string,
    });
    await off.as('viewer').get('/v1/trades/paper:off').expect(404);
    await test.as('trader').post('/v1/trades').set('Idempotency-Key', 'on').send(body).expect(201);
  });

  it('a repeat is refused too', async () => {
    const response = await off.as('trader').post(repeats).set('Idempotency-Key', 'z').send({ times: 1 }).expect(422);
    expect(response.body).toMatchObject({ code: 'strategy_unavailable' });
  });
});

describe('the budget', () => {
  it('shows caps, what is spent today, and what of that is uncertain', async () => {
    await desk.db.database.query('TRUNCATE model_attempts, model_calls, analyses, analysis_repeats');
    desk.simulator.play(REPLIES.long, REPLIES.cut);
    await desk.ask('certain');
    await desk.ask('uncertain', analysisInput());
    const response = await test.as('viewer').get('/v1/analysis/budget').expect(200);
    expectContract('showBudget', response);
    const { spent, ...rest } = response.body as {
      spent: { tokens: number; uncertain: { tokens: number }; strategies: object[] };
    };
    expect(rest).toMatchObject({ caps: TEST_MODEL.caps, model: { name: 'test-model', configured: true } });
    expect(spent.tokens).toBeGreaterThan(spent.uncertain.tokens);
    expect(spent.uncertain.tokens).toBeGreaterThan(0);
    expect(spent.strategies).toMatchObject([{ strategy: 'llm', tokens: spent.tokens }]);
  });
});
