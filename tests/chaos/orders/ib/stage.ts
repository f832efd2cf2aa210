import { setTimeout as sleep } from 'node:timers/promises';
import { NoAnswer } from '../child';
import { watched } from '../crew';
import type { Worker } from '../crew';
import { DOWN_MS } from '../disturb';
import type { OwnPostgres } from '../own-postgres';
import { Pace } from '../pace';
import { Stage } from '../stage';
import type { Gateway } from './gateway';
import type { IbPlan } from './plan';

/** What a process must be told that is not let in, and how long it may take until it is. */
const IN_USE = /client id \d+ is in use/;
const TOLD_WITHIN_MS = 15_000;

/** The two processes of a lane: one writes, the other would like to. */
export class Pair {
  constructor(
    public writer: Worker,
    public other: Worker,
  ) {}

  swap(): void {
    [this.writer, this.other] = [this.other, this.writer];
  }
}

/**
 * The processes that trade at gateways of Interactive Brokers. Only one of them at a time has an account's client id, so a
 * workflow reaches that one: its successor when it was killed, and when it was stopped another one, which is kept out.
 */
export class IbStage extends Stage<IbPlan> {
  /** Other processes that asked for the client id of a stopped writer and were not let in, and those that were told why. */
  readonly kept = { out: 0, told: 0 };
  private readonly pace = new Pace();

  constructor(
    private readonly pairs: ReadonlyMap<string, Pair>,
    private readonly gateways: ReadonlyMap<string, Gateway>,
    private readonly postgres: OwnPostgres,
    /** A control has no client id of its own: another process of it is simply let in. */
    private readonly oneWriter: boolean,
  ) {
    super();
  }

  workerOf(account: string): Worker {
    return this.pairOf(account).writer;
  }

  /** Opens the line of an account's writer. */
  async opened(account: string): Promise<void> {
    const until = performance.now() + TOLD_WITHIN_MS;
    while (performance.now() < until)
      if ((await this.workerOf(account).ask({ kind: 'line', account })).why === null) return;
    throw new Error(`${account} has no line to its gateway`);
  }

  async disturbed<T>(account: string, plan: IbPlan, call: (worker: Worker) => Promise<T>): Promise<T> {
    const pair = this.pairOf(account);
    const gateway = this.gatewayOf(account);
    await pair.writer.ready();
    switch (plan.scenario) {
      case 'killed': {
        const { writer } = pair;
        return this.struck(plan, call(writer), () => writer.kill());
      }
      case 'stopped':
        return this.stop(account, plan, call);
      case 'cut off':
        return this.away(pair, plan, call, async () => {
          await gateway.tell('connectivity', { code: 1100 });
          return () => gateway.tell('connectivity', { code: plan.backBy });
        });
      case 'gateway restarted':
        return this.away(pair, plan, call, async () => {
          await gateway.tell('restart', { downMs: plan.holdMs, rollBack: plan.early ? plan.rollBack : 0 });
          return () => Promise.resolve();
        });
      case 'database down':
        return this.struck(plan, call(pair.writer), () => this.postgres.outage(DOWN_MS));
      case 'held':
        return this.pace.timed(() => call(pair.writer));
      case 'answer lost':
      case 'order lost':
      case 'fill untold':
      case 'numbers rolled back':
      case 'half open':
      case 'hidden':
      case 'given up':
        return call(pair.writer);
    }
  }

  /** Does something in the middle of a call, unless that is over by then; answers what the call answers. */
  private async struck<T>(plan: IbPlan, work: Promise<T>, strike: () => Promise<void>): Promise<T> {
    const { answer, answered } = watched(work);
    await sleep(this.pace.share(plan.instant));
    if (!answered()) {
      this.hit.add(plan);
      await strike();
    }
    return answer;
  }

  /** The gateway goes away, before a call or in the middle of it, and comes back by itself a while later. */
  private async away<T>(
    pair: Pair,
    plan: IbPlan,
    call: (worker: Worker) => Promise<T>,
    leave: () => Promise<() => Promise<void>>,
  ): Promise<T> {
    const strike = async (): Promise<void> => {
      const back = await leave();
      const over = sleep(plan.holdMs).then(back);
      over.catch(() => undefined);
      this.stoppedFor(plan, () => over);
    };
    if (!plan.early) return this.struck(plan, call(pair.writer), strike);
    this.hit.add(plan);
    await strike();
    return call(pair.writer);
  }

  /** SIGSTOP in the middle of a call. The other process must be kept out until the writer goes on, or is killed. */
  private async stop<T>(account: string, plan: IbPlan, call: (worker: Worker) => Promise<T>): Promise<T> {
    const pair = this.pairOf(account);
    const { other, writer } = pair;
    const { answer, answered } = watched(call(writer));
    await sleep(this.pace.share(plan.instant));
    if (answered()) return answer;
    this.hit.add(plan);
    await writer.signal('SIGSTOP');
    pair.swap();
    if (this.oneWriter) await this.askToBeLetIn(account, other);
    const over = sleep(plan.holdMs).then(async () => {
      if (plan.killed) {
        await writer.kill();
      } else {
        pair.swap();
        // The other one gives way, or it would be the next writer by chance.
        if (this.oneWriter) await other.ask({ kind: 'leave', account });
        await writer.signal('SIGCONT');
      }
      await answer.catch(() => undefined);
    });
    over.catch(() => undefined);
    this.stoppedFor(plan, () => over);
    answer.catch(() => undefined);
    throw new NoAnswer('the process was stopped');
  }

  /**
   * Asks until TWS has said why not: the first answer may be that there is none yet. A writer whose own line was broken when
   * it was stopped keeps nobody out.
   */
  private async askToBeLetIn(account: string, other: Worker): Promise<void> {
    const until = performance.now() + TOLD_WITHIN_MS;
    let why: string | null = '';
    while (why !== null && !IN_USE.test(why) && performance.now() < until)
      ({ why } = await other.ask({ kind: 'line', account }));
    if (why === null) return;
    this.kept.out += 1;
    if (IN_USE.test(why)) this.kept.told += 1;
  }

  private pairOf(account: string): Pair {
    const pair = this.pairs.get(account);
    if (pair === undefined) throw new Error(`no processes for ${account}`);
    return pair;
  }

  private gatewayOf(account: string): Gateway {
    const gateway = this.gateways.get(account);
    if (gateway === undefined) throw new Error(`no gateway for ${account}`);
    return gateway;
  }
}
