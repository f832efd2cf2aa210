import { MODEL_STRATEGY } from '../domain/signal/model-strategy';
import { ApiProblem } from './problem';

/** Tokens and US dollars. */
interface Cap {
  readonly tokens: number;
  readonly cost: string;
}

/** What the API tells of the language model; the key itself is none of its business. */
export interface ModelFacts {
  readonly name: string;
  readonly configured: boolean;
  readonly price: { readonly input: string; readonly output: string };
  readonly caps: { readonly trade: Cap; readonly strategy: Cap; readonly day: Cap };
}

/** @throws ApiProblem `strategy_unavailable` for a strategy that asks a model where none is set up, saying what is missing */
export function requireModel(strategy: string, model: ModelFacts): void {
  if (strategy !== MODEL_STRATEGY || model.configured) return;
  throw new ApiProblem(
    'strategy_unavailable',
    `Strategy ${MODEL_STRATEGY} asks a language model and there is no key for one: set OPENAI_API_KEY in .env, and OPENAI_BASE_URL for another endpoint than OpenAI's, then start again.`,
  );
}
