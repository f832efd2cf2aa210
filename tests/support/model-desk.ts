import type { ModelTerms } from '../../activities/analysis/call-model';
import { ModelAnalyst } from '../../activities/analysis/model-analyst';
import { AnalysisStore } from '../../database/analyses';
import { analysesOfTrade } from '../../database/registry-analyses';
import type { AnalysisRow } from '../../database/registry-analyses';
import { instant, millisOf } from '../../domain/clock/instant';
import type { Instant } from '../../domain/clock/instant';
import { decimalString as d } from '../../domain/money/decimal';
import type { AnalysisInput, Bar, Known, NewsItem, Signal } from '../../domain/signal/signal';
import { OpenAiModel } from '../../models/openai/openai-model';
import { LlmSimulator } from '../../simulators/llm/llm-simulator';
import { REPLIES } from '../../simulators/llm/replies';
import type { ModelMetrics } from '../../telemetry/model-metrics';
import type { ModelWiring } from '../../workers/wiring';
import { createSeededDatabase, storeTrade } from './seeded-database';
import type { SeededDatabase } from './seeded-database';

/** Market time of every question unless told: five minutes before an open. */
export const QUESTION_TIME = '2018-07-10T13:25:00.000Z' as Instant;
const DAY = 86_400_000;
const CLOSE_HOUR = 20 * 3_600_000;

/** Caps that no test reaches by accident, and a deadline that is soon over. */
export const TERMS: ModelTerms = {
  model: 'test-model',
  price: { input: d('1'), output: d('4') },
  temperature: 0,
  maxOutputTokens: 500,
  deadlineMs: 2_000,
  caps: {
    trade: { tokens: 1_000_000, cost: d('10') },
    strategy: { tokens: 10_000_000, cost: d('100') },
    day: { tokens: 10_000_000, cost: d('100') },
  },
};

export const silentModelMetrics: ModelMetrics = {
  called: () => undefined,
  charged: () => undefined,
  intended: () => undefined,
};

/** The wiring of a worker that asks an endpoint. */
export function modelWiring(baseUrl: string, changes: Partial<ModelWiring> = {}): ModelWiring {
  return {
    endpoint: new OpenAiModel({ baseUrl, apiKey: 'test-key' }),
    terms: TERMS,
    validitySeconds: 900,
    trainingCutoff: '2017-01-01',
    metrics: silentModelMetrics,
    failpoint: () => undefined,
    ...changes,
  };
}

/** Rising daily bars with a step back every fifth day, the last one of the day before `until`; each known at its close. */
function madeUpBars(until: Instant, count = 260): readonly Known<Bar>[] {
  const today = Math.floor(millisOf(until) / DAY) * DAY;
  return Array.from({ length: count }, (_, index) => {
    const opened = today - (count - index) * DAY;
    const close = 100 + Math.floor(index / 5) * 1.5 + (index % 5 === 4 ? 1 : (index % 5) + 1);
    const value = {
      date: instant(opened).slice(0, 10),
      open: close - 0.5,
      high: close + 1,
      low: close - 1,
      close,
      volume: 1,
    };
    return { source: 'made up', knownAt: instant(opened + CLOSE_HOUR), value };
  });
}

/** What an analyst is asked, with news if any. */
export function analysisInput(
  news: readonly Known<NewsItem>[] = [],
  changes: Partial<AnalysisInput> = {},
): AnalysisInput {
  const marketTime = changes.marketTime ?? QUESTION_TIME;
  const bars = madeUpBars(marketTime);
  return {
    instrument: 'US500',
    marketTime,
    bars: bars.map(({ value }) => value),
    surroundings: {
      description: 'An index',
      quoteAsset: 'USD',
      bars,
      position: { source: 'books', knownAt: marketTime, value: { quantity: d('0'), mark: null } },
      news,
    },
    ...changes,
  };
}

/** A database, a simulated endpoint and analysts between them. */
export class ModelDesk {
  private constructor(
    readonly db: SeededDatabase,
    readonly simulator: LlmSimulator,
  ) {}

  static async open(): Promise<ModelDesk> {
    const simulator = await LlmSimulator.start({ port: 0, script: [REPLIES.trend] });
    return new ModelDesk(await createSeededDatabase(), simulator);
  }

  analyst(changes: Partial<ModelWiring> = {}): ModelAnalyst {
    const { endpoint, ...deps } = modelWiring(this.simulator.baseUrl, changes);
    const store = new AnalysisStore(this.db.database);
    return new ModelAnalyst({ ...deps, store, model: endpoint, monotonic: () => performance.now() });
  }

  /** A trade that may ask. */
  trade(key: string): Promise<string> {
    return storeTrade(this.db.database, key, { strategy: 'llm' });
  }

  /** Asks for a new trade. */
  async ask(key: string, input = analysisInput(), analyst = this.analyst()): Promise<Signal> {
    return analyst.analyse(input, { tradeId: await this.trade(key), abort: new AbortController().signal });
  }

  /** What is stored of a trade's analyses, by the key of the trade. */
  stored(key: string): Promise<readonly AnalysisRow[]> {
    return analysesOfTrade(this.db.database, `paper:${key}`);
  }

  /** What every attempt so far is charged. */
  async charged(): Promise<{ readonly attempts: number; readonly tokens: number; readonly cost: number }> {
    const { rows } = await this.db.database.query<{ attempts: number; tokens: number; cost: number }>(
      `SELECT count(*)::integer AS attempts, coalesce(sum(charged_tokens), 0)::float8 AS tokens,
         coalesce(sum(charged_cost), 0)::float8 AS cost FROM model_attempts`,
    );
    const [row] = rows;
    if (row === undefined) throw new Error('no sum of attempts');
    return row;
  }

  async close(): Promise<void> {
    await this.simulator.stop();
    await this.db.close();
  }
}
