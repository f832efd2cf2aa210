import type { Client } from 'pg';
import type { Queryable } from '../../../database/pool';
import { tick } from '../../support/controlled-clock';

/** Who does something: two order workers, the watcher, and an operator. Each has a connection of its own. */
export const WORKERS = ['A', 'B', 'watcher', 'operator'] as const;
export type WorkerName = (typeof WORKERS)[number];

/** How a step lets a worker go on: how old what it reads at the venue is, in milliseconds. */
export interface Grant {
  readonly lag: number;
  readonly fillLag: number;
}

/** Where an activity waits to be let on. */
export interface Gate {
  readonly name: string;
  readonly open: (grant: Grant) => void;
}

/**
 * One activity of one worker, cut at every await: at each it stands at a gate until a step opens it. A crash leaves it
 * there for ever, which is all that the outside sees of a crash.
 */
export class Run {
  gate: Gate | undefined;
  /** The step in which the fence permitted this run's send; undefined before. */
  permittedAt: number | undefined;
  over = false;
  /** Why the activity failed: none of them should. */
  failure: Error | undefined;
  /** Settles when the process is gone. */
  readonly death: Promise<void>;
  private die: () => void = () => undefined;
  private dead = false;
  private onParked: (() => void) | undefined;

  constructor(
    readonly worker: WorkerName,
    readonly title: string,
  ) {
    this.death = new Promise((resolve) => (this.die = resolve));
  }

  /** Starts the activity and waits until it stands at its first gate, or is over. */
  async start(activity: (run: Run) => Promise<unknown>): Promise<void> {
    await this.untilParked(() => {
      activity(this).then(
        () => this.end(),
        (error: unknown) => this.end(error instanceof Error ? error : new Error(String(error))),
      );
    });
  }

  /** Called by the activity: stands until a step lets it on. */
  async pass(name: string): Promise<Grant> {
    return new Promise((resolve) => {
      this.stand({ name, open: resolve });
    });
  }

  /** Called by the activity: stands until something else than `go` lets it on. */
  async await<Answer>(name: string, begin: (answer: (value: Answer) => void) => void): Promise<Answer> {
    return new Promise((resolve) => {
      begin(resolve);
      this.stand({ name, open: () => undefined });
    });
  }

  /** Lets the activity on and waits until it stands again, or is over. */
  async go(open: () => void): Promise<void> {
    this.gate = undefined;
    await this.untilParked(open);
  }

  /** The process is gone: whatever is left of the activity meets closed gates only. */
  crash(): void {
    this.dead = true;
    this.die();
    this.over = true;
    this.gate = undefined;
  }

  private stand(gate: Gate): void {
    if (this.dead) return;
    this.gate = gate;
    this.onParked?.();
  }

  private end(failure?: Error): void {
    if (this.dead) return;
    this.over = true;
    this.failure = failure;
    this.onParked?.();
  }

  private async untilParked(begin: () => void): Promise<void> {
    await new Promise<void>((resolve) => {
      this.onParked = resolve;
      begin();
    });
    this.onParked = undefined;
  }
}

/** The world as a run's statements meet it. */
export interface Surroundings {
  readonly account: string;
  /** What the database's clock says at the next statement; epoch milliseconds. */
  readonly now: number;
  /** Called after a statement of a run has been answered. */
  readonly observed: (run: Run, name: string, values: readonly unknown[], row: Record<string, unknown>) => void;
}

/** Facts that nothing is decided from here, where only the protocol runs. */
const NO_FACTS = {
  account: '',
  instrument: { id: '', calendar: 'ALWAYS' },
  spec: { entry: { type: 'market' } },
  now: '1970-01-01T00:00:00.000Z',
  speed: 1,
};

/**
 * A worker's connection as one run sees it: each call of a database function waits at a gate. The same round trip sets the
 * clock before it and answers what the database looks like after it.
 */
export function gatedDatabase(client: Client, run: Run, around: Surroundings): Queryable {
  const query = async (statement: string, values: readonly unknown[] = []): Promise<unknown> => {
    const name = /^SELECT (?:iso\()?(\w+)\(/.exec(statement)?.[1] ?? statement;
    if (name === 'trade_facts') return { rows: [{ facts: NO_FACTS }] };
    await run.pass(name);
    const result = await client.query<Record<string, unknown>>(
      `${statement.replace('SELECT', `SELECT ${tick(around.now)},`)}, controlled.look('${around.account}') AS look`,
      [...values],
    );
    const row = result.rows[0];
    if (row !== undefined) around.observed(run, name, values, row);
    return result;
  };
  return new Proxy(client, { get: (target, key): unknown => (key === 'query' ? query : Reflect.get(target, key)) });
}
