import { dec, floorTo } from '../../domain/money/decimal';
import { isLive } from '../../domain/order/state';
import type { TradeFacts } from '../../domain/trade/facts';
import { CANCEL_PACE, orderPace, paceAfter, RESOLVE_PACE } from '../../domain/trade/pace';
import type { Pace, PaceRule } from '../../domain/trade/pace';
import type { Step, StepMemory } from '../../domain/trade/step';
import { again, entryOf, idleOrder, isInDoubt, isSellable } from '../../domain/trade/trade-orders';
import type { Fate, TradeModel } from './trade-model';

/** What happens outside, between two steps: what goes on all the time, and what happens once in a while. */
export const DAILY_EVENTS = [
  'nothing',
  'fill',
  'part-fill',
  'watch',
  'states-only',
  'price-back',
  'price-near',
] as const;
export const RARE_EVENTS = [
  ...['price-stop', 'price-up', 'close-market', 'exit', 'cancel', 'halt', 'halt-all', 'release', 'late-fee'],
  ...['late-fill', 'drop', 'end-of-tape', 'an-hour'],
] as const;
export type Event = (typeof DAILY_EVENTS)[number] | (typeof RARE_EVENTS)[number];

/** One step's surroundings: what happens before it, and how the venue takes it. */
export interface Turn {
  readonly events: readonly Event[];
  readonly fate: Fate;
  readonly rejectCode: string;
  readonly healthy: boolean;
}

export type Decide = (facts: TradeFacts, memory: StepMemory) => Step;

const CALM: Turn = { events: ['fill', 'watch'], fate: 'ack', rejectCode: '', healthy: true };
/** Steps within which a trade has to end once nothing new happens and all venues answer. */
const STEPS_TO_END = 150;

/** Walks one trade from its approval to its end, as its workflow does, and judges every step. */
export class TradeWalk {
  private readonly resolveAfter: Record<string, number> = {};
  private readonly retryAfter: Record<string, number> = {};
  private readonly paces: Record<string, Pace> = {};
  private clockStood = 0;
  private last = '';
  readonly steps: string[] = [];

  constructor(
    private readonly model: TradeModel,
    private readonly decide: Decide,
  ) {}

  /** Through all turns, then on in calm until the end. @throws when a rule of safety is broken, or no end is reached. */
  run(turns: readonly Turn[]): void {
    for (const turn of turns) {
      for (const event of turn.events) this.happen(event);
      this.step(turn);
      if (this.model.ended) return;
    }
    this.calm();
    for (let n = 0; n < STEPS_TO_END; n++) {
      for (const event of CALM.events) this.happen(event);
      this.step(CALM);
      if (this.model.ended) return;
    }
    throw new Error(`no end after ${STEPS_TO_END} steps: ${this.steps.slice(-12).join(' | ')}`);
  }

  /** The market goes through the stop; a fence that still stops exits lets them go only where no stop can trigger. */
  private calm(): void {
    this.model.price = this.model.at(-15);
    if (!this.model.tapeEnded) this.model.open = true;
    else this.model.fence = 'open';
  }

  private step(turn: Turn): void {
    const { model } = this;
    const facts = model.facts();
    const { resolveAfter, retryAfter, clockStood } = this;
    const step = this.decide(facts, { now: model.now, resolveAfter, retryAfter, clockStood });
    const line = JSON.stringify(step);
    this.steps.push(line);
    judge(step, facts, model);
    // What changed nothing is done again more slowly, as the workflow does it.
    model.pass(line === this.last && step.kind !== 'wait' ? 400 : 10);
    this.last = line;
    this.perform(step, turn, facts);
  }

  private perform(step: Step, turn: Turn, facts: TradeFacts): void {
    const { model } = this;
    switch (step.kind) {
      case 'submit': {
        const { leg } = step.order;
        const kind = leg === 'entry' || leg === 'exit' ? leg : 'stop';
        const asked = idleOrder(facts, (o) => o.leg === leg)?.refusal ?? 'over_capacity';
        const { result, code } = model.submit(step.order, turn.fate, turn.rejectCode);
        // A fence that refused for another reason may be asked again with the stops in place; nothing else may be too large.
        if (code === 'over_capacity' && asked === 'over_capacity') throw new Error(`over capacity: ${leg}`);
        if (result !== 'refused') notTooMuch(model);
        this.retryAfter[leg] = this.pace(leg, orderPace(kind, result, code));
        return;
      }
      case 'resolve': {
        const verdict = model.resolve(step.clientOrderId, turn.healthy);
        const again = Math.max(model.now + 50, this.pace(step.clientOrderId, RESOLVE_PACE));
        this.resolveAfter[step.clientOrderId] = verdict === 'again' ? again : 0;
        return;
      }
      case 'cancel': {
        const key = `cancel:${step.clientOrderId}`;
        this.retryAfter[key] = this.pace(key, CANCEL_PACE);
        model.cancel(step.clientOrderId, turn.healthy || turn.fate !== 'never-arrived', turn.healthy);
        return;
      }
      case 'close':
        model.close(step.clientOrderId);
        return;
      case 'emulate-stop':
        model.emulate(step.emulated);
        return;
      case 'check-risk-again':
        this.checkRisk(turn);
        return;
      case 'wait': {
        const before = facts.market.now;
        model.pass(Math.min(30_000, (step.until ?? Infinity) - model.now));
        this.clockStood = model.facts().market.now === before ? this.clockStood + 1 : 0;
        return;
      }
      case 'end':
        model.end(step.ending.outcome, step.ending.dust);
        return;
    }
  }

  /** Risk agrees again and the entry is sent, or it does not and the entry is given up. */
  private checkRisk(turn: Turn): void {
    const entry = entryOf(this.model.facts());
    if (!entry) throw new Error('nothing was journalled that risk could be asked about');
    if (!turn.healthy) this.model.close(entry.clientOrderId);
    else {
      const order = { ...again(entry), terms: this.model.facts().spec.entry };
      const { result, code } = this.model.submit(order, turn.fate, turn.rejectCode);
      this.retryAfter['entry'] = this.pace('entry', orderPace('entry', result, code));
    }
  }

  private pace(key: string, rule: PaceRule): number {
    const pace = paceAfter(this.paces[key], this.model.now, rule);
    this.paces[key] = pace;
    return pace.notBefore;
  }

  private happen(event: Event): void {
    const { model } = this;
    const by = 'ann';
    const effects: Readonly<Record<string, () => void>> = {
      fill: () => model.match(1),
      'part-fill': () => model.match(0.5),
      watch: () => model.watch(true),
      'states-only': () => model.watch(false),
      'price-stop': () => (model.price = model.at(-11)),
      'price-up': () => (model.price = model.at(11)),
      'price-back': () => (model.price = model.at(0)),
      'price-near': () => (model.price = model.at(-9)),
      'close-market': () => model.closeMarket(),
      exit: () => (model.requests = { ...model.requests, exit: { by } }),
      cancel: () => (model.requests = { ...model.requests, cancel: { by } }),
      halt: () => ([model.halted, model.fence] = [true, 'reduce-only']),
      'halt-all': () => ([model.halted, model.fence] = [true, 'halt-all']),
      release: () => (model.fence = 'open'),
      'late-fee': () => model.lateFee(),
      'late-fill': () => model.lateFill(),
      drop: () => model.drop(),
      'end-of-tape': () => model.endTape(),
      'an-hour': () => model.pass(3_700_000),
    };
    effects[event]?.();
  }
}

/** What must hold of every step, whatever happened before it. */
function judge(step: Step, facts: TradeFacts, model: TradeModel): void {
  const held = dec(facts.position);
  const fail = (rule: string): never => {
    throw new Error(`${rule}: ${JSON.stringify(step)} holding ${facts.position}`);
  };
  if (step.kind === 'submit') {
    const { leg, revision, quantity, side } = step.order;
    if (leg === 'entry') {
      const forbidden = facts.halted || facts.requests.cancel !== undefined || facts.requests.exit !== undefined;
      if (forbidden) fail('a trade that may not enter enters');
      if (revision !== 1 || (entryOf(facts) && entryOf(facts)?.state !== 'created')) fail('a second entry');
    } else {
      if (held.isZero() || side !== (held.gt(0) ? 'sell' : 'buy')) fail('an order that does not reduce');
      if (!dec(quantity).gt(0) || dec(quantity).gt(held.abs())) fail('an order larger than the position');
    }
  }
  if (step.kind === 'wait') judgeWait(step, facts, model, fail);
  if (step.kind === 'end') {
    const filled = dec(entryOf(facts)?.booked ?? 0).gt(0);
    if (filled && !['completed', 'halted'].includes(step.ending.outcome)) fail('an end that denies a fill');
  }
}

/** A trade waits only with its position covered, emulated, or with a moment at which it acts again. */
function judgeWait(
  step: Extract<Step, { kind: 'wait' }>,
  facts: TradeFacts,
  model: TradeModel,
  fail: (rule: string) => never,
): void {
  if (step.until !== null && step.until <= model.now) fail('a wait for the past');
  const held = dec(facts.position);
  const naked = held.abs().sub(model.covered());
  const { instrument, market, protection, orders } = facts;
  const units = floorTo(naked.gt(0) ? naked : dec(0), dec(instrument.lot));
  const stopPrice = protection?.stopPrice ?? null;
  const guardable = isSellable(instrument, units, market.price) && isSellable(instrument, units, stopPrice);
  const soon = step.until !== null && step.until - model.now <= 300_000;
  // The watcher stands in: for a stop that has not fired, or until the venue opens again.
  const standIn = protection?.emulated === true && (protection.fired !== 'stop' || !market.open);
  // After the last print nothing can be guarded; a running exit is followed by the next.
  const lastExit = market.ended && orders.some((o) => o.leg === 'exit' && isLive(o.state));
  if (guardable && !soon && !standIn && !lastExit) fail('a position is left alone');
  if (naked.lt(0) && !soon && !orders.some(isInDoubt)) fail('more is on its way out than is held');
}

/** After an order has left: all that may reduce the position, together, is no more than the position. */
function notTooMuch(model: TradeModel): void {
  const held = model.position().abs();
  if (!held.isZero() && model.covered().gt(held))
    throw new Error(`${model.covered().toFixed()} may leave of ${held.toFixed()}`);
}
