import type { Client } from '@temporalio/client';
import { clearAlert, raiseAlert } from '../database/alerts';
import type { Database } from '../database/pool';
import { ScheduleStore } from '../database/schedules';
import { instant, millisOf } from '../domain/clock/instant';
import { judgeSchedule } from '../domain/operations/schedule-health';
import type { Logger } from '../telemetry/logger';
import type { ScheduleMetrics } from '../telemetry/schedule-metrics';
import { applySchedules } from '../temporal/schedules/apply';
import type { ScheduleDefinition } from '../temporal/schedules/definition';
import { failureOf, readSchedule } from '../temporal/schedules/read';
import type { ScheduleState } from '../temporal/schedules/read';

/** Real time between two looks. */
const EVERY_MS = 30_000;
/** A server that is away when the list is to be applied is asked again soon. */
const RETRY_MS = 5_000;

/** What the monitor works with. */
export interface ScheduleMonitorDeps {
  readonly database: Database;
  readonly client: Client;
  readonly definitions: readonly ScheduleDefinition[];
  readonly metrics: ScheduleMetrics;
  readonly logger: Pick<Logger, 'info' | 'warn'>;
}

/**
 * Applies the list of schedules at the start, and then looks after them for as long as the process runs: a run that
 * failed and runs that were missed raise an alert each (`schedule-failed:{id}`, `schedule-missed:{id}`), which the next
 * good run clears. It may run in several processes.
 */
export class ScheduleMonitor {
  private readonly store: ScheduleStore;
  private timer: NodeJS.Timeout | undefined;
  private round: Promise<void> = Promise.resolve();
  private applied = false;
  private stopped = false;

  constructor(private readonly deps: ScheduleMonitorDeps) {
    this.store = new ScheduleStore(deps.database);
  }

  start(): void {
    this.schedule(0);
  }

  /** Ends after the round under way. */
  async stop(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.timer);
    await this.round;
  }

  /** Brings Temporal's schedules to the list, and says what that changed. */
  async apply(): Promise<void> {
    const { client, definitions, logger } = this.deps;
    for (const { scheduleId, action } of await applySchedules(client, definitions, this.store)) {
      if (action === 'deleted') logger.warn({ schedule: scheduleId }, 'a schedule left the list and is deleted');
      else if (action === 'kept')
        logger.warn(
          { schedule: scheduleId },
          'a schedule left the list; it is paused and stays until it is deleted by hand',
        );
      else if (action !== 'unchanged')
        logger.info({ schedule: scheduleId, action }, 'a schedule was brought to the list');
    }
    this.applied = true;
  }

  /** One look at every schedule of the list; one that cannot be read keeps no other from being looked at. */
  async look(): Promise<void> {
    for (const { id } of this.deps.definitions) {
      if (this.stopped) return;
      try {
        const state = await readSchedule(this.deps.client, id);
        if (state === undefined) this.applied = false;
        else await this.judge(id, state);
      } catch (error) {
        this.deps.logger.warn({ err: error, schedule: id }, 'a schedule could not be looked at');
      }
    }
  }

  private async judge(id: string, state: ScheduleState): Promise<void> {
    const { database, metrics, client } = this.deps;
    const verdict = judgeSchedule(state, await this.store.note(id), instant(Date.now()));
    if (verdict.failed === null) {
      if (state.lastEnded !== null) await clearAlert(database, `schedule-failed:${id}`);
    } else {
      const { workflowId, outcome, startedAt } = verdict.failed;
      const failure = outcome === 'failed' ? await failureOf(client, workflowId) : '';
      await raiseAlert(database, {
        cause: `schedule-failed:${id}`,
        severity: 'warning',
        title: `The last run of the schedule ${id} ended ${outcome}${state.paused ? '; the schedule is paused' : ''}`,
        detail: {
          workflowId,
          startedAt,
          ...(failure === '' ? {} : { failure }),
          ...(state.paused ? { note: state.note } : {}),
        },
      });
    }
    if (verdict.missed) {
      const title = `Runs of the schedule ${id} were missed: the outage was longer than its catch-up window`;
      const detail = { missedSince: verdict.note.missedAt, missedInAll: state.missed };
      await raiseAlert(database, { cause: `schedule-missed:${id}`, severity: 'warning', title, detail });
    } else await clearAlert(database, `schedule-missed:${id}`);
    // Last: a look that broke off before it tells again.
    await this.store.keepNote(id, verdict.note);
    if (verdict.newlyMissed > 0) metrics.missed(id, verdict.newlyMissed);
    const good = state.lastEnded?.outcome === 'completed' ? millisOf(state.lastEnded.startedAt) : null;
    metrics.looked(id, { paused: state.paused, healthy: verdict.failed === null && !verdict.missed, lastGoodAt: good });
  }

  private async tick(): Promise<number> {
    try {
      if (!this.applied) await this.apply();
      await this.look();
      return EVERY_MS;
    } catch (error) {
      this.deps.logger.warn({ err: error }, 'the list of schedules could not be applied and is tried again');
      return RETRY_MS;
    }
  }

  private schedule(ms: number): void {
    if (this.stopped) return;
    this.timer = setTimeout(() => {
      this.round = this.tick().then((next) => this.schedule(next));
    }, ms);
  }
}
