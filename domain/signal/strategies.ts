import type { Analyst } from './signal';
import { technicalAnalyst } from './technical';

/** The built-in strategies by the name that users type: a new one is one folder or file and one entry here. */
export const strategies: ReadonlyMap<string, Analyst> = new Map(
  [technicalAnalyst].map((analyst) => [analyst.name, analyst]),
);

/** The strategy that asks a language model. A worker makes its analyst, since it needs a store and an endpoint. */
export const MODEL_STRATEGY = 'llm';

/** Whether a strategy asks a language model: its analysis is slow, is paid for, and has a task queue of its own. */
export function asksModel(strategy: string): boolean {
  return strategy === MODEL_STRATEGY;
}

/** Every name that a trade may give, besides `manual`. */
export const STRATEGY_NAMES: readonly string[] = [...strategies.keys(), MODEL_STRATEGY];
