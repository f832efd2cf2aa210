import { setTimeout as sleep } from 'node:timers/promises';
import type { ResolveInput } from '../../../activities/execution/settle-order';
import type { SubmitInput } from '../../../activities/execution/submit-order';
import type { OrderFacts } from '../../../domain/trade/facts';
import { isTerminal } from '../../../domain/order/state';
import { again, isInDoubt } from '../../../domain/trade/trade-orders';
import { ENTRY } from './books';
import type { Books, ReadyTrade } from './books';
import type { Worker } from './crew';
import type { Played } from './judge';
import type { ChaosAccount, End } from './messages';
import type { PlayPlan, Stage } from './stage';

/** An intent that is not settled by then is parked. */
const PATIENCE_MS = 90_000;
/** Between two looks of the watcher at an account that has something in doubt or working. */
const WATCH_EVERY_MS = 500;
/** Before the next try of what was refused or not sent. */
const AGAIN_MS = 200;

/**
 * Plays one intent in the order in which the trade's workflow calls the activities: an attempt, and after a doubt look-ups
 * until the journal says what became of it; the next attempt only as the journal allows. Temporal's part, to ask another
 * worker when one does not answer, is played as well.
 */
export async function playByProtocol<Plan extends PlayPlan>(
  stage: Stage<Plan>,
  books: Books,
  account: ChaosAccount,
  plan: Plan,
): Promise<Played> {
  const trade = await books.ready(account, `i${plan.index}`);
  const intent = new Intent(stage, books, account, plan, trade);
  const end = await intent.settle(performance.now() + PATIENCE_MS);
  const milliseconds = performance.now() - intent.sentAt;
  await stage.continued(plan);
  return intent.judged(end, milliseconds);
}

class Intent<Plan extends PlayPlan> {
  /** When its first submission was asked for; a worker that is to be killed may have to start first. */
  sentAt = Infinity;
  private closed = false;
  private submissions = 0;

  constructor(
    private readonly stage: Stage<Plan>,
    private readonly books: Books,
    private readonly account: ChaosAccount,
    private readonly plan: Plan,
    private readonly trade: ReadyTrade,
  ) {}

  /** Goes on from the journal, whatever it says, until the order has ended. */
  async settle(until: number): Promise<End> {
    while (performance.now() < until) {
      const order = await this.books.entry(this.trade.tradeId);
      if (order !== undefined && isTerminal(order.state)) return order.state as End;
      await this.step(order);
    }
    this.stage.parkedAt(this.account.account, () => this.lookAgain());
    return 'parked';
  }

  /** What the journal says after everything has had its say: a process that was continued may have booked more. */
  async judged(end: End, milliseconds: number): Promise<Played> {
    if (end !== 'parked') await this.ask((worker) => worker.ask({ kind: 'watch', account: this.account.account }));
    const { scenario } = this.plan;
    const { clientOrderId, tradeId } = this.trade;
    const order = await this.books.entry(tradeId);
    const booked = order?.booked ?? ENTRY.quantity;
    const flagged = await this.books.flagged(tradeId);
    return { clientOrderId, scenario, end, closed: this.closed, booked, milliseconds, flagged };
  }

  /** An order in doubt keeps all others of its account and instrument out: its trade never stops looking. */
  private async lookAgain(): Promise<void> {
    const order = await this.books.entry(this.trade.tradeId);
    if (order === undefined || !isInDoubt(order)) return;
    await this.ask((worker) =>
      worker.ask({ kind: 'resolve', account: this.account.account, input: this.lookUp(order) }),
    );
  }

  private async step(order: OrderFacts | undefined): Promise<void> {
    if (order === undefined || order.state === 'created') return this.submit(order);
    if (this.plan.scenario === 'given up' && !this.closed) return this.giveUp(order);
    if (isInDoubt(order)) return this.resolve(order);
    await this.watch();
  }

  private async submit(order: OrderFacts | undefined): Promise<void> {
    const wanted = order === undefined ? ENTRY : again(order);
    const { account, instrument } = this.account;
    const input: SubmitInput = {
      ...{ tradeId: this.trade.tradeId, instrument, order: wanted, phase: 'executing', arrivalPrice: null },
    };
    const call = (worker: Worker) => {
      this.sentAt = Math.min(this.sentAt, performance.now());
      return worker.ask({ kind: 'submit', account, input });
    };
    const first = (this.submissions += 1) === 1;
    const answer = await this.ask(first ? undefined : call, () => this.stage.disturbed(account, this.plan, call));
    if (answer === undefined && this.plan.asksAgain) await this.ask(call);
    else if (answer?.result === 'refused' || answer?.result === 'not-sent') {
      await this.stage.lookAgainAt(this.account.account);
      await sleep(AGAIN_MS);
    }
  }

  private async giveUp(order: OrderFacts): Promise<void> {
    const { account, instrument } = this.account;
    const input = { tradeId: this.trade.tradeId, instrument, order: { ...ENTRY, attempt: order.attempts } };
    if ((await this.ask((worker) => worker.ask({ kind: 'close', account, input }))) !== undefined) this.closed = true;
  }

  private async resolve(order: OrderFacts): Promise<void> {
    const { account } = this.account;
    const input = this.lookUp(order);
    const found = await this.ask((worker) => worker.ask({ kind: 'resolve', account, input }));
    if (found === undefined || found.verdict !== 'again') return;
    const until = performance.now() + found.waitMs;
    while (performance.now() < until) {
      await sleep(Math.min(WATCH_EVERY_MS, Math.max(0, until - performance.now())));
      if (this.plan.watched && (await this.watchedAway())) return;
    }
  }

  private lookUp({ clientOrderId, type, venueOrderId, createdAt }: OrderFacts): ResolveInput {
    const { instrument } = this.account;
    return { tradeId: this.trade.tradeId, order: { clientOrderId, instrument, type, venueOrderId, createdAt } };
  }

  /** The watcher looks; true when it found out what became of the order. */
  private async watchedAway(): Promise<boolean> {
    await this.ask((worker) => worker.ask({ kind: 'watch', account: this.account.account }));
    const order = await this.books.entry(this.trade.tradeId);
    return order !== undefined && !isInDoubt(order);
  }

  private async watch(): Promise<void> {
    await this.ask((worker) => worker.ask({ kind: 'watch', account: this.account.account }));
    await sleep(WATCH_EVERY_MS);
  }

  /** What a worker answers; undefined when it did not, and the journal has to say. */
  private async ask<T>(
    call: ((worker: Worker) => Promise<T>) | undefined,
    instead?: () => Promise<T>,
  ): Promise<T | undefined> {
    try {
      return await (call ? call(this.stage.workerOf(this.account.account)) : instead?.());
    } catch {
      await sleep(AGAIN_MS);
      return undefined;
    }
  }
}
