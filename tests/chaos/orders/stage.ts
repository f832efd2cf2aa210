import type { Worker } from './crew';

/** What every plan of an intent says, whatever its venue. */
export interface PlayPlan {
  readonly index: number;
  readonly scenario: string;
  /** Whether the account's watcher looks on as well, or only the workflow's own look-ups. */
  readonly watched: boolean;
  /** Whether whoever asked a process that died asks the next one the same, or reads the journal first. */
  readonly asksAgain: boolean;
}

/** Who takes part, and what was done to whom. */
export abstract class Stage<Plan extends PlayPlan> {
  /** Intents whose first submission was hit in a process; what happened at the venue the venue says. */
  readonly hit = new Set<Plan>();
  private readonly stopped = new Map<Plan, () => Promise<void>>();
  private readonly parked = new Map<string, (() => Promise<void>)[]>();

  /** Whom a workflow of this account reaches now. */
  abstract workerOf(account: string): Worker;

  /** The first submission of an intent, with what its plan does meanwhile. @throws NoAnswer when nobody answered. */
  abstract disturbed<T>(account: string, plan: Plan, call: (worker: Worker) => Promise<T>): Promise<T>;

  /** Something that was stopped for this intent is to go on once the intent is settled, at the latest. */
  stoppedFor(plan: Plan, goOn: () => Promise<void>): void {
    this.stopped.set(plan, goOn);
  }

  /** An intent of an account was given up in doubt; what it would do next to find out is done when others meet it. */
  parkedAt(account: string, lookAgain: () => Promise<void>): void {
    this.parked.set(account, [...(this.parked.get(account) ?? []), lookAgain]);
  }

  /** Looks again for whatever is parked in an account, as each trade of ours goes on doing. */
  async lookAgainAt(account: string): Promise<void> {
    for (const lookAgain of this.parked.get(account) ?? []) await lookAgain();
  }

  /** Lets go on what still stands, and waits until it has done what it was about to do. */
  async continued(plan: Plan): Promise<void> {
    await this.stopped.get(plan)?.();
    this.stopped.delete(plan);
  }
}
