import { Choices } from '../choices';
import type { FaultKind } from '../../../simulators/exchange/faults';
import { grouped } from './grouped';
import type { PlayPlan } from './stage';

/** How long a request may be accepted, in milliseconds: shorter than a venue's own; Kraken takes no shorter one. */
const WINDOWS: Readonly<Record<string, number>> = { kraken: 4_500 };
const USUAL_WINDOW = 2_000;
/** How long an answer is waited for: shorter than the window, so that the venue may still accept what we gave up on. */
export const ORDER_DEADLINE = 600;
/** The largest difference of clocks that a venue's own timings allow for. */
const SKEW = 1_500;
/** How late the simulated queries are, and how much later than that an account says they may be. */
export const LAGS = [0, 400, 5_000] as const;
export const LAG_MARGIN = 100;
export type Lag = (typeof LAGS)[number];

/** The validity window of every account of a venue. */
export function windowOf(venue: string): number {
  return WINDOWS[venue] ?? USUAL_WINDOW;
}

/** What may befall an intent; the number is how often. */
const SCENARIOS = {
  killed: 16,
  paused: 10,
  'two workers': 8,
  'answer lost': 32,
  'slow queue': 14,
  'not accepted': 8,
  hidden: 5,
  'given up': 5,
  'database down': 2,
} as const;
export type Scenario = keyof typeof SCENARIOS | 'hidden for longer';

/** Lanes by lag, each an account of its own that works on one intent after the other; slow ones have more of them. */
const LANES: Readonly<Record<Lag, number>> = { 0: 3, 400: 3, 5_000: 6 };
const LAG_SHARES: Readonly<Record<`${Lag}`, number>> = { '0': 40, '400': 35, '5000': 25 };

export interface PlannedFault {
  readonly kind: FaultKind;
  readonly ms: number;
}

/** One intent and everything that is done to it, whoever sends it. */
export interface IntentPlan extends PlayPlan {
  readonly lag: Lag;
  readonly lane: number;
  readonly scenario: Scenario;
  /** What befalls its first, second, … request at the venue. */
  readonly faults: readonly PlannedFault[];
  /** Its first look-up fails at the venue. */
  readonly queryFails: boolean;
  /** From its acceptance no query shows it for so long; 0 for an order that is shown as soon as the lag allows. */
  readonly hiddenMs: number;
  /** When in the course of its first submission the process is hit: share of what a submission usually takes. */
  readonly instant: number;
  /** How long a stopped process stays stopped; until the others have settled the intent when null. */
  readonly holdMs: number | null;
}

/** The order is at the venue and its answer is not with us. */
const LOST: readonly FaultKind[] = ['lose', 'hang', 'stall', 'cut', 'truncate', 'html', 'empty', 'answer-after'];

/** Chance that the request after the first one is hit as well, and that a process fault comes with one of the venue. */
const SECOND = 0.35;
const BESIDES = 0.4;

/** The intents of one venue with this validity window; the same seed and number, the same intents. */
export function planIntents(count: number, seed: number, window: number): readonly IntentPlan[] {
  const choices = new Choices(`orders ${seed}`);
  const perLag = new Map<Lag, number>();
  return Array.from({ length: count }, (_, index) => {
    const own = choices.under(String(index));
    const lag = Number(own.weighted(LAG_SHARES)) as Lag;
    const position = perLag.get(lag) ?? 0;
    perLag.set(lag, position + 1);
    return planOne(own, own.weighted(SCENARIOS), window, { index, lag, lane: position % LANES[lag] });
  });
}

/** Intents whose order stays hidden for longer than the account's timings say: the stated limit. */
export function planHiddenForLonger(count: number, seed: number, window: number): readonly IntentPlan[] {
  const choices = new Choices(`hidden ${seed}`);
  return Array.from({ length: count }, (_, index) =>
    planOne(choices.under(String(index)), 'hidden for longer', window, { index, lag: 0, lane: index }),
  );
}

function planOne(
  own: Choices,
  scenario: Scenario,
  window: number,
  place: Pick<IntentPlan, 'index' | 'lag' | 'lane'>,
): IntentPlan {
  return {
    ...place,
    scenario,
    faults: faultsOf(own, scenario, window),
    queryFails: scenario === 'answer lost' && own.chance(0.2),
    hiddenMs: hiddenMs(own, scenario, window, place.lag),
    instant: own.fraction(),
    holdMs: own.chance(0.5) ? own.whole(200, window + 2_000) : null,
    watched: own.chance(0.5),
    asksAgain: own.chance(0.5),
  };
}

function faultsOf(own: Choices, scenario: Scenario, window: number): readonly PlannedFault[] {
  const lost = (): PlannedFault => ({ kind: own.oneOf(LOST), ms: 0 });
  // Longer than the answer is waited for; some are accepted afterwards, some come too late for the venue.
  const slow = (): PlannedFault => ({ kind: 'slow', ms: own.whole(ORDER_DEADLINE, window + 300) });
  const notAccepted = (): PlannedFault => ({ kind: own.oneOf(['drop', 'answer'] as const), ms: 0 });
  const any = (): PlannedFault => own.oneOf([lost, lost, slow, notAccepted])();
  const second = own.chance(SECOND) ? [any()] : [];
  switch (scenario) {
    case 'killed':
    case 'paused':
    case 'two workers':
    case 'database down':
      return own.chance(BESIDES) ? [any(), ...second] : [];
    case 'answer lost':
      return [lost(), ...second];
    case 'slow queue':
      return [slow(), ...second];
    case 'not accepted':
      return [notAccepted(), ...second];
    case 'given up':
      return [any(), ...second];
    case 'hidden':
    case 'hidden for longer':
      return [{ kind: 'lose', ms: 0 }];
  }
}

function hiddenMs(own: Choices, scenario: Scenario, window: number, lag: Lag): number {
  if (scenario === 'hidden') return Math.round(lag + LAG_MARGIN + window * (0.3 + own.fraction() / 2));
  // Beyond both look-ups that prove its absence.
  return scenario === 'hidden for longer' ? window + SKEW + 2 * LAG_MARGIN + 3_500 : 0;
}

/** Account of one lane of a contender, such as `ours-400-2`. */
export function accountOf(contender: string, { lag, lane }: Pick<IntentPlan, 'lag' | 'lane'>): string {
  return `${contender}-${lag}-${lane}`;
}

/** Intents by lane, in their order. */
export function byLane(plans: readonly IntentPlan[]): ReadonlyMap<string, readonly IntentPlan[]> {
  return grouped(plans, (plan) => `${plan.lag}-${plan.lane}`);
}
