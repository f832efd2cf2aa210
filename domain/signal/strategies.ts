import { MODEL_STRATEGY } from './model-strategy';
import type { Analyst } from './signal';
import { technicalAnalyst } from './technical';

/** The built-in strategies by the name that users type: a new one is one folder or file and one entry here. */
export const strategies: ReadonlyMap<string, Analyst> = new Map(
  [technicalAnalyst].map((analyst) => [analyst.name, analyst]),
);

/** Every name that a trade may give, besides `manual`. */
export const STRATEGY_NAMES: readonly string[] = [...strategies.keys(), MODEL_STRATEGY];
