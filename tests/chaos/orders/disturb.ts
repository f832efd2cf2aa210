import { setTimeout as sleep } from 'node:timers/promises';
import { NoAnswer } from './child';
import type { Crew, Worker } from './crew';
import type { OwnPostgres } from './own-postgres';
import type { IntentPlan } from './plan';

/** PostgreSQL stays away for so long, with its start on top. */
const DOWN_MS = 500;

/** Who takes part, and what was done to whom. */
export class Stage {
  /** Intents whose first submission was hit in a process; what happened at the venue the venue says. */
  readonly hit = new Set<IntentPlan>();
  private readonly stopped = new Map<IntentPlan, () => Promise<void>>();
  private readonly parked = new Map<string, (() => Promise<void>)[]>();

  constructor(
    readonly crew: Crew,
    readonly postgres: OwnPostgres,
  ) {}

  /** The process that was stopped for this intent is to be continued once the intent is settled. */
  stoppedFor(plan: IntentPlan, goOn: () => Promise<void>): void {
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

  /** Continues it, if it still stands, and waits until it has done what it was about to do. */
  async continued(plan: IntentPlan): Promise<void> {
    await this.stopped.get(plan)?.();
    this.stopped.delete(plan);
  }
}

/** The first submission of an intent, with what its plan does to the processes. @throws NoAnswer when nobody answered. */
export async function disturbed<T>(stage: Stage, plan: IntentPlan, call: (worker: Worker) => Promise<T>): Promise<T> {
  const { crew, postgres } = stage;
  const hit = (): void => void stage.hit.add(plan);
  switch (plan.scenario) {
    case 'killed':
      return crew.killed(plan.instant, hit, call);
    case 'paused': {
      const { answer, goOn } = await crew.paused(plan, call);
      if (!(answer instanceof NoAnswer)) return answer;
      hit();
      stage.stoppedFor(plan, goOn);
      throw answer;
    }
    case 'two workers':
      hit();
      return crew.raced(call);
    case 'database down': {
      const answer = call(crew.steady);
      answer.catch(() => undefined);
      await sleep(crew.share(plan.instant));
      hit();
      await postgres.outage(DOWN_MS);
      return answer;
    }
    case 'answer lost':
    case 'slow queue':
    case 'not accepted':
    case 'hidden':
    case 'hidden for longer':
    case 'given up':
      return plan.faults.length > 0 ? call(crew.steady) : crew.timed(call);
  }
}
