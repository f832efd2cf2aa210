import { Registry } from 'prom-client';
import { modelMetrics } from './model-metrics';

describe('the series of language models', () => {
  it('count calls, tokens, cost and intents', async () => {
    const registry = new Registry();
    const metrics = modelMetrics(registry);
    metrics.called('m', 0.3);
    metrics.charged('m', 100, 0.5);
    metrics.charged('m', 20, 0.25);
    metrics.intended('US500', 'buy');
    metrics.intended('US500', 'none');
    const text = await registry.metrics();
    for (const line of [
      'llm_tokens_used_total{model="m"} 120',
      'llm_cost_total{model="m"} 0.75',
      'llm_call_seconds_count{model="m"} 1',
      'llm_intents_total{symbol="US500",side="buy"} 1',
      'llm_intents_total{symbol="US500",side="none"} 1',
    ])
      expect(text).toContain(line);
  });
});
