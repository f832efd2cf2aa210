import type { Instant } from '../clock/instant';
import type { Halt } from './halt';

/** An account of the halt. */
export interface AccountProgress {
  readonly account: string;
  /** Trades of the halt that have not ended. */
  readonly open: number;
  /** Two looks at the venue in a row were clean, the later one a read lag after the other. */
  readonly proven: boolean;
}

/** How far a halt has come, counted from the rows of its trades, orders and attempts. */
export interface HaltProgress extends Halt {
  /** Trades that were open at the moment, or were opened again by a late fill since. */
  readonly trades: number;
  readonly open: number;
  /** Open ones whose workflow was not signalled yet. */
  readonly untold: number;
  readonly acknowledged: number;
  /** Open ones that have not acknowledged and were not taken over. */
  readonly unacknowledged: number;
  readonly takenOver: number;
  /** Attempts of the moment that are still being sent. */
  readonly sending: number;
  /** Orders whose outcome nobody knows yet. */
  readonly unknown: number;
  /** Entries that may still fill. */
  readonly entries: number;
  /** Trades that hold a position. */
  readonly holding: number;
  /** Of those, the ones whose position no stop covers. */
  readonly unguarded: number;
  readonly drainedAt: Instant | null;
  /** Looks in a row at Temporal's list of open workflows that found nobody who was not told. */
  readonly cleanSweeps: number;
  readonly accounts: readonly AccountProgress[];
}

/** Looks at Temporal's list that must be clean in a row: the list is late. */
const CLEAN_SWEEPS = 2;

/** What a halt still waits for, as sentences for people; empty when it is done and its report may be written. */
export function waitingFor(progress: HaltProgress): readonly string[] {
  const { flatten, accounts } = progress;
  const unproven = accounts.filter(({ proven }) => !proven).map(({ account }) => account);
  return [
    ...some(
      progress.sending,
      'an order that was being sent at the moment',
      'orders that were being sent at the moment',
    ),
    ...some(progress.unacknowledged, 'a trade that has not acknowledged', 'trades that have not acknowledged'),
    ...some(progress.entries, 'an entry that may still fill', 'entries that may still fill'),
    ...some(progress.unknown, 'an order in doubt', 'orders in doubt'),
    ...some(progress.unguarded, 'a position without a stop', 'positions without a stop'),
    ...(flatten ? some(progress.holding, 'a position to close', 'positions to close') : []),
    ...(flatten ? some(progress.open, 'a trade to end', 'trades to end') : []),
    // Without flatten a trade that was taken over ends or goes back to its workflow.
    ...(flatten ? [] : some(progress.takenOver, 'a trade that was taken over', 'trades that were taken over')),
    ...(unproven.length > 0 ? [`two clean looks at the venue of ${unproven.join(', ')}`] : []),
    ...(progress.cleanSweeps < CLEAN_SWEEPS ? ['two clean looks at the list of open workflows'] : []),
  ];
}

function some(count: number, one: string, many: string): readonly string[] {
  return count === 0 ? [] : [count === 1 ? one : `${count} ${many}`];
}

/** What a halt remembers between two looks, to see whether trades still acknowledge. Real time in milliseconds. */
export interface Patience {
  /** Unacknowledged trades at the last change of their number. */
  readonly unacknowledged: number;
  readonly since: number;
}

/** Trades that have not acknowledged are taken over when none of them has done so for this long. */
export const TAKE_OVER_AFTER_MS = 15_000;

/** Keeps the moment since which nobody has acknowledged; starts anew at each that does. */
export function patienceAfter(before: Patience | undefined, unacknowledged: number, now: number): Patience {
  const moved = before === undefined || unacknowledged < before.unacknowledged;
  return { unacknowledged, since: moved ? now : before.since };
}

/** Milliseconds until patience may end if nobody acknowledges; infinite when there is nobody to wait for. */
export function patienceLeft(patience: Patience | undefined, now: number): number {
  if (patience === undefined || patience.unacknowledged === 0) return Infinity;
  return Math.max(0, patience.since + TAKE_OVER_AFTER_MS - now);
}

export function isOutOfPatience(patience: Patience, now: number): boolean {
  return patienceLeft(patience, now) === 0;
}

/** The page of a running halt in the Web UI, in Markdown. */
export function describeProgress(progress: HaltProgress, notes: readonly string[] = []): string {
  const waits = waitingFor(progress);
  const done = waits.length === 0;
  return [
    `### Halt ${progress.epoch} of ${progress.scope}: ${done ? 'done' : 'under way'}`,
    `**${progress.mode}${progress.flatten ? ', flatten' : ''}** since ${progress.engagedAt} by ${progress.actor}: ${progress.reason}`,
    `Open trades at the moment: ${progress.trades}; acknowledged ${progress.acknowledged}, taken over ${progress.takenOver}, not ended ${progress.open}, holding a position ${progress.holding}`,
    ...(done ? [] : [`Waits for:\n${waits.map((wait) => `- ${wait}`).join('\n')}`]),
    ...notes,
  ].join('\n\n');
}
