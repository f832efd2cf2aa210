/** Workflows and cheap activities. */
export const TRADE_QUEUE = 'trade';
export const ANALYSIS_QUEUE = 'analysis';
/** Analyses that ask a language model: their own slots, so that a slow endpoint keeps no other strategy waiting. */
export const MODEL_QUEUE = 'analysis-models';

/** Halts, schedules and upkeep: their own workers' slots, so that trades never crowd a halt out. */
export const OPERATIONS_QUEUE = 'operations';

/** Market data and news: long activities that wait for feeds, in slots of their own so that they never crowd a halt out. */
export const MARKET_QUEUE = 'market';

/** Submits that can increase exposure; served by the one process that has the account's keys. */
export function ordersQueue(account: string): string {
  return `orders-${account}`;
}

/** Cancels, look-ups, stops, exits and the watcher of an account: their own slots, so that entries never crowd them out. */
export function safetyQueue(account: string): string {
  return `orders-${account}-safety`;
}
