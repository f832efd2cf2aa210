import { setTimeout as sleep } from 'node:timers/promises';
import { NoAnswer } from './child';
import type { Crew, Worker } from './crew';
import type { OwnPostgres } from './own-postgres';
import type { IntentPlan } from './plan';
import { Stage } from './stage';

/** PostgreSQL stays away for so long, with its start on top. */
export const DOWN_MS = 500;

/** The processes that trade at one exchange: any of them may send for any account. */
export class ExchangeStage extends Stage<IntentPlan> {
  constructor(
    private readonly crew: Crew,
    private readonly postgres: OwnPostgres,
  ) {
    super();
  }

  workerOf(): Worker {
    return this.crew.steady;
  }

  async disturbed<T>(_account: string, plan: IntentPlan, call: (worker: Worker) => Promise<T>): Promise<T> {
    const { crew, postgres } = this;
    const hit = (): void => void this.hit.add(plan);
    switch (plan.scenario) {
      case 'killed':
        return crew.killed(plan.instant, hit, call);
      case 'paused': {
        const { answer, goOn } = await crew.paused(plan, call);
        if (!(answer instanceof NoAnswer)) return answer;
        hit();
        this.stoppedFor(plan, goOn);
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
}
