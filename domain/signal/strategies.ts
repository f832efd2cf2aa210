import type { Analyst } from './signal';
import { technicalAnalyst } from './technical';

/** The built-in strategies by the name that users type: a new one is one folder or file and one entry here. */
export const strategies: ReadonlyMap<string, Analyst> = new Map(
  [technicalAnalyst].map((analyst) => [analyst.name, analyst]),
);
