import { REPLIES, viewText } from '../../simulators/llm/replies';
import type { Scripted } from '../../simulators/llm/replies';
import { instant, millisOf } from '../../domain/clock/instant';
import { decimalString as d } from '../../domain/money/decimal';
import { AnalysisStore } from '../../database/analyses';
import { analysisInput, ModelDesk, QUESTION_TIME, TERMS } from '../../tests/support/model-desk';
import { ModelCallAborted, ModelFailed, sha256 } from './call-model';

let desk: ModelDesk;
beforeAll(async () => {
  desk = await ModelDesk.open();
});
afterAll(() => desk.close());
beforeEach(async () => {
  desk.simulator.play(REPLIES.trend);
  await desk.db.database.query('TRUNCATE model_attempts, model_calls, analyses, analysis_repeats');
});

const later = (seconds: number) =>
  analysisInput([], { marketTime: instant(millisOf(QUESTION_TIME) + seconds * 1_000) });

describe('an analysis by a model', () => {
  it('is a signal of our own words, with a reference to the words of the model', async () => {
    const signal = await desk.ask('view');
    expect(signal).toMatchObject({
      kind: 'directional',
      direction: 'long',
      conviction: 0.7,
      horizonDays: 5,
      analysis: { id: 'paper:view/view/1', model: 'test-model', hindsight: 'none' },
    });
    expect(signal.reasons).toHaveLength(2);
    expect(signal.reasons[0]).toBe(
      'The model sees a rise: direction 0.60, conviction 0.70, for 5 trading days, with 2 reasons.',
    );
    expect(JSON.stringify(signal)).not.toContain('50-day average');
  });

  it('is kept word by word, with tokens, cost and time', async () => {
    const signal = await desk.ask('kept');
    const [analysis, ...more] = await desk.stored('kept');
    expect(more).toEqual([]);
    expect(analysis).toMatchObject({ signal, withheld: 0, promptVersion: '1', marketAt: QUESTION_TIME });
    expect(analysis?.answer).toMatchObject({
      kind: 'view',
      reasons: [{ evidence: ['indicator:close', 'indicator:sma_50'] }, {}],
    });
    const [call] = analysis?.calls ?? [];
    expect(call?.prompt).toEqual(desk.simulator.exchanges[0]?.request.messages);
    const [, json = ''] = /<data>\n(.*)\n<\/data>/.exec(call?.prompt[1]?.content ?? '') ?? [];
    expect(analysis?.dataHash).toBe(sha256(json));
    expect(call).toMatchObject({
      purpose: 'ask',
      parameters: { temperature: 0, maxOutputTokens: 500 },
      finish: 'stop',
      answeredBy: 'test-model',
    });
    expect(call?.answerHash).toBe(signal.analysis?.answerHash);
    const [attempt] = call?.attempts ?? [];
    expect(attempt).toMatchObject({
      n: 1,
      state: 'answered',
      chargedTokens: analysis?.tokens,
      chargedCost: analysis?.cost,
    });
    const { inputTokens, outputTokens, reservedTokens } = attempt ?? {};
    expect((inputTokens ?? 0) + (outputTokens ?? 0)).toBe(analysis?.tokens);
    expect(reservedTokens).toBeGreaterThan(analysis?.tokens ?? Infinity);
    expect(Number(analysis?.cost)).toBeCloseTo(((inputTokens ?? 0) * 1 + (outputTokens ?? 0) * 4) / 1e6, 12);
  });

  it('of the same question is answered from the store, while its validity lasts in market time', async () => {
    const first = await desk.ask('again');
    const occasion = { tradeId: 'paper:again', abort: new AbortController().signal };
    expect(await desk.analyst().analyse(later(899), occasion)).toEqual(first);
    expect(desk.simulator.exchanges).toHaveLength(1);
    const fresh = await desk.analyst().analyse(later(901), occasion);
    expect(fresh.analysis?.id).toBe('paper:again/view/2');
    expect(desk.simulator.exchanges).toHaveLength(2);
  });

  it('that was not finished is asked afresh after an upgrade of the prompt or another model', async () => {
    desk.simulator.play(REPLIES['500'], REPLIES.trend);
    await expect(desk.ask('upgraded')).rejects.toThrow(ModelFailed);
    const occasion = { tradeId: 'paper:upgraded', abort: new AbortController().signal };
    const analyst = desk.analyst({ terms: { ...TERMS, model: 'other' } });
    expect((await analyst.analyse(analysisInput(), occasion)).analysis).toMatchObject({
      id: 'paper:upgraded/view/2',
      model: 'other',
    });
  });

  it('needs to know the trade that asks', async () => {
    await expect(desk.analyst().analyse(analysisInput())).rejects.toThrow('the trade that asks');
  });

  it('is told from neutral, and carries a warning where the model may know the future', async () => {
    desk.simulator.play(REPLIES.neutral);
    const known = await desk.ask('knows', analysisInput(), desk.analyst({ trainingCutoff: '2024-06-01' }));
    expect(known).toMatchObject({ kind: 'neutral', analysis: { hindsight: 'possible' } });
    expect(known.reasons.at(-1)).toBe(
      "Hindsight is possible: the model's training reaches to 2024-06-01, market time is 2018-07-10.",
    );
    const unknown = await desk.ask('unsaid', analysisInput(), desk.analyst({ trainingCutoff: undefined }));
    expect(unknown.analysis?.hindsight).toBe('unknown');
    expect(unknown.reasons.at(-1)).toContain('cannot be excluded');
  });
});

describe('an abstention, never a neutral view, is what comes of', () => {
  it.each<[what: string, code: string, calls: number, script: readonly Scripted[]]>([
    ['a model that abstains', 'model_abstained', 1, [REPLIES.abstain]],
    ['a refusal', 'refused', 1, [REPLIES.refusal]],
    ['an empty answer', 'empty_answer', 1, [REPLIES.empty]],
    ['an answer that ends at the limit of tokens', 'answer_truncated', 1, [REPLIES.length]],
    ['a cut line', 'answer_truncated', 1, [REPLIES.cut]],
    ['evidence that was not shown', 'unknown_evidence', 1, [REPLIES['unknown-evidence']]],
    ['a breach of the schema, twice', 'schema_breach', 2, [REPLIES['wrong-schema']]],
    ['no JSON, twice', 'schema_breach', 2, [REPLIES['no-json']]],
    ['a repair that is refused', 'refused', 2, [REPLIES['no-json'], REPLIES.refusal]],
    ['a wrong key', 'endpoint_rejected', 1, [REPLIES['401']]],
    ['an account without credit', 'quota_exhausted', 1, [REPLIES.quota]],
  ])('%s', async (what, code, calls, script) => {
    const key = what.replace(/[^a-z]/g, '-');
    desk.simulator.play(...script);
    const signal = await desk.ask(key);
    expect(signal).toMatchObject({ kind: 'abstained', code });
    expect(desk.simulator.exchanges).toHaveLength(calls);
    expect((await desk.stored(key))[0]?.signal).toEqual(signal);
  });

  it('too few bars, broken bars and a price that stands still: nothing is asked', async () => {
    const good = analysisInput();
    const bars = good.surroundings?.bars ?? [];
    const shown = (changed: typeof bars) =>
      good.surroundings === undefined ? good : { ...good, surroundings: { ...good.surroundings, bars: changed } };
    const still = bars.map((bar) => ({ ...bar, value: { ...bar.value, open: 5, high: 5, low: 5, close: 5 } }));
    expect(await desk.ask('few', shown(bars.slice(0, 249)))).toMatchObject({ code: 'too_few_bars' });
    expect(await desk.ask('broken', shown([...bars].reverse()))).toMatchObject({ code: 'bad_bars' });
    expect(await desk.ask('still', shown(still))).toMatchObject({ code: 'flat_prices' });
    expect(desk.simulator.exchanges).toHaveLength(0);
  });
});

describe('a breach of the schema', () => {
  it('is repaired once, with what was wrong', async () => {
    desk.simulator.play(REPLIES['wrong-schema'], REPLIES.short);
    expect(await desk.ask('repaired')).toMatchObject({ kind: 'directional', direction: 'short' });
    const [first, second] = desk.simulator.exchanges.map(({ request }) => request.messages);
    expect(second?.slice(0, 2)).toEqual(first);
    expect(second?.[2]).toMatchObject({
      role: 'assistant',
      content: expect.stringContaining('buy everything') as string,
    });
    expect(second?.[3]?.content).toContain('answer.direction: Too big');
    const [analysis] = await desk.stored('repaired');
    expect(analysis?.calls.map(({ purpose }) => purpose)).toEqual(['ask', 'repair']);
  });
});

describe('a failure that may pass', () => {
  it.each<[string, Scripted, string, number | null, 'nothing' | 'the most']>([
    ['too many requests', REPLIES['429'], 'rate_limited', 1_000, 'nothing'],
    ['an error of the server', REPLIES['500'], 'model_unavailable', null, 'nothing'],
    ['a body that hangs', REPLIES.hang, 'model_timeout', null, 'the most'],
    ['an answer that is too slow', REPLIES.slow, 'model_timeout', null, 'the most'],
  ])('%s is thrown for another try, and charged %5$s', async (what, reply, reason, retryAfterMs, charge) => {
    const key = what.replace(/[^a-z]/g, '-');
    desk.simulator.play(reply, REPLIES.trend);
    await expect(desk.ask(key)).rejects.toMatchObject({ reason, retryAfterMs });
    const [attempt] = (await desk.stored(key))[0]?.calls[0]?.attempts ?? [];
    expect(attempt).toMatchObject({ state: 'failed', reason });
    expect(attempt?.chargedTokens).toBe(charge === 'nothing' ? 0 : attempt?.reservedTokens);

    const occasion = { tradeId: `paper:${key}`, abort: new AbortController().signal };
    expect(await desk.analyst().analyse(analysisInput(), occasion)).toMatchObject({ kind: 'directional' });
    const [analysis] = await desk.stored(key);
    expect(analysis?.calls[0]?.attempts.map(({ state }) => state)).toEqual(['failed', 'answered']);
  });

  it('can be given up, and then it stays so', async () => {
    desk.simulator.play(REPLIES['500'], REPLIES.trend);
    await expect(desk.ask('given-up')).rejects.toThrow(ModelFailed);
    const given = { kind: 'abstained', code: 'model_unavailable', reasons: [] } as const;
    const signal = await desk.analyst().giveUpTrade('paper:given-up', QUESTION_TIME, given);
    expect(signal).toMatchObject({ ...given, analysis: { id: 'paper:given-up/view/1' } });
    const occasion = { tradeId: 'paper:given-up', abort: new AbortController().signal };
    expect(await desk.analyst().analyse(analysisInput(), occasion)).toEqual(signal);
    expect(await desk.analyst().giveUpTrade('paper:unheard-of', QUESTION_TIME, given)).toEqual(given);
  });
});

describe('a call that nobody wants any more', () => {
  it('is left at once and keeps its reservation: it may have been paid for', async () => {
    desk.simulator.play(REPLIES.hang);
    const abort = new AbortController();
    const tradeId = await desk.trade('left');
    const asked = desk.analyst().analyse(analysisInput(), { tradeId, abort: abort.signal });
    while (desk.simulator.exchanges.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    abort.abort();
    await expect(asked).rejects.toThrow(ModelCallAborted);
    const [attempt] = (await desk.stored('left'))[0]?.calls[0]?.attempts ?? [];
    expect(attempt).toMatchObject({ state: 'lost', reason: 'aborted' });
    expect(attempt?.chargedTokens).toBe(attempt?.reservedTokens);
  });
});

describe('two workers on one call', () => {
  it('come to the answer that was stored first, whoever brought it', async () => {
    desk.simulator.play(
      (data) => ({ kind: 'slow', ms: 400, then: { kind: 'text', text: viewText(data, { direction: -0.9 }) } }),
      REPLIES.long,
    );
    const tradeId = await desk.trade('twice');
    const abort = new AbortController().signal;
    const slow = desk.analyst().analyse(analysisInput(), { tradeId, abort });
    while (desk.simulator.exchanges.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    const fast = await desk.analyst().analyse(analysisInput(), { tradeId, abort });
    expect(fast).toMatchObject({ direction: 'long' });
    expect(await slow).toEqual(fast);
    const [analysis] = await desk.stored('twice');
    expect(analysis?.calls[0]?.attempts.map(({ state }) => state)).toEqual(['answered', 'answered']);
  });
});

describe('a text that PostgreSQL does not take', () => {
  it('is stored with what stands in for it', async () => {
    desk.simulator.play(() => ({ kind: 'text', text: 'a\u0000b' }), REPLIES.abstain);
    expect(await desk.ask('odd')).toMatchObject({ code: 'model_abstained' });
    expect((await desk.stored('odd'))[0]?.calls[0]?.response).toBe('a\uFFFDb');
  });

  it('hidden in an escape is cleaned before it is kept', async () => {
    desk.simulator.play(() => ({ kind: 'text', text: '{"answer":{"kind":"abstention","reason":"a\\u0000b\\ud800"}}' }));
    expect(await desk.ask('escaped')).toMatchObject({ code: 'model_abstained' });
    expect((await desk.stored('escaped'))[0]?.answer).toEqual({ kind: 'abstention', reason: 'a b' });
  });
});

describe('the budget', () => {
  const one = { tokens: 14_000, cost: d('1') };
  const wide = TERMS.caps.day;
  /** Tokens that pay for some of twenty analyses, and not for all. */
  const MANY = 40_000;

  it.each(['trade', 'strategy', 'day'] as const)(
    'refuses a call that could exceed the tokens of the %s',
    async (scope) => {
      const caps = { ...TERMS.caps, [scope]: { tokens: 1_000, cost: d('10') } };
      const signal = await desk.ask(`tokens-${scope}`, analysisInput(), desk.analyst({ terms: { ...TERMS, caps } }));
      expect(signal).toMatchObject({ kind: 'abstained', code: 'budget' });
      expect(signal.reasons[1]).toMatch(
        new RegExp(`^The cap of the ${scope} is 1000 tokens; 0 are spent, and the call could take \\d+\\.$`),
      );
      expect(desk.simulator.exchanges).toHaveLength(0);
    },
  );

  it.each(['trade', 'strategy', 'day'] as const)(
    'refuses a call that could exceed the money of the %s',
    async (scope) => {
      const caps = { ...TERMS.caps, [scope]: { tokens: 1_000_000, cost: d('0.001') } };
      const signal = await desk.ask(`money-${scope}`, analysisInput(), desk.analyst({ terms: { ...TERMS, caps } }));
      expect(signal).toMatchObject({ kind: 'abstained', code: 'budget' });
      expect(signal.reasons[1]).toContain(`The cap of the ${scope} is 0.001 USD`);
    },
  );

  it('of a trade counts its own calls, that of the day everybody’s', async () => {
    const analyst = desk.analyst({ terms: { ...TERMS, caps: { trade: one, strategy: wide, day: wide } } });
    expect(await desk.ask('own-1', analysisInput(), analyst)).toMatchObject({ kind: 'directional' });
    expect(await desk.ask('own-2', analysisInput(), analyst)).toMatchObject({ kind: 'directional' });
    const daily = desk.analyst({ terms: { ...TERMS, caps: { trade: wide, strategy: wide, day: one } } });
    expect(await desk.ask('own-3', analysisInput(), daily)).toMatchObject({ code: 'budget' });
  });

  it('is never exceeded by twenty analyses at once, nor by their retries', async () => {
    const cap = { tokens: MANY, cost: d('10') };
    desk.simulator.play(...Array.from({ length: 4 }, () => REPLIES['500']), (data) => ({
      kind: 'slow',
      ms: 200,
      then: { kind: 'text', text: viewText(data) },
    }));
    const analyst = desk.analyst({ terms: { ...TERMS, caps: { trade: wide, strategy: wide, day: cap } } });
    const seen: number[] = [];
    const watch = setInterval(() => void desk.charged().then(({ tokens }) => seen.push(tokens)), 20);
    const insist = async (key: string) => {
      const tradeId = await desk.trade(key);
      for (;;) {
        try {
          return await analyst.analyse(analysisInput(), { tradeId, abort: new AbortController().signal });
        } catch (error) {
          if (!(error instanceof ModelFailed)) throw error;
        }
      }
    };
    const signals = await Promise.all(Array.from({ length: 20 }, (_, n) => insist(`many-${n}`)));
    clearInterval(watch);
    const views = signals.filter(({ kind }) => kind === 'directional').length;
    const refused = signals.filter((signal) => signal.kind === 'abstained' && signal.code === 'budget').length;
    expect([views > 0, refused > 0, views + refused]).toEqual([true, true, 20]);
    expect(Math.max(...seen)).toBeLessThanOrEqual(cap.tokens);
    expect((await desk.charged()).tokens).toBeLessThanOrEqual(cap.tokens);
    expect(desk.simulator.exchanges.filter(({ reply }) => reply.kind !== 'status')).toHaveLength(views);
  });

  it('would be exceeded if each asked what is spent and then sent: the control', async () => {
    const spend = async (): Promise<boolean> => {
      const { tokens } = await desk.charged();
      if (tokens + 13_000 > MANY) return false;
      await desk.ask(`control-${Math.random().toString(36).slice(2, 10)}`);
      return true;
    };
    desk.simulator.play((data) => ({ kind: 'slow', ms: 200, then: { kind: 'text', text: viewText(data) } }));
    await Promise.all(Array.from({ length: 20 }, spend));
    expect((await desk.charged()).tokens).toBeGreaterThan(MANY);
  });
});

describe('a repetition', () => {
  async function repeat(key: string): Promise<string> {
    const id = `paper:${key}/repeat/r1`;
    await desk.db.database.query(
      `INSERT INTO analysis_repeats (id, trade_id, key, times, created_by) VALUES ($1, $2, 'r1', 3, 'tester')`,
      [id, `paper:${key}`],
    );
    return id;
  }

  it('asks the very question of the trade, pays each time, and is asked once by its number', async () => {
    await desk.ask('repeated');
    const store = new AnalysisStore(desk.db.database);
    const { repeat: row, asked } = await store.questionOf(await repeat('repeated'));
    const caps = { ...TERMS.caps, trade: { tokens: 1, cost: d('0') } };
    const analyst = desk.analyst({ terms: { ...TERMS, caps } });
    const { signal } = new AbortController();
    for (const n of [1, 2, 2]) {
      expect((await analyst.repeat(row, asked, n, signal)).analysis?.id).toBe(`paper:repeated/repeat/r1/${n}`);
    }
    const prompts = desk.simulator.exchanges.map(({ request }) => JSON.stringify(request.messages));
    expect(prompts).toHaveLength(3);
    expect(new Set(prompts).size).toBe(1);
    expect(await desk.stored('repeated')).toHaveLength(1);
  });
});
