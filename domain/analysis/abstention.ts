import type { Signal } from '../signal/signal';

/** What an abstention of a model's analysis means, and what a person can do about it; a sentence each. */
export interface AbstentionInfo {
  readonly description: string;
  readonly action: string;
}

/**
 * Every reason for which an analysis by a language model is an abstention: the closed list. A code never changes its
 * meaning; docs/analysis.md is checked against it. An abstention is never a neutral view: nothing is concluded from it.
 */
export const ABSTENTIONS = {
  model_not_configured: {
    description: 'The worker has no key for a language model.',
    action: 'Set OPENAI_API_KEY, and OPENAI_BASE_URL for another endpoint, and start the workers again.',
  },
  too_few_bars: {
    description: 'Fewer bars were known at market time than the analysis reads.',
    action: 'Choose an instrument or a market time with more history.',
  },
  flat_prices: {
    description: 'The price has not moved for so long that no stop distance can be derived.',
    action: 'Wait until the market moves, or trade without this strategy.',
  },
  bad_bars: {
    description: 'The bars are out of order, lie in the future or hold impossible prices.',
    action: 'Look at the feed.',
  },
  budget: {
    description: 'The call could have spent more than a cap of the budget leaves.',
    action: 'See `tradewind analysis budget`; wait for the next day or raise the cap.',
  },
  model_abstained: {
    description: 'The model itself said that it cannot tell.',
    action: 'Read its reason with `tradewind analysis show`.',
  },
  refused: {
    description: 'The model or the endpoint’s filter refused to answer.',
    action: 'Read the prompt with `tradewind analysis show`; another model may answer.',
  },
  empty_answer: {
    description: 'The answer holds no text.',
    action: 'Repeat it; if it stays so, use another model.',
  },
  answer_truncated: {
    description: 'The answer ended before it was complete, or was longer than what is read.',
    action: 'Raise MODEL_MAX_OUTPUT_TOKENS if it always happens, else look at the endpoint.',
  },
  schema_breach: {
    description: 'The answer breaks the schema, and so does its one repair.',
    action: 'Use a model that supports structured output.',
  },
  unknown_evidence: {
    description: 'The view cites evidence that was not in its input.',
    action: 'Nothing by hand: a view on made-up evidence is not used.',
  },
  model_timeout: {
    description: 'The endpoint did not answer in time, at every try.',
    action: 'Look at the endpoint, or raise MODEL_TIMEOUT_SECONDS.',
  },
  rate_limited: {
    description: 'The endpoint asked to come back later than the analysis can wait.',
    action: 'Run fewer analyses at once, or raise the limit at the provider.',
  },
  quota_exhausted: {
    description: 'The account at the provider has no credit left.',
    action: 'Add credit at the provider.',
  },
  endpoint_rejected: {
    description: 'The endpoint does not take the request: a wrong key, model or parameter.',
    action: 'Check OPENAI_API_KEY, OPENAI_MODEL and MODEL_TEMPERATURE; the status is in `tradewind analysis show`.',
  },
  model_unavailable: {
    description: 'The endpoint failed or could not be reached, at every try.',
    action: 'Look at the endpoint.',
  },
} as const satisfies Readonly<Record<string, AbstentionInfo>>;

export type AbstentionCode = keyof typeof ABSTENTIONS;

/** An abstention with its code; the reasons are sentences of ours, never a model's. */
export function abstain(code: AbstentionCode, detail?: string): Extract<Signal, { kind: 'abstained' }> {
  return {
    kind: 'abstained',
    code,
    reasons: [ABSTENTIONS[code].description, ...(detail === undefined ? [] : [detail])],
  };
}
