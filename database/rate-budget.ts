import { RateLimited } from '../domain/order/rate-gate';
import type { RateGate, RateShare } from '../domain/order/rate-gate';
import type { Millis } from '../domain/clock/instant';
import { firstOf } from './pool';
import type { Queryable } from './pool';

/** A token bucket, in the venue's own units of a request. */
export interface RateBudget {
  /** Its name: whoever uses the same name shares it. */
  readonly scope: string;
  /** Units that may be spent at once. */
  readonly capacity: number;
  /** Units that come back each second: in any `t` seconds at most `capacity + refill · t` are spent. */
  readonly refill: number;
  /** Units that only `safety` may spend. */
  readonly reserve: number;
}

/** Real time that a request may wait for its turn: an entry that comes late is worthless, a stop is not. */
const LONGEST_WAIT: Readonly<Record<RateShare, Millis>> = { entry: 1_500, safety: 4_000 };

/** Even where a single request takes longer to come back: Kraken's reads of history take six seconds. */
const LONGEST_SAFETY_WAIT: Millis = 8_000;

interface Taken {
  readonly waitMs: number;
  readonly blocked: string | null;
}

/** A request budget in the database, shared by every process that opens it under the same names. */
export class PostgresRateGate implements RateGate {
  private readonly scopes: readonly string[];
  private ready: Promise<void> | undefined;

  /** @param sleep waits so many milliseconds */
  constructor(
    private readonly database: Queryable,
    private readonly budgets: readonly RateBudget[],
    private readonly sleep: (ms: Millis) => Promise<void> = (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
  ) {
    this.scopes = budgets.map(({ scope }) => scope);
  }

  async take(share: RateShare, weight: number): Promise<void> {
    await this.prepare();
    let patience = this.patience(share, weight);
    for (;;) {
      const { waitMs, blocked } = await this.ask(share, weight);
      if (waitMs === 0) return;
      if (waitMs > patience) {
        const why = blocked === null ? 'the request budget is used up' : `the venue told us to wait: ${blocked}`;
        throw new RateLimited(why, waitMs);
      }
      patience -= waitMs;
      await this.sleep(waitMs);
    }
  }

  /** Where units come back slowly, safety waits for its own at least: else reads that start on an empty bucket never end. */
  private patience(share: RateShare, weight: number): Millis {
    const slowest = Math.min(...this.budgets.map(({ refill }) => refill));
    const own = share === 'safety' ? Math.ceil((1_000 * weight) / slowest) : 0;
    return Math.max(LONGEST_WAIT[share], Math.min(own, LONGEST_SAFETY_WAIT));
  }

  async block(duration: Millis, why: string): Promise<void> {
    await this.prepare();
    await this.database.query('SELECT block_rate($1, $2, $3)', [this.scopes, Math.max(0, Math.ceil(duration)), why]);
  }

  private async ask(share: RateShare, weight: number): Promise<Taken> {
    const { rows } = await this.database.query<{ taken: Taken }>('SELECT take_rate($1, $2, $3) AS taken', [
      this.scopes,
      share,
      weight,
    ]);
    return firstOf(rows, 'take_rate').taken;
  }

  /** Makes the budgets at the first use; tried again when the database was away. */
  private prepare(): Promise<void> {
    this.ready ??= this.make().catch((error: unknown) => {
      this.ready = undefined;
      throw error;
    });
    return this.ready;
  }

  private async make(): Promise<void> {
    for (const { scope, capacity, refill, reserve } of this.budgets) {
      await this.database.query('SELECT set_rate_budget($1, $2, $3, $4)', [scope, capacity, refill, reserve]);
    }
  }
}
