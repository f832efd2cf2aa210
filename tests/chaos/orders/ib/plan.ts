import type { FaultKind } from '../../../../simulators/ib/faults';
import { Choices } from '../../choices';
import { grouped } from '../grouped';
import type { PlayPlan } from '../stage';

/** How long an order may wait on its way into TWS, how late queries are, and how late an account says they may be. */
export const VALIDITY_WINDOW = 1_500;
export const READ_LAG = 200;
export const STATED_LAG = 300;

/** What may befall an intent; the number is how often. */
const SCENARIOS = {
  /** SIGKILL of the writing process; a successor takes its client id over. */
  killed: 16,
  /** SIGSTOP of it; another process is refused by 326; then SIGCONT, or SIGKILL and the other one takes over. */
  stopped: 12,
  /** The line breaks after the order was placed, or before it was read. */
  'answer lost': 14,
  'order lost': 8,
  /** The line breaks between openOrder and the fill. */
  'fill untold': 8,
  /** The gateway gives old numbers out again, and loses an answer. */
  'numbers rolled back': 8,
  /** The connection stays open, and nothing is heard or said on it any more. */
  'half open': 9,
  /** 1100, and a while later 1101 or 1102. */
  'cut off': 8,
  /** 399: accepted, and held. */
  held: 4,
  /** Everybody is thrown out, and numbers may roll back. */
  'gateway restarted': 6,
  /** Shown by no query for less than the window and the lag. */
  hidden: 2,
  'given up': 3,
  'database down': 2,
} as const;
export type IbScenario = keyof typeof SCENARIOS;

export interface IbFault {
  readonly kind: FaultKind;
  readonly ms: number;
}

/** One intent at Interactive Brokers and everything that is done to it, whoever sends it. */
export interface IbPlan extends PlayPlan {
  readonly scenario: IbScenario;
  /** An account and a gateway of its own; it works on one intent after the other. */
  readonly lane: number;
  /** What befalls its first, second, … order message at the gateway. */
  readonly faults: readonly IbFault[];
  /** When in the course of its first submission it is hit: share of what a submission usually takes. */
  readonly instant: number;
  /** The gateway is hit before the submission begins, not in its course. */
  readonly early: boolean;
  /** How long a stopped process stays so, and how long the gateway is away. */
  readonly holdMs: number;
  /** A stopped process is killed, not continued. */
  readonly killed: boolean;
  /** What ends an interruption of the gateway's own line. */
  readonly backBy: 1101 | 1102;
  /** So many numbers the gateway forgets. */
  readonly rollBack: number;
  readonly hiddenMs: number;
}

const LOST: readonly FaultKind[] = ['lose', 'drop', 'drop-before-fill', 'mute', 'swallow'];
/** Chance that a second message is hit as well, and that one is beside what befalls a process or the gateway. */
const SECOND = 0.3;
const BESIDES = 0.35;

/** The same seed and number, the same intents. */
export function planIbIntents(count: number, seed: number, lanes: number): readonly IbPlan[] {
  const choices = new Choices(`ib orders ${seed}`);
  return Array.from({ length: count }, (_, index) => {
    const own = choices.under(String(index));
    const scenario = own.weighted(SCENARIOS);
    return {
      ...{ index, scenario, lane: index % lanes, faults: faultsOf(own, scenario) },
      ...{ instant: own.fraction(), early: own.chance(0.3), holdMs: own.whole(300, 2_500), killed: own.chance(0.5) },
      ...({ backBy: own.chance(0.5) ? 1101 : 1102, rollBack: own.whole(1, 5) } as const),
      hiddenMs: scenario === 'hidden' ? Math.round((VALIDITY_WINDOW + STATED_LAG) * (0.3 + own.fraction() / 2)) : 0,
      ...{ watched: own.chance(0.5), asksAgain: own.chance(0.5) },
    };
  });
}

function faultsOf(own: Choices, scenario: IbScenario): readonly IbFault[] {
  const any = (): IbFault => fault(own.oneOf(LOST));
  const second = own.chance(SECOND) ? [any()] : [];
  switch (scenario) {
    case 'killed':
    case 'stopped':
    case 'cut off':
    case 'gateway restarted':
    case 'database down':
      return own.chance(BESIDES) ? [any(), ...second] : [];
    case 'answer lost':
    case 'hidden':
      return [fault('lose'), ...second];
    case 'order lost':
      return [fault('drop'), ...second];
    case 'fill untold':
      return [fault('drop-before-fill'), ...second];
    case 'numbers rolled back':
      return [fault(own.oneOf(['lose', 'drop'])), ...second];
    case 'half open':
      return [fault(own.oneOf(['mute', 'swallow'])), ...second];
    case 'held':
      return [{ kind: 'hold', ms: own.whole(200, 1_500) }];
    case 'given up':
      return [any(), ...second];
  }
}

function fault(kind: FaultKind): IbFault {
  return { kind, ms: 0 };
}

/** Intents by lane, in their order. */
export function byIbLane(plans: readonly IbPlan[]): ReadonlyMap<string, readonly IbPlan[]> {
  return grouped(plans, ({ lane }) => String(lane));
}
