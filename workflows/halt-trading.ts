import {
  condition,
  continueAsNew,
  patched,
  proxyActivities,
  setCurrentDetails,
  setHandler,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import type { SecureActivities } from '../activities/execution/secure-account';
import type { HaltActivities } from '../activities/halt/activities';
import { describeProgress, isOutOfPatience, patienceAfter, patienceLeft, waitingFor } from '../domain/halt/progress';
import type { HaltProgress, Patience } from '../domain/halt/progress';
import { haltedAttribute, killEpochAttribute } from '../temporal/messages/search-attributes';
import { haltProgressQuery, haltTradingHaltSignal } from '../temporal/messages/halt-trading';
import type { HaltTradingInput, HaltTradingResult } from '../temporal/messages/halt-trading';
import { safetyQueue } from '../temporal/messages/task-queues';

/** A halt is patient with whatever is away: it has nothing better to do than to try again. */
const FOR_EVER = { initialInterval: '200ms', backoffCoefficient: 2, maximumInterval: '5s' } as const;

const halts = proxyActivities<HaltActivities>({
  startToCloseTimeout: '2m',
  heartbeatTimeout: '20s',
  retry: { ...FOR_EVER, nonRetryableErrorTypes: ['InvalidHalt'] },
  priority: { priorityKey: 1 },
});

function venue(account: string): ReturnType<typeof proxyActivities<SecureActivities>> {
  return proxyActivities<SecureActivities>({
    taskQueue: safetyQueue(account),
    startToCloseTimeout: '5m',
    heartbeatTimeout: '5s',
    retry: FOR_EVER,
    priority: { priorityKey: 1 },
    summary: `Secure account ${account}: cancel its entries, look at its venue`,
  });
}

/** Real milliseconds between two looks: at first, and at most. A closed market is waited for with the longest. */
const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 30_000;
/** Two looks at Temporal's list are this far apart: it is late. */
const SWEEP_EVERY_MS = 2_500;

/** Halts that were started before this version touch no venue until every trade was told. */
const SECURE_WHILE_TELLING = 'secure-while-telling';

/**
 * Carries a halt out: tells every open trade, pauses schedules, drains what was being sent, cancels entries at the
 * venues, takes over trades that do not answer, and proves the end of it all in a report. The halt itself is the commit
 * that came before; nothing here can weaken it, and each step may be repeated.
 */
export async function haltTrading(input: HaltTradingInput): Promise<HaltTradingResult> {
  const run = new HaltRun();
  const engaged = input.epoch === undefined ? await halts.engage(input) : { epoch: input.epoch, ours: true };
  const { epoch } = engaged;
  upsertSearchAttributes([
    { key: killEpochAttribute, value: epoch },
    { key: haltedAttribute, value: true },
  ]);
  if (!engaged.ours) {
    setCurrentDetails(`The scope was halted before: halt ${epoch} stands, and another workflow carries it out.`);
    return { epoch, reportHash: null, breaches: [] };
  }
  const paused = halts.pauseSchedules.executeWithOptions({ summary: 'Pause the schedules that trade' }, [epoch]);
  const progress = await run.carryOut(epoch);
  await paused;
  const { reportHash, breaches } = await halts.finish.executeWithOptions({ summary: 'Write the report' }, [epoch]);
  run.show(progress, [`Report: \`tradewind halt report ${epoch}\`, SHA-256 ${reportHash}`]);
  return { epoch, reportHash, breaches };
}

/** One run of the workflow: what it saw last, and when it does what again. */
class HaltRun {
  private progress: HaltProgress | null = null;
  private readonly notes: string[] = [];
  private readonly securing = new Set<string>();
  private patience: Patience | undefined;
  private sweptAt = 0;
  private tellAt = 0;

  constructor() {
    setHandler(
      haltTradingHaltSignal,
      ({ epoch, reason }) => {
        this.notes.push(`Told of halt ${epoch} (${reason}). Goes on: it carries a halt out.`);
      },
      { description: 'Recorded only: this workflow carries a halt out and goes on' },
    );
    setHandler(haltProgressQuery, () => this.progress, { description: 'How far the halt has come' });
  }

  /** Looks and acts until nothing is waited for; answers the last look. */
  async carryOut(epoch: number): Promise<HaltProgress> {
    let pause = FIRST_PAUSE_MS;
    // First of all. Thousands take their time, and what works at the venues is not to wait for that.
    const telling = this.tell(epoch);
    if (patched(SECURE_WHILE_TELLING)) {
      await Promise.all([telling, this.look(epoch).then((progress) => this.secure(progress))]);
    } else await telling;
    for (;;) {
      const before = this.progress;
      const progress = await this.look(epoch);
      if (waitingFor(progress).length === 0) return progress;
      this.secure(progress);
      const tookOver = await this.reach(progress);
      await this.sweep(progress);
      if (workflowInfo().continueAsNewSuggested && this.securing.size === 0)
        await continueAsNew<typeof haltTrading>({ epoch });
      pause = tookOver || hasMoved(before, progress) ? FIRST_PAUSE_MS : Math.min(LONGEST_PAUSE_MS, pause * 1.5);
      const secured = this.securing.size;
      // A take-over that is due is not slept over.
      const wait = Math.max(FIRST_PAUSE_MS, Math.min(pause, patienceLeft(this.patience, Date.now())));
      // An account that is secured is looked at once more without waiting.
      await condition(() => this.securing.size < secured, Math.round(wait), {
        summary: waitingFor(progress).join('; '),
      });
    }
  }

  show(progress: HaltProgress, more: readonly string[] = []): void {
    setCurrentDetails(describeProgress(progress, [...more, ...this.notes]));
  }

  private async look(epoch: number): Promise<HaltProgress> {
    const progress = await halts.readProgress(epoch);
    this.progress = progress;
    this.show(progress);
    return progress;
  }

  private async tell(epoch: number): Promise<void> {
    await halts.tellTrades.executeWithOptions({ summary: 'Tell every open trade' }, [epoch]);
    this.tellAt = Date.now();
  }

  /** Trades that were not told, or do not answer: told again, and at last taken over. True when it came to that. */
  private async reach(progress: HaltProgress): Promise<boolean> {
    const now = Date.now();
    this.patience = patienceAfter(this.patience, progress.unacknowledged, now);
    const tookOver = isOutOfPatience(this.patience, now);
    if (tookOver) {
      await halts.takeOver.executeWithOptions({ summary: 'Take over the trades that do not answer' }, [progress.epoch]);
      this.patience = undefined;
    }
    const waits = progress.unacknowledged > 0 || progress.takenOver > 0;
    if (progress.untold > 0 || (waits && now - this.tellAt > SWEEP_EVERY_MS)) await this.tell(progress.epoch);
    return tookOver;
  }

  private async sweep(progress: HaltProgress): Promise<void> {
    if (progress.cleanSweeps >= 2 || Date.now() - this.sweptAt < SWEEP_EVERY_MS) return;
    this.sweptAt = Date.now();
    await halts.sweep.executeWithOptions({ summary: `Look through Temporal's list of open workflows` }, [
      progress.epoch,
    ]);
  }

  /** Starts securing the accounts that need it; an account whose orders nobody serves keeps nobody else waiting. */
  private secure({ epoch, accounts, entries, takenOver }: HaltProgress): void {
    for (const { account, proven } of accounts) {
      if (this.securing.has(account) || (proven && entries === 0 && takenOver === 0)) continue;
      this.securing.add(account);
      const done = (): void => {
        this.securing.delete(account);
      };
      void venue(account).secureAccount({ account, epoch }).then(done, done);
    }
  }
}

/** True when anything was achieved since the look before. */
function hasMoved(before: HaltProgress | null, now: HaltProgress): boolean {
  if (before === null) return true;
  const sum = (p: HaltProgress): string =>
    JSON.stringify([
      p.acknowledged,
      p.open,
      p.holding,
      p.sending,
      p.unknown,
      p.entries,
      p.takenOver,
      p.cleanSweeps,
      p.accounts,
    ]);
  return sum(before) !== sum(now);
}
