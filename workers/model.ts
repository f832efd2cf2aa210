import type { ModelSettings } from '../config/settings';
import { decimalString } from '../domain/money/decimal';
import { OpenAiModel } from '../models/openai/openai-model';
import type { ModelMetrics } from '../telemetry/model-metrics';
import type { ModelWiring } from './wiring';

/** The language model that the settings name; undefined without a key for it. */
export function modelOf(
  settings: ModelSettings,
  metrics: ModelMetrics,
  failpoint: ModelWiring['failpoint'],
): ModelWiring | undefined {
  const { apiKey, baseUrl, name, price, temperature, maxOutputTokens, timeoutSeconds, budget } = settings;
  if (apiKey === undefined) return undefined;
  const cap = ({ tokens, cost }: ModelSettings['budget']['day']) => ({ tokens, cost: decimalString(cost) });
  return {
    endpoint: new OpenAiModel({ baseUrl, apiKey }),
    terms: {
      model: name,
      price: { input: decimalString(price.input), output: decimalString(price.output) },
      temperature,
      maxOutputTokens,
      deadlineMs: timeoutSeconds * 1_000,
      caps: { trade: cap(budget.trade), strategy: cap(budget.strategy), day: cap(budget.day) },
    },
    validitySeconds: settings.answerValiditySeconds,
    trainingCutoff: settings.trainingCutoff,
    metrics,
    failpoint,
  };
}
