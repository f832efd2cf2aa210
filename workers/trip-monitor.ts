import { lookAtTrips } from '../activities/halt/look-at-trips';
import type { TripDeps } from '../activities/halt/look-at-trips';
import type { Logger } from '../telemetry/logger';

/** Real time between two looks. */
const EVERY_MS = 5_000;

/**
 * Looks at the automatic trips of every account for as long as the process runs, whether or not Temporal does: a halt
 * needs the database alone. It may run in several processes; what one has halted the others find standing.
 */
export class TripMonitor {
  private timer: NodeJS.Timeout | undefined;
  private round: Promise<void> = Promise.resolve();
  private stopped = false;

  constructor(
    private readonly deps: TripDeps,
    private readonly logger: Pick<Logger, 'warn' | 'error'>,
  ) {}

  start(): void {
    this.schedule(0);
  }

  /** Ends after the round under way. */
  async stop(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.timer);
    await this.round;
  }

  /** One look at every account; errors are logged, and the next account is looked at. */
  async look(): Promise<void> {
    try {
      for (const account of await this.deps.trades.accounts()) await this.lookAt(account);
    } catch (error) {
      this.logger.warn({ err: error }, 'the automatic trips could not be looked at');
    }
  }

  private async lookAt(account: string): Promise<void> {
    try {
      for (const { trip, reason } of await lookAtTrips(this.deps, account))
        this.logger.error({ account, trip, reason }, 'an automatic trip has halted an account');
    } catch (error) {
      this.logger.warn({ err: error, account }, 'the automatic trips of an account could not be looked at');
    }
  }

  private schedule(ms: number): void {
    if (this.stopped) return;
    this.timer = setTimeout(() => {
      this.round = this.look().finally(() => this.schedule(EVERY_MS));
    }, ms);
  }
}
