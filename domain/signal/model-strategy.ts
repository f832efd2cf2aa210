/** The strategy that asks a language model. A worker makes its analyst, since it needs a store and an endpoint. */
export const MODEL_STRATEGY = 'llm';

/** Whether a strategy asks a language model: its analysis is slow, is paid for, and has a task queue of its own. */
export function asksModel(strategy: string): boolean {
  return strategy === MODEL_STRATEGY;
}
