/** Where a trade stands; in the order in which a trade passes them. */
export const TRADE_PHASES = [
  'accepted',
  'analysing',
  'checking-risk',
  'awaiting-open',
  'awaiting-approval',
  'executing',
  'managing',
  'exiting',
  'reconciling',
  'ended',
] as const;
export type TradePhase = (typeof TRADE_PHASES)[number];

/**
 * How a trade ended. `no-trade`: the analyst was neutral or abstained. `cancelled` and `expired`: nothing filled.
 * `needs-attention`: the books differ from the venue's and a person must look.
 */
export const TRADE_OUTCOMES = [
  'completed',
  'no-trade',
  'rejected',
  'expired',
  'cancelled',
  'halted',
  'needs-attention',
] as const;
export type TradeOutcome = (typeof TRADE_OUTCOMES)[number];

/** What people can ask of a running trade. */
export const TRADE_ACTIONS = ['approve', 'reject', 'exit', 'cancel'] as const;
export type TradeAction = (typeof TRADE_ACTIONS)[number];

/** The actions that are possible in a phase; every other one is refused with this list. */
export function possibleActions(phase: TradePhase): readonly TradeAction[] {
  switch (phase) {
    case 'accepted':
    case 'analysing':
    case 'checking-risk':
    case 'awaiting-open':
      return ['cancel'];
    case 'awaiting-approval':
      return ['approve', 'reject', 'cancel'];
    case 'executing':
      return ['exit', 'cancel'];
    case 'managing':
      return ['exit', 'cancel'];
    case 'exiting':
    case 'reconciling':
    case 'ended':
      return [];
  }
}
