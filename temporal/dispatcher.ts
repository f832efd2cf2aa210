import type { Client } from '@temporalio/client';
import { pauseNote } from '../domain/halt/halt';
import { resumeSchedule } from './schedules/client';
import { startHaltWorkflow, startTrade, startWatcher } from './start-workflows';
import type { StartableHalt, StartableTrade } from './start-workflows';

/** What the dispatcher reads: every open trade, and every account that wants a watcher. */
export interface Registry {
  openTrades(): Promise<readonly StartableTrade[]>;
  accounts(): Promise<readonly string[]>;
}

/** Halts whose work is not done, and schedules that released halts have paused. */
export interface HaltRegistry {
  unfinished(): Promise<readonly StartableHalt[]>;
  schedulesToResume(): Promise<readonly { readonly epoch: number; readonly scheduleId: string }[]>;
  /** Epoch of a halt that stands and keeps the schedule paused too. */
  keepsPaused(scheduleId: string): Promise<number | undefined>;
  resumed(epoch: number, scheduleId: string, heir?: number): Promise<void>;
}

/** Told what went wrong; a failed round is repeated at the next. */
export type DispatchLog = (problem: string, error: unknown) => void;

/** Time between two looks at the registry. */
const ROUND_MS = 1_000;
/** A workflow that was seen running is asked for again after this: a run may end without its trade having ended. */
const RECHECK_MS = 15_000;

/**
 * Keeps a workflow running for every halt whose work is not done, every open trade and a watcher for every account:
 * starts those that have none, and those whose run is gone. It may run in any number of processes; the server lets one
 * run exist. Schedules that a halt has paused are resumed after its release.
 */
export class Dispatcher {
  private readonly startedAt = new Map<string, number>();
  private timer: NodeJS.Timeout | undefined;
  private round: Promise<void> = Promise.resolve();
  private stopped = false;

  constructor(
    private readonly client: Client,
    private readonly registry: Registry,
    private readonly halts: HaltRegistry,
    private readonly log: DispatchLog,
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

  /** One look at the registry; errors are logged, never thrown. */
  async dispatch(now: number): Promise<void> {
    try {
      const halts = await this.halts.unfinished();
      for (const halt of halts) await this.once(halt.workflowId, now, () => startHaltWorkflow(this.client, halt));
      for (const account of await this.registry.accounts()) {
        await this.once(`watch:${account}`, now, () => startWatcher(this.client, account));
      }
      const open = await this.registry.openTrades();
      for (const trade of open) await this.once(trade.tradeId, now, () => startTrade(this.client, trade));
      this.forgetEnded([...open.map(({ tradeId }) => tradeId), ...halts.map(({ workflowId }) => workflowId)]);
      await this.resumeSchedules();
    } catch (error) {
      this.log('the dispatcher could not start what should run', error);
    }
  }

  private async once(id: string, now: number, start: () => Promise<unknown>): Promise<void> {
    const started = this.startedAt.get(id);
    if (started !== undefined && now - started < RECHECK_MS) return;
    await start();
    this.startedAt.set(id, now);
  }

  private async resumeSchedules(): Promise<void> {
    for (const { epoch, scheduleId } of await this.halts.schedulesToResume()) {
      const heir = await this.halts.keepsPaused(scheduleId);
      await resumeSchedule(this.client, scheduleId, pauseNote(epoch), heir === undefined ? undefined : pauseNote(heir));
      await this.halts.resumed(epoch, scheduleId, heir);
    }
  }

  private forgetEnded(open: readonly string[]): void {
    const ids = new Set(open);
    for (const id of this.startedAt.keys()) if (!id.startsWith('watch:') && !ids.has(id)) this.startedAt.delete(id);
  }

  private schedule(ms: number): void {
    if (this.stopped) return;
    this.timer = setTimeout(() => {
      this.round = this.dispatch(Date.now()).finally(() => this.schedule(ROUND_MS));
    }, ms);
  }
}
