import { Choices } from '../choices';

/** Where a trade is to stand at the moment of the halt. */
export const STANDS = [
  'starting',
  'analysing',
  'in retry backoff',
  'awaiting approval',
  'awaiting open',
  'about to send',
  'resting entry',
  'partially filled',
  'managing',
  'exiting',
  'cancelling',
] as const;
export type Stand = (typeof STANDS)[number];

/** What happens to the machinery while the halt is carried out. */
export const DISTURBANCES = [
  'one worker killed',
  'one worker stopped and resumed',
  'Postgres restarted',
  'Temporal restarted',
  'nothing',
] as const;
export type Disturbance = (typeof DISTURBANCES)[number];

/** Accounts on the real clock, trading the synthetic instrument. */
export const LIVE_ACCOUNTS = ['halt-a', 'halt-b', 'halt-c'] as const;
/** An account whose replay clock stands on a weekend: its trades wait for the open. */
export const CLOSED_ACCOUNT = 'halt-closed';

export interface HaltedTradePlan {
  readonly key: string;
  readonly account: string;
  readonly stand: Stand;
}

export interface HaltRoundPlan {
  readonly round: number;
  readonly flatten: boolean;
  readonly mode: 'reduce-only' | 'halt-all';
  readonly disturbance: Disturbance;
  /** Real milliseconds from the engagement to the disturbance; negative before it. */
  readonly disturbedAfterMs: number;
  /** Whether schedules start trades in their own accounts meanwhile. */
  readonly schedules: boolean;
  readonly trades: readonly HaltedTradePlan[];
}

/** How often a trade stands where, for each one that partly fills. */
const SHARES: Readonly<Record<Stand, number>> = {
  starting: 8,
  analysing: 10,
  'in retry backoff': 5,
  'awaiting approval': 20,
  'awaiting open': 10,
  'about to send': 10,
  'resting entry': 10,
  'partially filled': 2,
  managing: 15,
  exiting: 5,
  cancelling: 5,
};

/** Rounds with a share of trades everywhere; disturbances come in turn, and every other round flattens. */
export function planHalts(seed: number, rounds: number, trades: number): readonly HaltRoundPlan[] {
  return Array.from({ length: rounds }, (_, round) => {
    const choices = new Choices(`halt ${seed}`).under(`round ${round}`);
    const disturbance = DISTURBANCES[round % DISTURBANCES.length] ?? 'nothing';
    return {
      round,
      flatten: round % 2 === 1,
      mode: choices.oneOf(['reduce-only', 'halt-all'] as const),
      disturbance,
      schedules: true,
      // A stopped worker holds what it holds from before the moment on.
      disturbedAfterMs: disturbance === 'one worker stopped and resumed' ? -300 : choices.whole(0, 400),
      trades: Array.from({ length: trades }, (_unused, index) => planTrade(choices, round, index)),
    };
  });
}

function planTrade(choices: Choices, round: number, index: number): HaltedTradePlan {
  // Each stand has one at least, however few there are.
  const stand = STANDS[index] ?? choices.weighted(SHARES);
  const account = stand === 'awaiting open' ? CLOSED_ACCOUNT : choices.oneOf(LIVE_ACCOUNTS);
  return { key: `r${round}-${index}`, account, stand };
}
