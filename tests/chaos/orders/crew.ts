import { setTimeout as sleep } from 'node:timers/promises';
import { Lane } from '../../../brokers/lane';
import { Child, NoAnswer } from './child';
import type { Answers, Command, WorkerSetup } from './messages';
import { Pace } from './pace';

const ENTRY = 'tests/chaos/orders/worker';

/** One worker process that is started anew whenever it was killed. */
export class Worker {
  /** For whoever needs the process to himself. */
  readonly lane = new Lane();
  private child: Promise<Child>;

  constructor(
    private readonly setup: WorkerSetup,
    private readonly log: string,
    private readonly entry = ENTRY,
  ) {
    this.child = this.start();
  }

  /** @throws NoAnswer when the process dies first. */
  async ask<Kind extends Command['kind']>(command: Extract<Command, { kind: Kind }>): Promise<Answers[Kind]> {
    return (await this.child).ask<Answers[Kind]>({ command });
  }

  /** Settles when the process is up and has heard what it is to do. */
  async ready(): Promise<void> {
    await this.child;
  }

  async signal(name: 'SIGSTOP' | 'SIGCONT'): Promise<void> {
    (await this.child).signal(name);
  }

  /** SIGKILL, and a successor at once. */
  async kill(): Promise<void> {
    const child = await this.child;
    child.signal('SIGKILL');
    this.child = child.ended.then(() => this.start());
  }

  async end(): Promise<void> {
    await (await this.child).end();
  }

  private async start(): Promise<Child> {
    const child = new Child(this.entry, this.log);
    await child.ask({ setup: this.setup });
    return child;
  }
}

/** The worker processes of a run: one that stays up, two that are killed, and two that are stopped and continued. */
export class Crew {
  readonly steady: Worker;
  private readonly victims: readonly Worker[];
  private readonly sleepers: readonly Worker[];
  private readonly pace = new Pace();
  private turn = 0;

  constructor(setup: WorkerSetup, log: string, size: { readonly victims: number; readonly sleepers: number }) {
    const workers = (count: number): readonly Worker[] => Array.from({ length: count }, () => new Worker(setup, log));
    this.steady = new Worker(setup, log);
    this.victims = workers(size.victims);
    this.sleepers = workers(size.sleepers);
  }

  async ready(): Promise<void> {
    await Promise.all(this.all().map((worker) => worker.ready()));
  }

  /** How long a share of an undisturbed submission takes, in milliseconds: a quarter of them are faster. */
  share(fraction: number): number {
    return this.pace.share(fraction);
  }

  /** Asks the steady worker and remembers how long it took. */
  timed<T>(work: (worker: Worker) => Promise<T>): Promise<T> {
    return this.pace.timed(() => work(this.steady));
  }

  /** Kills a worker in the middle of some work, if it is not faster. @throws NoAnswer when it was hit. */
  async killed<T>(instant: number, hit: () => void, work: (worker: Worker) => Promise<T>): Promise<T> {
    const worker = this.nextOf(this.victims);
    return worker.lane.run(async () => {
      await worker.ready();
      const { answer, answered } = watched(work(worker));
      await sleep(this.share(instant));
      if (!answered()) {
        hit();
        await worker.kill();
      }
      return answer;
    });
  }

  /**
   * Stops a worker in the middle of some work and does not wait for it. `goOn` continues it and settles when its work has
   * ended as well. @throws NoAnswer within `answer` when it was stopped.
   */
  async paused<T>(
    { instant, holdMs }: { readonly instant: number; readonly holdMs: number | null },
    work: (worker: Worker) => Promise<T>,
  ): Promise<{ readonly answer: T | NoAnswer; readonly goOn: () => Promise<void> }> {
    const worker = this.nextOf(this.sleepers);
    return new Promise((resolve, reject) => {
      void worker.lane
        .run(async () => {
          await worker.ready();
          const { answer, answered } = watched(work(worker));
          await sleep(this.share(instant));
          if (answered()) {
            resolve({ answer: await answer, goOn: () => Promise.resolve() });
            return;
          }
          await worker.signal('SIGSTOP');
          let released: () => void = () => undefined;
          const release = new Promise<void>((done) => (released = done));
          const over = (holdMs === null ? release : Promise.race([release, sleep(holdMs)]))
            .then(() => worker.signal('SIGCONT'))
            .then(() => answer.then(noop, noop));
          const goOn = (): Promise<void> => {
            released();
            return over;
          };
          resolve({ answer: new NoAnswer('the process was stopped'), goOn });
          await over;
        })
        .catch(reject);
    });
  }

  /** Two workers at once with the same work. */
  async raced<T>(work: (worker: Worker) => Promise<T>): Promise<T> {
    const other = this.nextOf(this.victims);
    return other.lane.run(async () => {
      await other.ready();
      const second = work(other);
      second.catch(noop);
      const first = await work(this.steady).catch(() => second);
      await second.catch(noop);
      return first;
    });
  }

  async end(): Promise<void> {
    await Promise.all(this.all().map((worker) => worker.end()));
  }

  private all(): readonly Worker[] {
    return [this.steady, ...this.victims, ...this.sleepers];
  }

  private nextOf(workers: readonly Worker[]): Worker {
    const worker = workers[(this.turn += 1) % workers.length];
    if (worker === undefined) throw new RangeError('no such worker');
    return worker;
  }
}

/** Work under way, and whether it has ended. */
export function watched<T>(work: Promise<T>): { readonly answer: Promise<T>; readonly answered: () => boolean } {
  let over = false;
  work.then(
    () => (over = true),
    () => (over = true),
  );
  return { answer: work, answered: () => over };
}

function noop(): void {
  return undefined;
}
