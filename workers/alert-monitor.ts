import { deliverAlerts } from '../activities/operations/deliver-alerts';
import type { DeliveryDeps } from '../activities/operations/deliver-alerts';
import { lookForProblems } from '../activities/operations/look-for-problems';
import type { ProblemDeps } from '../activities/operations/look-for-problems';
import { countOpenAlerts } from '../database/alert-registry';
import type { AlertMetrics } from '../telemetry/alert-metrics';
import type { Logger } from '../telemetry/logger';

/** Real time between two rounds. */
const EVERY_MS = 5_000;

/** What the monitor works with. */
export interface AlertMonitorDeps extends Omit<DeliveryDeps, 'counted'>, ProblemDeps {
  readonly metrics: AlertMetrics;
}

/**
 * Looks for what is worth an alert and tells people, for as long as the process runs, whether or not Temporal does. It may
 * run in several processes: the journal of messages lets each leave once.
 */
export class AlertMonitor {
  private timer: NodeJS.Timeout | undefined;
  private round: Promise<void> = Promise.resolve();
  private stopped = false;

  constructor(
    private readonly deps: AlertMonitorDeps,
    private readonly logger: Pick<Logger, 'warn'>,
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

  /** One round; what fails is logged, and does not keep the rest from being done. */
  async look(): Promise<void> {
    const { deps } = this;
    await this.trying('problems could not be looked for', () => lookForProblems(deps));
    const counted = deps.metrics.delivered;
    await this.trying('alerts could not be delivered', () => deliverAlerts({ ...deps, counted }));
    await this.trying('alerts could not be counted', async () =>
      deps.metrics.open(await countOpenAlerts(deps.database)),
    );
  }

  private async trying(problem: string, work: () => Promise<void>): Promise<void> {
    await work().catch((error: unknown) => this.logger.warn({ err: error }, problem));
  }

  private schedule(ms: number): void {
    if (this.stopped) return;
    this.timer = setTimeout(() => {
      this.round = this.look().finally(() => this.schedule(EVERY_MS));
    }, ms);
  }
}
