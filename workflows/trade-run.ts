import {
  allHandlersFinished,
  ApplicationFailure,
  CancellationScope,
  condition,
  continueAsNew,
  currentUpdateInfo,
  patched,
  setCurrentDetails,
  setHandler,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import type { SearchAttributeUpdatePair } from '@temporalio/common';
import { describeTrade } from '../domain/trade/describe';
import { paceAfter } from '../domain/trade/pace';
import type { Pace, PaceRule } from '../domain/trade/pace';
import type { Ending, StepMemory } from '../domain/trade/step';
import type { TradeFacts, TradeRequests } from '../domain/trade/facts';
import { possibleActions } from '../domain/trade/phase';
import type { TradeAction, TradePhase } from '../domain/trade/phase';
import {
  ACTION_NOT_POSSIBLE,
  approveUpdate,
  cancelUpdate,
  exitUpdate,
  haltSignal,
  orderEventSignal,
  rejectUpdate,
  stateQuery,
  timelineQuery,
} from '../temporal/messages/trade';
import type { ActionRequest, HaltRequest, TimelineEntry, TradeInput, TradeState } from '../temporal/messages/trade';
import { ledger } from './trade-activities';
import { changedAttributes } from './trade-attributes';

/** Answered update ids that are carried on; an older repeat is answered by the phase rules. */
const REMEMBERED_UPDATES = 200;

/** Trades that were started before this version wait for a call that is under way before they mind a halt. */
const HALT_AT_ONCE = 'halt-at-once';

/**
 * Trades that were started before this version write each change of their search attributes by itself, and want to end once
 * more when a halt has ended them.
 */
const FEWER_WRITES = 'fewer-writes';

/**
 * One run of the trade workflow: its messages, what it last read of the journal, and how it waits. It holds nothing that
 * the journal does not, but for when to look again.
 */
export class TradeRun {
  readonly resolveAfter: Record<string, number>;
  readonly retryAfter: Record<string, number> = {};
  private readonly paces: Record<string, Pace> = {};
  private clockStood = 0;
  private known: TradeFacts | undefined;
  private readonly answered: string[];
  private readonly requests: TradeRequests[] = [];
  private readonly timeline: TimelineEntry[];
  private halt: HaltRequest | undefined;
  private halted = false;
  private woken = false;
  private interruptible: CancellationScope | undefined;
  /** Given by whatever asks the trade to stop entering. */
  private stopCame = new Bell();
  private outdated = false;
  /** Asked when the trade starts: the marker of a patch would be one more thing to write when a thousand are halted. */
  private readonly fewerWrites = patched(FEWER_WRITES);
  /** Search attributes that have changed and are not written yet, by name. */
  private readonly unshown = new Map<string, SearchAttributeUpdatePair>();

  constructor(readonly input: TradeInput) {
    this.resolveAfter = { ...input.resolveAfter };
    this.answered = [...(input.answeredUpdates ?? [])];
    this.timeline = [...(input.timeline ?? [])];
    this.setHandlers();
  }

  /** What the journal said last. @throws before the first read. */
  get facts(): TradeFacts {
    if (!this.known) throw ApplicationFailure.nonRetryable('the trade was not read yet');
    return this.known;
  }

  /** Takes in newer facts; a request or halt that came meanwhile is not forgotten. Shows the trade to operators. */
  learn(facts: TradeFacts): void {
    const before = this.known;
    this.known = {
      ...facts,
      requests: this.allRequests(facts.requests),
      halted: facts.halted || this.halted,
    };
    if (this.timeline.at(-1)?.phase !== facts.phase) this.timeline.push({ phase: facts.phase, at: facts.market.now });
    this.show(before, this.known);
  }

  async refresh(): Promise<void> {
    this.outdated = false;
    this.learn(await ledger.readTrade(this.input.tradeId));
  }

  /** Enters a phase that belongs to no activity of its own. */
  async enter(phase: TradePhase): Promise<void> {
    if (this.facts.phase !== phase) this.learn(await ledger.advanceTrade(this.input.tradeId, phase, {}));
  }

  /** Stores that a halt reached the trade, once; with `ending` also that a trade without any order ends so. */
  async acknowledgeHalt(ending?: Ending): Promise<void> {
    if (!this.halt || this.known?.outcome) return;
    const { epoch, reason, flatten = false } = this.halt;
    this.halt = undefined;
    const halt = { epoch, flatten };
    const change = { halted: true, halt, note: { epoch, reason } };
    const { tradeId } = this.input;
    // No venue knows of a trade that has no order: nothing is to be compared, and one call is enough.
    const atOnce = ending !== undefined && this.facts.orders.length === 0 && this.mindsHaltAtOnce();
    this.learn(
      atOnce ? await ledger.endUnentered(tradeId, ending, halt) : await ledger.advanceTrade(tradeId, null, change),
    );
  }

  /** True when its end is stored, and nothing is left to be compared with the venue. */
  get isOver(): boolean {
    return this.fewerWrites && this.facts.outcome !== null;
  }

  get haltPending(): boolean {
    return this.halt !== undefined;
  }

  /** True when what was learned last may be older than what was known before it. */
  get isOutdated(): boolean {
    return this.outdated;
  }

  memory(): StepMemory {
    return {
      now: Date.now(),
      resolveAfter: this.resolveAfter,
      retryAfter: this.retryAfter,
      clockStood: this.clockStood,
    };
  }

  /** Counts one more try of something that may be tried in vain; answers the real moment before which it waits. */
  paceOf(key: string, rule: PaceRule): number {
    const pace = paceAfter(this.paces[key], Date.now(), rule);
    this.paces[key] = pace;
    return pace.notBefore;
  }

  /**
   * Writes the search attributes that have changed, in one command. Temporal shows them when the trade's step is over, so
   * nothing is shown later for being written once, before the trade waits.
   */
  publish(): void {
    if (this.unshown.size === 0) return;
    upsertSearchAttributes([...this.unshown.values()]);
    this.unshown.clear();
  }

  /** Waits for a message, or until a real moment; at most `longest` milliseconds, after which the journal is read. */
  async rest(until: number | null, why: string, longest = 30_000): Promise<void> {
    this.publish();
    const ms = Math.max(1, Math.min(longest, until === null ? longest : until - Date.now()));
    await condition(() => this.woken, ms, { summary: why });
    this.woken = false;
  }

  /** Rests, then reads the journal, and minds whether the market clock moved meanwhile. */
  async look(until: number | null, why: string, longest?: number): Promise<void> {
    const before = this.facts.market.now;
    await this.rest(until, why, longest);
    // A halt that came is acknowledged first, which reads the journal too.
    if (this.halt === undefined) await this.refresh();
    this.clockStood = this.facts.market.now === before ? this.clockStood + 1 : 0;
  }

  /** Runs work that a cancel or a halt may interrupt; undefined when it was. */
  async interruptibly<T>(work: () => Promise<T>): Promise<T | undefined> {
    if (this.stopAsked()) return undefined;
    const scope = new CancellationScope({ cancellable: true });
    this.interruptible = scope;
    const running = scope.run(work);
    try {
      const over = await this.firstOf(running);
      // It is cancelled, and whenever it notices, nobody waits for it.
      if (!over && this.mindsHaltAtOnce()) return undefined;
      return await running;
    } catch (error) {
      if (scope.consideredCancelled && this.stopAsked()) return undefined;
      throw error;
    } finally {
      this.interruptible = undefined;
    }
  }

  /**
   * Waits for a call that must come to its end. A halt that comes meanwhile is acknowledged at once; where nothing has
   * begun yet, `queued`, the call is taken back.
   */
  async during<T>(work: () => Promise<T>, queued = false): Promise<T> {
    const scope = new CancellationScope({ cancellable: true });
    const running = scope.run(work);
    while (!(await this.firstOf(running))) {
      if (!this.haltPending) continue;
      if (this.known?.outcome || !this.mindsHaltAtOnce()) break;
      if (queued) scope.cancel();
      await this.acknowledgeHalt();
      // What the call answers may have been read before that.
      void running.then(
        () => (this.outdated = true),
        () => (this.outdated = true),
      );
    }
    return running;
  }

  /** Waits for work or for what asks the trade to stop; true when the work was first. */
  private async firstOf(work: Promise<unknown>): Promise<boolean> {
    this.publish();
    let over = false;
    const settled = (): void => {
      over = true;
    };
    await Promise.race([work.then(settled, settled), this.haltPending ? undefined : this.stopCame.rung]);
    return over;
  }

  /**
   * Starts a fresh history when this one has grown long; only where no activity runs, no handler is under way and no halt
   * is still to be stored.
   */
  async continueIfLong(): Promise<void> {
    if (!workflowInfo().continueAsNewSuggested || !allHandlersFinished() || this.haltPending) return;
    this.publish();
    await continueAsNew<(input: TradeInput) => Promise<unknown>>({
      version: 1,
      tradeId: this.input.tradeId,
      account: this.input.account,
      phase: this.phase,
      timeline: this.timeline,
      answeredUpdates: this.answered.slice(-REMEMBERED_UPDATES),
      resolveAfter: this.resolveAfter,
    });
  }

  /** What the journal knows, and what came since it was read; the first request of a kind stands. */
  private allRequests(stored: TradeRequests | undefined): TradeRequests {
    const since = this.requests.reduceRight<TradeRequests>((all, request) => ({ ...all, ...request }), {});
    return { ...since, ...stored };
  }

  private mindsHaltAtOnce(): boolean {
    return this.fewerWrites || patched(HALT_AT_ONCE);
  }

  private stopAsked(): boolean {
    const requests = this.allRequests(this.known?.requests);
    return this.halt !== undefined || requests.cancel !== undefined || (this.known?.halted ?? false);
  }

  private wake(): void {
    this.woken = true;
    if (!this.stopAsked()) return;
    this.interruptible?.cancel();
    this.stopCame.ring();
    this.stopCame = new Bell();
  }

  private setHandlers(): void {
    setHandler(orderEventSignal, () => this.wake(), {
      description: 'Orders, fills or triggers of this trade changed; it looks at once',
    });
    setHandler(
      haltSignal,
      (request) => {
        // Of several that wait, the newest counts; none takes back that positions are to be closed.
        const flatten = request.flatten === true || this.halt?.flatten === true;
        this.halt = { ...(this.halt !== undefined && this.halt.epoch > request.epoch ? this.halt : request), flatten };
        this.halted = true;
        this.wake();
      },
      { description: 'Stop entering and only guard what is open, until flat' },
    );
    setHandler(stateQuery, () => this.state(), { description: 'Phase, position and whether a person should look' });
    setHandler(timelineQuery, () => this.timeline, { description: 'The phases so far, with market times' });
    setHandler(
      approveUpdate,
      ({ by, maxQuantity, maxNotional }) =>
        this.accept({
          approve: {
            by,
            ...(maxQuantity === undefined ? {} : { maxQuantity }),
            ...(maxNotional === undefined ? {} : { maxNotional }),
          },
        }),
      {
        validator: this.validator('approve'),
        description: 'Agree to the entry, at most up to the named quantity and notional',
      },
    );
    setHandler(rejectUpdate, ({ by }) => this.accept({ reject: { by } }), {
      validator: this.validator('reject'),
      description: 'Refuse the entry; the trade ends',
    });
    setHandler(exitUpdate, ({ by }) => this.accept({ exit: { by } }), {
      validator: this.validator('exit'),
      description: 'Close the position and stop entering',
    });
    setHandler(cancelUpdate, ({ by }) => this.accept({ cancel: { by } }), {
      validator: this.validator('cancel'),
      description: 'Stop entering; what has filled is managed on',
    });
  }

  private validator(action: TradeAction): (request: ActionRequest) => void {
    return () => this.validate(action);
  }

  /** Refuses what the phase does not allow, before anything is written to history. */
  private validate(action: TradeAction): void {
    const id = currentUpdateInfo()?.id;
    if (id !== undefined && this.answered.includes(id)) return;
    const { phase } = this;
    const possible = possibleActions(phase);
    if (!possible.includes(action)) {
      throw ApplicationFailure.create({
        nonRetryable: true,
        type: ACTION_NOT_POSSIBLE,
        message: `${action} is not possible while the trade is ${phase}`,
        details: [{ phase, possible }],
      });
    }
  }

  private async accept(request: TradeRequests): Promise<TradeState> {
    const id = currentUpdateInfo()?.id;
    if (id === undefined || !this.answered.includes(id)) {
      if (id !== undefined) this.answered.push(id);
      this.requests.push(request);
      this.learn(await ledger.recordRequest(this.input.tradeId, request));
      this.publish();
      this.wake();
    }
    // A repeat may come before this run has read the journal.
    await condition(() => this.known !== undefined);
    return this.state();
  }

  private get phase(): TradePhase {
    return this.known?.phase ?? this.input.phase ?? 'accepted';
  }

  private state(): TradeState {
    return {
      phase: this.phase,
      halted: this.known?.halted ?? false,
      attention: this.known?.attention ?? null,
      position: this.known?.position ?? ('0' as TradeState['position']),
    };
  }

  /** Search attributes and the page that operators see in the Web UI; only what changed is written. */
  private show(before: TradeFacts | undefined, now: TradeFacts): void {
    setCurrentDetails(describeTrade(now));
    for (const change of changedAttributes(before, now)) this.unshown.set(change.key.name, change);
    if (!this.fewerWrites) this.publish();
  }
}

/** A promise that rings once. */
class Bell {
  ring: () => void = () => undefined;
  readonly rung = new Promise<void>((resolve) => {
    this.ring = resolve;
  });
}
