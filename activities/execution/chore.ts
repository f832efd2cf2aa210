import type { Millis } from '../../domain/clock/instant';
import { RateLimited } from '../../domain/order/rate-gate';

/** Pause after the first failure; each further one doubles it. */
const FIRST_PAUSE_MS: Millis = 500;

/** What a chore needs of its surroundings. */
export interface ChoreSetting {
  /** A clock that never goes back. */
  readonly monotonic: () => Millis;
  /** Told what went wrong, and undefined when it works again. */
  readonly report: (chore: string, problem: string | undefined) => Promise<void>;
}

/** How often a chore is done. */
export interface ChorePace {
  /** Pause between two runs. */
  readonly every: () => Millis;
  /** Longest pause while it keeps failing. */
  readonly longest: Millis;
}

/**
 * Work that recurs beside the watch and never holds it up: one run at a time, due after a time or when asked for, ever
 * slower while it fails.
 */
export class Chore {
  private due = -Infinity;
  private asked = false;
  private failures = 0;
  private reported = false;
  private running: Promise<void> | undefined;

  constructor(
    readonly name: string,
    private readonly setting: ChoreSetting,
    private readonly pace: ChorePace,
    private readonly work: () => Promise<void>,
  ) {}

  /** Wants it done now, or as soon as a failure has had its pause; work under way is done once more. */
  ask(): void {
    this.asked = true;
  }

  /** Starts what is due; returns at once. */
  turn(): void {
    const early = this.setting.monotonic() < this.due;
    const wanted = this.asked && this.failures === 0;
    if (this.running !== undefined || (early && !wanted)) return;
    this.asked = false;
    this.running = this.run().finally(() => {
      this.running = undefined;
    });
  }

  /** Waits for the run under way, if any. */
  async settled(): Promise<void> {
    await this.running;
  }

  private async run(): Promise<void> {
    try {
      await this.work();
      this.failures = 0;
      this.due = this.setting.monotonic() + this.pace.every();
      if (this.reported) await this.setting.report(this.name, undefined);
      this.reported = false;
    } catch (error) {
      this.failures += 1;
      const pause = Math.min(this.pace.longest, FIRST_PAUSE_MS * 2 ** (this.failures - 1));
      const told = error instanceof RateLimited ? error.retryAfter : 0;
      this.due = this.setting.monotonic() + Math.max(pause, told);
      this.reported = true;
      const problem = error instanceof Error ? error.message : 'it failed';
      // Whoever cannot reach the venue may not reach the database either; the next run tells again.
      await this.setting.report(this.name, problem).catch(() => undefined);
    }
  }
}

/** A venue call with our own deadline, since a chore that hangs is never run again. @throws Error when it passes. */
export async function within<T>(ms: Millis, what: string, call: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`${what}: no answer within ${ms / 1_000} s`)), ms);
  });
  try {
    return await Promise.race([call, late]);
  } finally {
    clearTimeout(timer);
  }
}
