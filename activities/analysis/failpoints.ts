/** Places at which a test may kill the process during a call of a model; each stands between two effects. */
export const MODEL_FAILPOINTS = [
  'before-analysis-opened',
  'before-model-reserved',
  'after-model-reserved',
  'after-model-answered',
  'after-model-settled',
  'after-analysis-finished',
] as const;
export type ModelFailpoint = (typeof MODEL_FAILPOINTS)[number];
