import type { Client } from '@temporalio/client';
import { startTrade, startWatcher } from './start-workflows';
import type { StartableTrade } from './start-workflows';

/** What the dispatcher reads: every open trade, and every account that wants a watcher. */
export interface Registry {
  openTrades(): Promise<readonly StartableTrade[]>;
  accounts(): Promise<readonly string[]>;
}

/** Told what went wrong; a failed round is repeated at the next. */
export type DispatchLog = (problem: string, error: unknown) => void;

/** Time between two looks at the registry. */
const ROUND_MS = 1_000;
/** A workflow that was seen running is asked for again after this: a run may end without its trade having ended. */
const RECHECK_MS = 15_000;

/**
 * Keeps a workflow running for every open trade and a watcher for every account: starts those that have none, and those
 * whose run is gone. It may run in any number of processes; the server lets one run exist.
 */
export class Dispatcher {
  private readonly startedAt = new Map<string, number>();
  private timer: NodeJS.Timeout | undefined;
  private round: Promise<void> = Promise.resolve();
  private stopped = false;

  constructor(
    private readonly client: Client,
    private readonly registry: Registry,
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
      for (const account of await this.registry.accounts()) {
        await this.once(`watch:${account}`, now, () => startWatcher(this.client, account));
      }
      const open = await this.registry.openTrades();
      for (const trade of open) await this.once(trade.tradeId, now, () => startTrade(this.client, trade));
      this.forgetEnded(open);
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

  private forgetEnded(open: readonly StartableTrade[]): void {
    const ids = new Set(open.map((trade) => trade.tradeId));
    for (const id of this.startedAt.keys()) if (!id.startsWith('watch:') && !ids.has(id)) this.startedAt.delete(id);
  }

  private schedule(ms: number): void {
    if (this.stopped) return;
    this.timer = setTimeout(() => {
      this.round = this.dispatch(Date.now()).finally(() => this.schedule(ROUND_MS));
    }, ms);
  }
}
