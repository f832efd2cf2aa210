import { Counter, Histogram } from 'prom-client';
import type { Registry } from 'prom-client';

/** What analyses by language models report: their series without their library. */
export interface ModelMetrics {
  /** One attempt ended, answered or not, so many seconds after it was sent. */
  called(model: string, seconds: number): void;
  /** So much was charged for it; cost in US dollars. */
  charged(model: string, tokens: number, cost: number): void;
  /** An analysis came to its end: the side of its view, or `none`. */
  intended(symbol: string, side: 'buy' | 'sell' | 'none'): void;
}

/** Seconds; a model answers within a second or a minute. */
const MODEL_BUCKETS = [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 40, 60, 90];

/** The series of language models in a registry. Only configured model names and instruments become labels. */
export function modelMetrics(registry: Registry): ModelMetrics {
  const registers = [registry];
  const tokens = new Counter({
    name: 'llm_tokens_used_total',
    help: 'Tokens that were charged for, by model.',
    labelNames: ['model'],
    registers,
  });
  const cost = new Counter({
    name: 'llm_cost_total',
    help: 'US dollars that were charged for, by model and the configured prices.',
    labelNames: ['model'],
    registers,
  });
  const seconds = new Histogram({
    name: 'llm_call_seconds',
    help: 'From the sending of a call to its answer or failure.',
    labelNames: ['model'],
    buckets: MODEL_BUCKETS,
    registers,
  });
  const intents = new Counter({
    name: 'llm_intents_total',
    help: 'Finished analyses by the side of their view; none is a neutral view or an abstention.',
    labelNames: ['symbol', 'side'],
    registers,
  });
  return {
    called: (model, value) => seconds.observe({ model }, value),
    charged: (model, count, dollars) => {
      tokens.inc({ model }, count);
      cost.inc({ model }, dollars);
    },
    intended: (symbol, side) => intents.inc({ symbol, side }),
  };
}
