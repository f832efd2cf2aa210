import { setTimeout as sleep } from 'node:timers/promises';
import { activityOf } from './acts';
import { brokenRule, Watch } from './rules';
import type { Broken } from './rules';
import { Run } from './run';
import type { WorkerName } from './run';
import type { Step } from './step';
import type { World } from './world';

/** Carries out the steps of one interleaving, one after the other, and checks every rule after each. */
export class Player {
  private readonly watch: Watch;
  /** The steps so far, without those that made no sense when they came. */
  readonly steps: Step[] = [];

  constructor(private readonly world: World) {
    this.watch = new Watch(world);
  }

  /** Carries out one step, if it makes sense now. Answers what it broke. */
  async play(step: Step): Promise<Broken | undefined> {
    if (!(await this.perform(step))) return undefined;
    this.steps.push(step);
    return this.failed() ?? brokenRule(this.world, this.watch);
  }

  /** Ends every run, so that none can do anything later. */
  abandon(): void {
    for (const [worker] of this.world.runs) this.crash(worker);
  }

  private failed(): Broken | undefined {
    for (const [worker, run] of this.world.runs) {
      if (run.failure) return { rule: 'no call fails', detail: `${worker}, ${run.title}: ${run.failure.message}` };
    }
    return undefined;
  }

  private async perform(step: Step): Promise<boolean> {
    const { world } = this;
    switch (step.do) {
      case 'start':
        return this.start(step);
      case 'go':
        return this.go(step.worker, step.lag, step.fillLag);
      case 'overlap':
        return this.overlap(step.first, step.second);
      case 'crash':
        return this.crash(step.worker);
      case 'deliver':
      case 'answer':
      case 'lose':
        return this.carry(step);
      case 'fill':
      case 'expire': {
        const order = world.venue.orders.find(({ message }) => message.label === step.order);
        if (order === undefined || order.ended) return false;
        if (step.do === 'fill') world.venue.fill(order, step.share, world.now);
        else world.venue.end(order, 'expired', world.now);
        return true;
      }
      case 'wait':
        world.now += step.ms;
        return true;
    }
  }

  private async start(step: Extract<Step, { do: 'start' }>): Promise<boolean> {
    if (this.active(step.worker)) return false;
    const activity = activityOf(this.world, step);
    if (activity === undefined) return false;
    const run = new Run(step.worker, step.act);
    this.world.runs.set(step.worker, run);
    await run.start(activity);
    return true;
  }

  private async go(worker: WorkerName, lag: number, fillLag: number): Promise<boolean> {
    const run = this.active(worker);
    const gate = run?.gate;
    if (run === undefined || gate === undefined || gate.name === 'answer') return false;
    await run.go(() => gate.open({ lag, fillLag }));
    return true;
  }

  /** The first call is answered inside a transaction that is committed when the second waits for it, or is over. */
  private async overlap(first: WorkerName, second: WorkerName): Promise<boolean> {
    const [one, other] = [this.active(first), this.active(second)];
    if (first === second || !callsDatabase(one) || !callsDatabase(other)) return false;
    const { lab } = this.world;
    await lab.workers[first].query('BEGIN');
    await this.go(first, 0, 0);
    const going = this.go(second, 0, 0);
    const over = going.then(() => true);
    while (!(await Promise.race([over, waits(this.world, second)]))) await sleep(0);
    await lab.workers[first].query('COMMIT');
    await going;
    return true;
  }

  private crash(worker: WorkerName): boolean {
    const run = this.active(worker);
    if (run === undefined) return false;
    run.crash();
    for (const message of this.world.venue.messages) if (message.sender === run) message.reply = undefined;
    return true;
  }

  private async carry(step: Extract<Step, { do: 'deliver' | 'answer' | 'lose' }>): Promise<boolean> {
    const { world } = this;
    const message = world.venue.messages.find(({ label }) => label === step.message);
    if (message === undefined) return false;
    if (step.do === 'deliver') {
      if (message.outcome !== undefined) return false;
      const outcome = world.venue.receive(message, world.now);
      const order = world.venue.orders.at(-1);
      if (outcome.kind !== 'acked' || order === undefined) return true;
      if (step.share > 0) world.venue.fill(order, step.share, world.now);
      if (step.ends) world.venue.end(order, 'cancelled', world.now);
      return true;
    }
    const { outcome, reply, sender } = message;
    if (reply === undefined || (step.do === 'answer' && outcome === undefined)) return false;
    message.reply = undefined;
    const answer = step.do === 'answer' && outcome !== undefined ? outcome : LOST;
    await sender.go(() => reply(answer));
    return true;
  }

  private active(worker: WorkerName): Run | undefined {
    const run = this.world.runs.get(worker);
    return run === undefined || run.over ? undefined : run;
  }
}

const LOST = { kind: 'unknown', message: 'the answer was lost' } as const;

/** True when a worker stands before a call of the database. */
export function callsDatabase(run: Run | undefined): boolean {
  const name = run?.gate?.name;
  return name !== undefined && !['adapter', 'answer', 'find', 'cancel', 'poll'].includes(name);
}

/** True when a worker's connection waits for a lock. */
async function waits(world: World, worker: WorkerName): Promise<boolean> {
  const { rows } = await world.lab.control.query<{ waits: boolean }>(
    'SELECT cardinality(pg_blocking_pids($1)) > 0 AS waits',
    [processId(world, worker)],
  );
  return rows[0]?.waits === true;
}

function processId(world: World, worker: WorkerName): number {
  const id: unknown = Reflect.get(world.lab.workers[worker], 'processID');
  if (typeof id !== 'number') throw new Error('the driver does not say which server process it talks to');
  return id;
}
