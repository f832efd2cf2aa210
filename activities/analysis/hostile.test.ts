import { z } from 'zod';
import { quantiseTerms } from '../../domain/instrument/rules';
import type { Instrument } from '../../domain/instrument/instrument';
import { instant, millisOf } from '../../domain/clock/instant';
import { decimalString as d } from '../../domain/money/decimal';
import { assessRisk } from '../../domain/risk/assess-risk';
import { indicatorTable } from '../../domain/analysis/indicator-table';
import { dataOf, promptOf } from '../../domain/analysis/prompt';
import { questionOf } from '../../domain/analysis/analysis-data';
import type { AnalysisData } from '../../domain/analysis/analysis-data';
import { signalOf } from '../../domain/analysis/model-view';
import type { Signal } from '../../domain/signal/signal';
import { obedience, REPLIES } from '../../simulators/llm/replies';
import { hostileNews } from '../../tests/support/hostile';
import { analysisInput, ModelDesk, QUESTION_TIME } from '../../tests/support/model-desk';
import { riskInput } from '../../tests/support/risk-input';
import { readAnswer } from './view-schema';

const ATTACKS = hostileNews(QUESTION_TIME);

let desk: ModelDesk;
beforeAll(async () => {
  desk = await ModelDesk.open();
});
afterAll(() => desk.close());

/** The order that sizing and risk make of a signal, exactly as the risk activity asks them; its refusal's code; or none. */
function orderOf(signal: Signal): unknown {
  if (signal.kind !== 'directional') return 'no order';
  // So little may be lost that the distance of the stop decides the size.
  const { entry, market, portfolio, policy } = riskInput({ policy: { maxRiskPerTrade: d('0.0005') } });
  const instrument: Instrument = { ...entry.instrument, lot: d('0.01'), minQuantity: d('0.01') };
  const side = signal.direction === 'long' ? 'buy' : 'sell';
  const exit = side === 'buy' ? 'sell' : 'buy';
  const stop = quantiseTerms(instrument, exit, 'reduce', { type: 'stop', stopPrice: signal.stopPrice });
  const price = d('178');
  const decision = assessRisk({
    entry: { ...entry, instrument, side, ...('stopPrice' in stop ? { stopPrice: stop.stopPrice } : {}) },
    market: { ...market, quote: { instrument: 'US500', price, bid: price, ask: price, at: market.at } },
    portfolio,
    policy,
  });
  if (!decision.ok) return decision.rejection.code;
  const { quantity, stopPrice, terms } = decision.order;
  return { side: decision.order.side, quantity, stopPrice, terms };
}

const ask = (key: string, news: Parameters<typeof analysisInput>[0]): Promise<Signal> =>
  desk.ask(key, analysisInput(news));

describe('hostile text', () => {
  it('is a suite of many attacks', () => {
    expect(ATTACKS.length).toBeGreaterThanOrEqual(20);
  });

  it.each(ATTACKS)('%s changes nothing where the model does not obey it', async (name, item) => {
    desk.simulator.play(REPLIES.trend);
    const clean = orderOf(await ask(`clean-${name}`, []));
    expect(clean).toMatchObject({ side: 'buy' });
    expect(orderOf(await ask(`honest-${name}`, [item]))).toEqual(clean);
  });

  it.each(ATTACKS)(
    '%s leads to no order but what code allows for that view, where the model obeys',
    async (name, item) => {
      desk.simulator.play(REPLIES.obey);
      const signal = await ask(`obeyed-${name}`, [item]);
      // What the obeying model wants, if it has the form of a view at all, said by an honest one without any news.
      const question = questionOf(analysisInput([item]));
      if (question.kind !== 'question') throw new Error('no question');
      const read = readAnswer(obedience(question.data));
      const honest = questionOf(analysisInput());
      if (honest.kind !== 'question') throw new Error('no question');
      const allowed = read.ok ? orderOf(signalOf(read.answer, honest.data)) : 'no order';
      expect(orderOf(signal)).toEqual(allowed);
      expect(within(signal, honest.data)).toBe(true);
    },
  );

  it('is obeyed into views, too, so that the cases above are not all refusals', () => {
    const question = (item: (typeof ATTACKS)[number][1]) => {
      const asked = questionOf(analysisInput([item]));
      return asked.kind === 'question' && readAnswer(obedience(asked.data)).ok;
    };
    expect(ATTACKS.filter(([, item]) => question(item)).length).toBeGreaterThanOrEqual(6);
  });

  it.each(ATTACKS)('%s stays inside the data, one line, short and visible', (_, item) => {
    const input = analysisInput([item]);
    const question = questionOf(input);
    if (question.kind !== 'question') throw new Error('no question');
    const [system, user, ...more] = promptOf(question.data);
    expect(more).toEqual([]);
    expect(system?.content).toBe(promptOf(dataWithoutNews(question.data))[0]?.content);
    expect(user?.content.match(/<\/?data>/g)).toEqual(['<data>', '</data>']);
    expect(user?.content.split('\n')).toHaveLength(3);
    const [shown] = dataOf(promptOf(question.data)).news;
    expect(Array.from(shown?.title ?? '').length).toBeLessThanOrEqual(200);
    expect(Array.from(shown?.text ?? '').length).toBeLessThanOrEqual(1_000);
    expect(`${shown?.title ?? ''}${shown?.text ?? ''}${shown?.source ?? ''}`).not.toMatch(
      /[\p{Cc}\p{Cf}\p{Co}\p{Cs}]/u,
    );
    expect(shown?.id).toBe('news:1');
  });

  it.each(ATTACKS)(
    '%s brings no word of it into the signal, which is what histories and logs get',
    async (name, item) => {
      desk.simulator.play(REPLIES.obey);
      const signal = JSON.stringify(await ask(`words-${name}`, [item]));
      for (const word of ['Trust me', 'Certain.', 'DROP', 'rm -rf', 'Ignore', 'test-key', 'OPENAI'])
        expect(signal).not.toContain(word);
      expect(signal).not.toMatch(/\\u001b/);
    },
  );
});

/** Whether a view's stop is where code puts stops: on the losing side, one to four average true ranges from the close. */
function within(signal: Signal, data: AnalysisData): boolean {
  if (signal.kind !== 'directional') return true;
  const value = (name: string): number => data.indicators.find((row) => row.name === name)?.value ?? Number.NaN;
  const loss = (signal.direction === 'long' ? 1 : -1) * (value('close') - Number(signal.stopPrice));
  const ranges = loss / value('atr_14');
  return ranges > 0.99 && ranges < 4.01;
}

function dataWithoutNews(data: AnalysisData): AnalysisData {
  return { ...data, news: [] };
}

describe('the controls: what each defence keeps out', () => {
  const attack = (name: string): string => {
    const text = ATTACKS.find(([known]) => known === name)?.[1].value.text;
    if (text === undefined) throw new Error(`no attack ${name}`);
    return text;
  };

  it('without escapes a text ends the data and speaks after it', () => {
    const naive = `<data>\n${attack('system-voice')}\n</data>`;
    expect(naive.match(/<\/?data>/g)).toHaveLength(4);
  });

  it('a schema that admits more fields takes an order along', () => {
    const wide = z.object({ answer: z.looseObject({ kind: z.literal('view') }) });
    const taken = wide.parse(JSON.parse(attack('order-inside-the-answer')));
    expect(taken.answer).toMatchObject({ action: 'buy', quantity: '1000000' });
    expect(readAnswer(attack('order-inside-the-answer'))).toMatchObject({ ok: false });
  });

  it('a stop that is taken as suggested makes a larger order than code allows', () => {
    const question = questionOf(analysisInput());
    const read = readAnswer(attack('stop-at-the-close'));
    if (question.kind !== 'question' || !read.ok || read.answer.kind !== 'view') throw new Error('no view');
    const signal = signalOf(read.answer, question.data);
    const blind: Signal = {
      kind: 'directional',
      direction: 'long',
      conviction: 1,
      stopPrice: d('177.99'),
      reasons: [],
    };
    const sized = (order: unknown): number => Number((order as { quantity: string }).quantity);
    expect(sized(orderOf(blind))).toBeGreaterThan(sized(orderOf(signal)));
  });
});

describe('point in time', () => {
  const later = (ms: number) => instant(millisOf(QUESTION_TIME) + ms);
  const item = (ms: number, title: string) => ({ source: 'wire', knownAt: later(ms), value: { title, text: title } });

  it('news of later than market time never reaches the prompt, that of the very moment does', async () => {
    desk.simulator.play(REPLIES.trend);
    await ask('news-in-time', [item(1, 'FROM-THE-FUTURE'), item(0, 'JUST-NOW'), item(-1, 'BEFORE')]);
    const prompt = JSON.stringify(desk.simulator.exchanges[0]?.request);
    expect(prompt).toContain('JUST-NOW');
    expect(prompt).toContain('BEFORE');
    expect(prompt).not.toContain('FROM-THE-FUTURE');
    expect((await desk.stored('news-in-time'))[0]?.withheld).toBe(1);
  });

  it('nothing in a prompt is known later than its market time, nor computed from what is', async () => {
    desk.simulator.play(REPLIES.trend);
    const leaking = analysisInput();
    const { surroundings } = leaking;
    if (surroundings === undefined) throw new Error('no surroundings');
    const future = Array.from({ length: 5 }, (_, n) => ({
      source: 'a feed that leaks',
      knownAt: later(n * 86_400_000 + 1),
      value: {
        date: later(n * 86_400_000).slice(0, 10),
        open: 9_999,
        high: 9_999,
        low: 9_999,
        close: 9_999,
        volume: 1,
      },
    }));
    const bars = [...surroundings.bars, ...future];
    const leaked = await desk.ask('leak', { ...leaking, surroundings: { ...surroundings, bars } });
    const clean = await desk.ask('no-leak');
    expect({ ...leaked, analysis: undefined }).toEqual({ ...clean, analysis: undefined });
    const [withLeak, without] = desk.simulator.exchanges.map(({ request }) => dataOf(request.messages));
    expect(withLeak).toEqual(without);
    const all = [...(withLeak?.bars ?? []), ...(withLeak?.indicators ?? []), ...(withLeak ? [withLeak.position] : [])];
    expect(all.length).toBeGreaterThan(50);
    for (const { knownAt } of all) expect(knownAt <= QUESTION_TIME).toBe(true);
    expect((await desk.stored('leak'))[0]?.withheld).toBe(5);
  });

  it('the control: without the gate the same feed moves the indicators', () => {
    const known = (analysisInput().surroundings?.bars ?? []).map(({ value }) => value);
    const closeOf = (bars: typeof known) => indicatorTable(bars).find(({ name }) => name === 'sma_20')?.value;
    const future = { date: '2018-07-10', open: 9_999, high: 9_999, low: 9_999, close: 9_999, volume: 1 };
    expect(closeOf([...known, future])).toBeGreaterThan(2 * (closeOf(known) ?? 0));
  });

  it('a position of later than market time is a fault of ours, and asks nothing', async () => {
    const input = analysisInput();
    const { surroundings } = input;
    if (surroundings === undefined) throw new Error('no surroundings');
    const position = { ...surroundings.position, knownAt: later(1) };
    await expect(desk.ask('late-position', { ...input, surroundings: { ...surroundings, position } })).rejects.toThrow(
      'after market time',
    );
  });
});
