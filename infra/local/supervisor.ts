import { setTimeout as delay } from 'node:timers/promises';

/** Something that runs and can be ended. */
export interface Running {
  readonly pid: number;
  /** Settles when it has ended, for whatever reason, with that reason in words. */
  readonly ended: Promise<string>;
  /** Ends it and waits for the end. */
  readonly stop: () => Promise<void>;
  /** Whether it does its work; never rejects. Where it cannot be asked, whoever runs is taken to work. */
  readonly serves?: () => Promise<boolean>;
}

/** One thing to keep running. */
export interface Service {
  /** Unique; appears in messages. */
  readonly name: string;
  /**
   * Starts it, at first and after each unexpected end; settles when it is ready to be used. When the signal aborts, it
   * need not get ready any more: what was begun is ended, and the promise rejects.
   */
  readonly start: (signal: AbortSignal) => Promise<Running>;
}

/** What a supervisor tells about a service. */
export type SupervisorEvent =
  | { readonly kind: 'started'; readonly name: string; readonly pid: number }
  | { readonly kind: 'not-serving'; readonly name: string; readonly questions: number }
  | { readonly kind: 'ended'; readonly name: string; readonly reason: string; readonly restartInMs: number }
  | { readonly kind: 'restart-failed'; readonly name: string; readonly error: Error; readonly restartInMs: number }
  | { readonly kind: 'stopped'; readonly name: string };

/** The waits before restarts, in milliseconds: each twice the last, from `firstMs` up to `longestMs`. */
export interface BackOff {
  readonly firstMs: number;
  readonly longestMs: number;
  /** After running this long, the next end is again followed by the first wait. */
  readonly calmAfterMs: number;
}

/** From one second to half a minute; a minute of calm starts over. */
const DEFAULT_BACK_OFF: BackOff = { firstMs: 1_000, longestMs: 30_000, calmAfterMs: 60_000 };

/** Milliseconds from an answer to the next question whether a service does its work. */
const ASK_EVERY_MS = 5_000;
/**
 * What runs and has failed so many questions in a row is ended, and so started again: soon where it refuses, later where
 * it is silent, since a busy server is slow.
 */
export const FAILED_QUESTIONS = 3;

/** How a supervisor behaves; everything has a default. */
export interface SupervisorOptions {
  readonly backOff?: BackOff;
  readonly onEvent?: (event: SupervisorEvent) => void;
  /** Waits, and rejects when the signal aborts. */
  readonly sleep?: (ms: number, signal: AbortSignal) => Promise<void>;
  /** Milliseconds of a clock that never goes back. */
  readonly now?: () => number;
}

interface Kept {
  readonly service: Service;
  running: Running | undefined;
  /** Settles when nobody restarts it any more. */
  watch: Promise<void>;
}

/**
 * Keeps services running: starts them one after the other in the given order, restarts one that ends, waiting longer
 * each time, ends one that runs and does not do its work, and stops them in the reverse order.
 */
export class Supervisor {
  private readonly kept: Kept[] = [];
  private readonly starting = new Set<Promise<void>>();
  private readonly stopping = new AbortController();
  private readonly backOff: BackOff;
  private readonly onEvent: (event: SupervisorEvent) => void;
  private readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  private readonly now: () => number;

  constructor(options: SupervisorOptions = {}) {
    this.backOff = options.backOff ?? DEFAULT_BACK_OFF;
    this.onEvent = options.onEvent ?? (() => undefined);
    this.sleep = options.sleep ?? ((ms, signal) => delay(ms, undefined, { signal }));
    this.now = options.now ?? (() => performance.now());
  }

  /** Starts a service behind the others and keeps it running from then on. @throws what its first start throws. */
  async add(service: Service): Promise<void> {
    if (this.isStopping()) throw new Error(`${service.name} is not started: everything is being stopped`);
    const running = await this.startOne(service);
    if (this.isStopping()) {
      await running.stop();
      throw new Error(`${service.name} is stopped again: everything is being stopped`);
    }
    const kept: Kept = { service, running, watch: Promise.resolve() };
    this.kept.push(kept);
    this.onEvent({ kind: 'started', name: service.name, pid: running.pid });
    kept.watch = this.watch(kept);
  }

  /** The process numbers of what runs now, in start order. */
  pids(): { readonly name: string; readonly pid: number }[] {
    return this.kept.flatMap(({ service, running }) =>
      running === undefined ? [] : [{ name: service.name, pid: running.pid }],
    );
  }

  /**
   * Stops everything, the last started first, each after the one before has ended. May be called again.
   * @throws AggregateError when some did not end; the others are stopped nevertheless.
   */
  async stop(): Promise<void> {
    this.stopping.abort();
    await Promise.all(this.starting);
    const failures: unknown[] = [];
    for (const kept of [...this.kept].reverse()) {
      try {
        await kept.running?.stop();
        await kept.watch;
        this.onEvent({ kind: 'stopped', name: kept.service.name });
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw new AggregateError(failures, failures.map(String).join('; '));
  }

  /** Starts a service so that {@link stop} can wait for it. */
  private startOne(service: Service): Promise<Running> {
    const starting = service.start(this.stopping.signal);
    const settled = starting.then(
      () => undefined,
      () => undefined,
    );
    this.starting.add(settled);
    void settled.then(() => this.starting.delete(settled));
    return starting;
  }

  /** Restarts one service whenever it ends, until everything is stopped. */
  private async watch(kept: Kept): Promise<void> {
    let wait = this.backOff.firstMs;
    while (kept.running !== undefined) {
      const since = this.now();
      const over = new AbortController();
      void this.ask(kept.service.name, kept.running, AbortSignal.any([over.signal, this.stopping.signal]));
      const reason = await kept.running.ended;
      over.abort();
      kept.running = undefined;
      if (this.isStopping()) return;
      if (this.now() - since >= this.backOff.calmAfterMs) wait = this.backOff.firstMs;
      this.onEvent({ kind: 'ended', name: kept.service.name, reason, restartInMs: wait });
      wait = await this.restart(kept, wait);
    }
  }

  /** Asks a running service again and again whether it does its work, and ends it when it has not for too long. */
  private async ask(name: string, running: Running, over: AbortSignal): Promise<void> {
    if (running.serves === undefined) return;
    const isOver = (): boolean => over.aborted;
    let questions = 0;
    while (!isOver()) {
      await this.sleep(ASK_EVERY_MS, over).catch(() => undefined);
      if (isOver()) return;
      questions = (await running.serves()) ? 0 : questions + 1;
      if (isOver() || questions < FAILED_QUESTIONS) continue;
      this.onEvent({ kind: 'not-serving', name, questions });
      // One that cannot be ended is asked, and ended, again.
      await running.stop().catch(() => undefined);
    }
  }

  /** Waits and starts until it runs or everything is stopped; answers the wait before the restart after this one. */
  private async restart(kept: Kept, firstWait: number): Promise<number> {
    let wait = firstWait;
    for (;;) {
      await this.sleep(wait, this.stopping.signal).catch(() => undefined);
      if (this.isStopping()) return wait;
      wait = Math.min(wait * 2, this.backOff.longestMs);
      try {
        const running = await this.startOne(kept.service);
        kept.running = running;
        this.onEvent({ kind: 'started', name: kept.service.name, pid: running.pid });
        if (this.isStopping()) await running.stop();
        return wait;
      } catch (error) {
        const failure = error instanceof Error ? error : new Error(String(error));
        this.onEvent({ kind: 'restart-failed', name: kept.service.name, error: failure, restartInMs: wait });
      }
    }
  }

  private isStopping(): boolean {
    return this.stopping.signal.aborted;
  }
}
