import { loadSettings } from '../config/settings';
import { silentModelMetrics } from '../tests/support/model-desk';
import { modelOf } from './model';

describe('the language model of the settings', () => {
  const made = (env: Record<string, string>) => modelOf(loadSettings(env).model, silentModelMetrics, () => undefined);

  it('is none without a key', () => expect(made({})).toBeUndefined());

  it('is asked as they say, and its wiring does not show the key', () => {
    const model = made({ OPENAI_API_KEY: 'k-123', MODEL_TIMEOUT_SECONDS: '7', MODEL_DAY_TOKENS: '9' });
    expect(model).toMatchObject({
      terms: {
        model: 'gpt-4.1-mini',
        price: { input: '0.40', output: '1.60' },
        deadlineMs: 7_000,
        caps: { day: { tokens: 9, cost: '5' }, trade: { tokens: 100_000, cost: '0.10' } },
      },
      trainingCutoff: '2024-06-01',
      validitySeconds: 900,
    });
    expect(JSON.stringify(model?.terms)).not.toContain('k-123');
  });
});
