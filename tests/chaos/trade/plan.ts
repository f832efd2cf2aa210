import { FAILPOINTS } from '../../../activities/execution/ports';
import type { Failpoint } from '../../../activities/execution/ports';
import type { Direction } from '../../../domain/signal/signal';
import type { TradePhase } from '../../../domain/trade/phase';
import { Choices } from '../choices';

/** What can be killed. `trade` runs workflows and analysis, `orders` everything that touches the venue. */
export const PROCESSES = ['postgres', 'temporal', 'api', 'trade', 'orders'] as const;
export type ProcessName = (typeof PROCESSES)[number];

/** How the way to the venue and back fails, in a worker that stays alive. */
export const VENUE_FAULTS = ['answer-lost', 'request-late'] as const;
export type VenueFault = (typeof VENUE_FAULTS)[number];

/** Every way in which a round is disturbed, as the table names them. */
export const FAULT_KINDS = [
  'worker between fill and stop',
  ...FAILPOINTS.map((name) => `worker at ${name}` as const),
  'orders worker life after life',
  'orders worker any time',
  'trade worker any time',
  'trade worker new phase',
  'API new phase',
  'API any time',
  'Temporal new phase',
  'Temporal any time',
  'Postgres new phase',
  'Postgres any time',
  'venue answer lost',
  'venue request late',
] as const;
export type FaultKind = (typeof FAULT_KINDS)[number];

/** One fault, exactly. */
export type Fault =
  /** SIGKILL of the process itself when one of its activities passes a point for the given time. */
  | {
      readonly how: 'failpoint';
      readonly process: ProcessName;
      readonly failpoint: Failpoint;
      readonly passing: number;
    }
  /** The same in several lifetimes of a process, one after the other: the successor dies, too, and its successor. */
  | { readonly how: 'lives'; readonly process: ProcessName; readonly failpoints: readonly string[] }
  /** SIGKILL as soon as a trade of the round is seen to have entered a phase. */
  | { readonly how: 'phase'; readonly process: ProcessName; readonly phase: TradePhase }
  /** SIGKILL some time after the round's trades were sent. */
  | { readonly how: 'moment'; readonly process: ProcessName; readonly afterMs: number }
  | { readonly how: 'venue'; readonly venue: VenueFault; readonly seed: number };

/** How a trade opens: at market, by a limit that takes at once, or by one that rests and may not fill. */
export type EntryStyle = 'market' | 'taking limit' | 'resting limit';
/** What is meant to close it; a time exit stands behind target and stop. */
export type ExitStyle = 'operator' | 'time' | 'take-profit' | 'stop';

/** One run: a manual trade in the synthetic instrument. */
export interface TradePlan {
  /** Idempotency key, unique within its account. */
  readonly key: string;
  readonly account: string;
  readonly direction: Direction;
  /** `technical` only where the analysis itself is to be disturbed. */
  readonly strategy: 'manual' | 'technical';
  readonly entry: EntryStyle;
  readonly exit: ExitStyle;
  /** Units, as a decimal. */
  readonly quantity: string;
  /** Real milliseconds before it is sent, and from its protection until the operator asks for the exit. */
  readonly startAfterMs: number;
  readonly holdMs: number;
}

/** Some trades at once and what happens to them. */
export interface RoundPlan {
  readonly kind: FaultKind;
  readonly fault: Fault;
  /** In some rounds another process is killed, too, perhaps while the first one is still down. */
  readonly second: Extract<Fault, { how: 'moment' }> | undefined;
  readonly trades: readonly TradePlan[];
}

/** Trades of one round. */
const ROUND_SIZE = 4;
const PHASES = ['accepted', 'checking-risk', 'executing', 'managing', 'exiting', 'reconciling'] as const;

/** Accounts of the suite: two trades of a round share one, the others have theirs. */
export const CHAOS_ACCOUNTS = ['chaos-a', 'chaos-b', 'chaos-c'] as const;

/** All rounds of a seed; each kind of fault comes once before any comes twice. */
export function planRounds(seed: number, runs: number, kinds: readonly FaultKind[] = FAULT_KINDS): RoundPlan[] {
  const choices = new Choices(`trade chaos ${seed}`);
  const rounds: RoundPlan[] = [];
  let order: FaultKind[] = [];
  for (let done = 0; done < runs; done += ROUND_SIZE) {
    if (order.length === 0) order = choices.shuffled(kinds);
    const kind = order.shift() ?? choices.oneOf(kinds);
    const own = choices.under(`round ${rounds.length}`);
    const size = Math.min(ROUND_SIZE, runs - done);
    const fault = faultOf(kind, own, size);
    rounds.push({ kind, fault, second: secondOf(own), trades: tradesOf(kind, rounds.length, own, size) });
  }
  return rounds;
}

function faultOf(kind: FaultKind, choices: Choices, trades: number): Fault {
  if (isFailpointKind(kind)) return failpointFault(kind, choices, trades);
  switch (kind) {
    case 'worker between fill and stop':
      // The first record of a round is an entry's: filled and written down, and nothing else.
      return { how: 'failpoint', process: 'orders', failpoint: 'after-record', passing: 1 };
    case 'orders worker life after life':
      return { how: 'lives', process: 'orders', failpoints: livesOf(choices) };
    case 'orders worker any time':
      return { how: 'moment', process: 'orders', afterMs: choices.whole(50, 5_000) };
    case 'trade worker any time':
      return { how: 'moment', process: 'trade', afterMs: choices.whole(50, 5_000) };
    case 'trade worker new phase':
      return { how: 'phase', process: 'trade', phase: choices.oneOf(PHASES) };
    case 'API new phase':
      return { how: 'phase', process: 'api', phase: choices.oneOf(PHASES) };
    case 'API any time':
      return { how: 'moment', process: 'api', afterMs: choices.whole(5, 400) };
    case 'Temporal new phase':
      return { how: 'phase', process: 'temporal', phase: choices.oneOf(PHASES) };
    case 'Temporal any time':
      return { how: 'moment', process: 'temporal', afterMs: choices.whole(50, 4_000) };
    case 'Postgres new phase':
      return { how: 'phase', process: 'postgres', phase: choices.oneOf(PHASES) };
    case 'Postgres any time':
      return { how: 'moment', process: 'postgres', afterMs: choices.whole(50, 4_000) };
    case 'venue answer lost':
      return { how: 'venue', venue: 'answer-lost', seed: choices.whole(1, 1e9) };
    case 'venue request late':
      return { how: 'venue', venue: 'request-late', seed: choices.whole(1, 1e9) };
  }
}

/** Share of the rounds with a second kill, and how late it comes at most, in milliseconds. */
const SECONDS_SHARE = 0.3;
const LATEST_SECOND = 6_000;

function secondOf(choices: Choices): RoundPlan['second'] {
  if (!choices.chance(SECONDS_SHARE)) return undefined;
  return { how: 'moment', process: choices.oneOf(PROCESSES), afterMs: choices.whole(100, LATEST_SECOND) };
}

type FailpointKind = `worker at ${Failpoint}`;

function isFailpointKind(kind: FaultKind): kind is FailpointKind {
  return kind.startsWith('worker at ');
}

function failpointFault(kind: FailpointKind, choices: Choices, trades: number): Fault {
  const failpoint = FAILPOINTS.find((name) => kind === `worker at ${name}`);
  if (failpoint === undefined) throw new RangeError(`no fault is known as ${kind}`);
  const most = Math.max(1, Math.floor((MOST_PASSINGS[failpoint] * trades) / ROUND_SIZE));
  return { how: 'failpoint', process: processOf(failpoint), failpoint, passing: choices.whole(1, most) };
}

/**
 * Passings that a full round has for all practical purposes; a trade sends three orders, so that later passings hit
 * stops and exits.
 */
const MOST_PASSINGS: Readonly<Record<Failpoint, number>> = {
  'before-fence': 8,
  'after-fence': 8,
  'after-send': 8,
  'after-record': 8,
  'before-analysis-stored': 2,
  'before-approval': 4,
  'after-approval': 4,
  'before-cancel': 2,
  'after-cancel': 2,
  'before-poll-booked': 8,
  'before-end': 4,
};

/** Lifetimes in a row that end at a failpoint. */
const LIVES = 4;

function livesOf(choices: Choices): readonly string[] {
  const points = FAILPOINTS.filter((name) => processOf(name) === 'orders');
  return Array.from({ length: LIVES }, () => `${choices.oneOf(points)}:${choices.whole(1, 2)}`);
}

function processOf(failpoint: Failpoint): ProcessName {
  switch (failpoint) {
    case 'before-analysis-stored':
    case 'before-approval':
    case 'after-approval':
      return 'trade';
    case 'before-fence':
    case 'after-fence':
    case 'after-send':
    case 'after-record':
    case 'before-cancel':
    case 'after-cancel':
    case 'before-poll-booked':
    case 'before-end':
      return 'orders';
  }
}

/** Trades open at once in one account and instrument have one direction, so each account draws one for the round. */
function tradesOf(kind: FaultKind, round: number, choices: Choices, size: number): TradePlan[] {
  const directions = CHAOS_ACCOUNTS.map(() => choices.oneOf<Direction>(['long', 'short']));
  return Array.from({ length: size }, (_, index) => {
    const lane = index % CHAOS_ACCOUNTS.length;
    const exit = choices.weighted<ExitStyle>({ operator: 40, time: 25, 'take-profit': 20, stop: 15 });
    return {
      key: `r${String(round).padStart(3, '0')}-${index}`,
      account: CHAOS_ACCOUNTS[lane] ?? CHAOS_ACCOUNTS[0],
      direction: directions[lane] ?? 'long',
      strategy: kind === 'worker at before-analysis-stored' && index < 2 ? 'technical' : 'manual',
      entry:
        kind === 'worker between fill and stop'
          ? 'market'
          : choices.weighted<EntryStyle>({ market: 50, 'taking limit': 25, 'resting limit': 25 }),
      // Cancels must come: every other trade is closed by its operator while its stop is at the venue.
      exit: index % 2 === 0 ? 'operator' : exit,
      quantity: `${choices.whole(1, 3)}.${choices.whole(10, 99)}`,
      startAfterMs: choices.whole(0, 400),
      holdMs: choices.whole(200, 2_000),
    };
  });
}
