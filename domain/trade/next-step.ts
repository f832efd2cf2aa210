import { dec, floorTo, text, ZERO } from '../money/decimal';
import type { Decimal, DecimalString } from '../money/decimal';
import { millisOf } from '../clock/instant';
import type { ClientOrderId, OrderTerms, TimeInForce } from '../order/order';
import { isLive, isTerminal } from '../order/state';
import type { OrderFacts, TradeFacts } from './facts';
import type { TradeOutcome } from './phase';
import { missingProtection, stopSide } from './protection';

/** An order that the trade wants sent now. */
export interface WantedOrder {
  readonly leg: string;
  readonly revision: number;
  readonly side: 'buy' | 'sell';
  readonly quantity: DecimalString;
  readonly terms: OrderTerms;
  readonly timeInForce: TimeInForce;
  /** Number of the attempt: one more than the attempts that the journal shows. */
  readonly attempt: number;
}

/** How a trade is to end, and why. */
export interface Ending {
  readonly outcome: TradeOutcome;
  readonly code: string | null;
  readonly detail: string | null;
  /** Rest of the position that no order can sell; '0' when flat. */
  readonly dust: DecimalString;
}

/** The one thing to do next. Each is one call to the outside, after which the facts are read anew. */
export type Step =
  | { readonly kind: 'submit'; readonly order: WantedOrder }
  | { readonly kind: 'cancel'; readonly clientOrderId: ClientOrderId; readonly leg: string; readonly why: string }
  | { readonly kind: 'close'; readonly clientOrderId: ClientOrderId; readonly leg: string; readonly why: string }
  | { readonly kind: 'resolve'; readonly clientOrderId: ClientOrderId; readonly leg: string }
  | { readonly kind: 'emulate-stop'; readonly why: string }
  | { readonly kind: 'check-risk-again' }
  | { readonly kind: 'wait'; readonly until: number | null; readonly why: string }
  | { readonly kind: 'end'; readonly ending: Ending };

/** What the workflow remembers beyond the journal. Real times are milliseconds. */
export interface StepMemory {
  /** Now, in real time. */
  readonly now: number;
  /** When an order in doubt is to be looked up again. */
  readonly resolveAfter: Readonly<Record<string, number>>;
  /** When an action that was refused or failed may be tried again; by leg, or `cancel:` and an order's id. */
  readonly retryAfter: Readonly<Record<string, number>>;
}

/**
 * The next step of a trade whose entry is approved, from its journal alone: a restarted workflow that reads the same
 * facts goes on with the same step. The order of the rules is the order of safety: doubt first, then too much
 * exposure, then too little protection, then the exit, then the entry, then the end.
 */
export function nextStep(facts: TradeFacts, memory: StepMemory): Step {
  const held = dec(facts.position);
  return (
    resolveDue(facts, memory) ??
    stopEntering(facts, memory) ??
    (held.isZero() ? undefined : guard(facts, held, memory)) ??
    enter(facts, memory) ??
    finish(facts, held) ??
    waitFor(facts, memory)
  );
}

/**
 * True when the position is to be closed by an exit order, whoever asked. A fired emulated stop is not an exit: its stop
 * leg is sent at market, which even a full halt admits.
 */
export function wantsExit(facts: TradeFacts): boolean {
  const fired = facts.protection?.fired;
  if (facts.market.ended) return true;
  return facts.requests.exit !== undefined || (fired !== undefined && fired !== 'stop');
}

function resolveDue(facts: TradeFacts, memory: StepMemory): Step | undefined {
  const due = facts.orders.find((o) => isInDoubt(o) && (memory.resolveAfter[o.clientOrderId] ?? 0) <= memory.now);
  return due && { kind: 'resolve', clientOrderId: due.clientOrderId, leg: due.leg };
}

function isInDoubt(order: OrderFacts): boolean {
  return order.state === 'sending' || order.state === 'unknown';
}

/** Why no more of the entry may fill; undefined while it may. */
export function reasonToStopEntering(facts: TradeFacts): string | undefined {
  if (facts.halted) return 'halted';
  if (facts.requests.cancel || facts.requests.exit) return 'cancelled';
  if (facts.orders.some((o) => o.leg !== 'entry' && dec(o.booked).gt(0))) return 'exit_filled';
  if (facts.protection?.fired !== undefined) return facts.protection.fired;
  if (facts.market.ended) return 'replay_ended';
  const now = millisOf(facts.market.now);
  if (now > millisOf(facts.validUntil)) return 'expired';
  if (facts.entrySentAt !== null && now >= millisOf(facts.entrySentAt) + facts.spec.unfilledTimeoutSeconds * 1000) {
    return 'unfilled_timeout';
  }
  return undefined;
}

function stopEntering(facts: TradeFacts, memory: StepMemory): Step | undefined {
  const entry = entryOf(facts);
  if (!entry || isTerminal(entry.state)) return undefined;
  const why = reasonToStopEntering(facts);
  if (why === undefined) return undefined;
  if (!entry.closed) return { kind: 'close', clientOrderId: entry.clientOrderId, leg: 'entry', why };
  return isInDoubt(entry) ? undefined : cancelStep(entry, why, memory);
}

function cancelStep(order: OrderFacts, why: string, memory: StepMemory): Step | undefined {
  if ((memory.retryAfter[`cancel:${order.clientOrderId}`] ?? 0) > memory.now) return undefined;
  return { kind: 'cancel', clientOrderId: order.clientOrderId, leg: order.leg, why };
}

/** The position's protection and its exit. */
function guard(facts: TradeFacts, held: Decimal, memory: StepMemory): Step | undefined {
  const exiting = facts.orders.some((o) => o.leg === 'exit' && !isTerminal(o.state));
  if (exiting) return submitAgain(facts, 'exit', memory);
  const venueTakesExit = facts.market.open || facts.market.ended;
  const exitNow = wantsExit(facts) && venueTakesExit && (memory.retryAfter['exit'] ?? 0) <= memory.now;
  return exitNow ? leave(facts, held, memory) : protect(facts, held, memory);
}

/** An order that was journalled but is in no attempt is sent again, with its next attempt, or given up if refused. */
function submitAgain(facts: TradeFacts, leg: string, memory: StepMemory): Step | undefined {
  const order = facts.orders.find((o) => o.leg === leg && o.state === 'created');
  if (!order) return undefined;
  if (order.refusal !== null || order.closed) {
    return { kind: 'close', clientOrderId: order.clientOrderId, leg, why: order.refusal ?? 'given up' };
  }
  if ((memory.retryAfter[leg] ?? 0) > memory.now) return undefined;
  return { kind: 'submit', order: again(order) };
}

function again(order: OrderFacts): WantedOrder {
  return {
    leg: order.leg,
    revision: order.revision,
    side: order.side,
    quantity: order.quantity,
    terms: termsOf(order),
    timeInForce: order.timeInForce,
    attempt: order.attempts + 1,
  };
}

/** The price terms of a journalled order. */
export function termsOf(order: OrderFacts): OrderTerms {
  const price = order.price;
  const stopPrice = order.stopPrice;
  if (order.type === 'limit' && price !== null) return { type: 'limit', price };
  if (order.type === 'stop' && stopPrice !== null) return { type: 'stop', stopPrice };
  if (order.type === 'stop-limit' && price !== null && stopPrice !== null)
    return { type: 'stop-limit', stopPrice, price };
  return { type: 'market' };
}

/** Stops go first, since they hold the capacity that the exit needs; then what is left of the position. */
function leave(facts: TradeFacts, held: Decimal, memory: StepMemory): Step | undefined {
  for (const stop of facts.orders.filter((o) => isStop(o) && !isTerminal(o.state))) {
    if (stop.state === 'created')
      return { kind: 'close', clientOrderId: stop.clientOrderId, leg: stop.leg, why: 'exit' };
    if (isInDoubt(stop)) return undefined;
    const step = cancelStep(stop, 'exit', memory);
    if (step) return step;
    return undefined;
  }
  const quantity = floorTo(held.abs(), dec(facts.instrument.lot));
  if (isDust(facts, held)) return undefined;
  return {
    kind: 'submit',
    order: {
      leg: 'exit',
      revision: nextRevision(facts, 'exit'),
      side: stopSide(held),
      quantity: text(quantity),
      terms: { type: 'market' },
      timeInForce: 'GTC',
      attempt: 1,
    },
  };
}

function protect(facts: TradeFacts, held: Decimal, memory: StepMemory): Step | undefined {
  const waiting = facts.orders.find((o) => isStop(o) && o.state === 'created');
  if (waiting) return submitAgain(facts, waiting.leg, memory);
  const missing = missingProtection(facts, held);
  switch (missing.kind) {
    case 'none':
      return undefined;
    case 'replace':
      return cancelStep(missing.order, 'replaced', memory);
    case 'emulate':
      return { kind: 'emulate-stop', why: missing.why };
    case 'add':
      if ((memory.retryAfter[missing.leg] ?? 0) > memory.now) return undefined;
      return {
        kind: 'submit',
        order: {
          leg: missing.leg,
          revision: nextRevision(facts, missing.leg),
          side: stopSide(held),
          quantity: missing.quantity,
          terms: missing.terms,
          timeInForce: 'GTC',
          attempt: 1,
        },
      };
  }
}

function enter(facts: TradeFacts, memory: StepMemory): Step | undefined {
  const entry = entryOf(facts);
  if (reasonToStopEntering(facts) !== undefined) return undefined;
  if (!entry) {
    if (facts.approvedQuantity === null || facts.direction === null) return { kind: 'check-risk-again' };
    return {
      kind: 'submit',
      order: {
        leg: 'entry',
        revision: 1,
        side: facts.direction === 'long' ? 'buy' : 'sell',
        quantity: facts.approvedQuantity,
        terms: facts.spec.entry,
        timeInForce: facts.spec.timeInForce,
        attempt: 1,
      },
    };
  }
  if (entry.state !== 'created' || (memory.retryAfter['entry'] ?? 0) > memory.now) return undefined;
  if (entry.refusal === 'approval_expired') return { kind: 'check-risk-again' };
  if (entry.refusal !== null)
    return { kind: 'close', clientOrderId: entry.clientOrderId, leg: 'entry', why: entry.refusal };
  // Not the first attempt any more: price, limits and session are asked again before it.
  return entry.attempts > 0 ? { kind: 'check-risk-again' } : { kind: 'submit', order: again(entry) };
}

/** The entry's next attempt after risk agreed again. */
export function nextEntryAttempt(facts: TradeFacts): WantedOrder | undefined {
  const entry = entryOf(facts);
  return entry?.state === 'created' ? again(entry) : undefined;
}

function finish(facts: TradeFacts, held: Decimal): Step | undefined {
  const dust = !held.isZero() && isDust(facts, held);
  if (!held.isZero() && !dust) return undefined;
  const open = facts.orders.filter((o) => !isTerminal(o.state));
  const forgotten = open.find((o) => o.state === 'created');
  if (forgotten)
    return { kind: 'close', clientOrderId: forgotten.clientOrderId, leg: forgotten.leg, why: 'trade ends' };
  if (open.some(isInDoubt)) return undefined;
  const resting = open.find((o) => o.leg !== 'entry');
  if (resting) return { kind: 'cancel', clientOrderId: resting.clientOrderId, leg: resting.leg, why: 'trade ends' };
  if (open.length > 0) return undefined;
  if (!entryOf(facts) && reasonToStopEntering(facts) === undefined) return undefined;
  return { kind: 'end', ending: { ...endingOf(facts), dust: text(dust ? held : ZERO) } };
}

/** How a flat trade without working orders ends. */
function endingOf(facts: TradeFacts): Omit<Ending, 'dust'> {
  const entry = entryOf(facts);
  const why = reasonToStopEntering(facts);
  if (facts.halted) return { outcome: 'halted', code: 'halted', detail: null };
  if (entry && dec(entry.booked).gt(0))
    return { outcome: 'completed', code: facts.protection?.fired ?? null, detail: null };
  if (entry?.rejectCode) return { outcome: 'rejected', code: entry.rejectCode, detail: 'the venue refused the entry' };
  if (facts.requests.cancel || facts.requests.exit) return { outcome: 'cancelled', code: 'cancelled', detail: null };
  if (entry?.refusal === 'halted') return { outcome: 'halted', code: 'halted', detail: 'the fence refused the entry' };
  if (entry?.refusal) return { outcome: 'rejected', code: entry.refusal, detail: 'the fence refused the entry' };
  return { outcome: 'expired', code: why ?? 'expired', detail: 'nothing filled' };
}

/** Nothing to do before an event or this moment. */
function waitFor(facts: TradeFacts, memory: StepMemory): Step {
  const until = [...Object.values(memory.resolveAfter), ...Object.values(memory.retryAfter)].filter(
    (t) => t > memory.now,
  );
  const marketWaits = marketDeadlines(facts).map((at) => {
    const real = (at - millisOf(facts.market.now)) / facts.market.speed;
    return memory.now + Math.max(real, 20);
  });
  const all = [...until, ...marketWaits];
  return { kind: 'wait', until: all.length > 0 ? Math.min(...all) : null, why: waitReason(facts) };
}

/** Market times, in milliseconds, at which a rule of this trade acts without any event. */
function marketDeadlines(facts: TradeFacts): number[] {
  const deadlines: number[] = [];
  const now = millisOf(facts.market.now);
  const entry = entryOf(facts);
  if (entry && !isTerminal(entry.state)) {
    deadlines.push(millisOf(facts.validUntil) + 1);
    if (facts.entrySentAt !== null)
      deadlines.push(millisOf(facts.entrySentAt) + facts.spec.unfilledTimeoutSeconds * 1000);
  }
  if (wantsExit(facts) && !facts.market.open && facts.market.nextOpen !== null)
    deadlines.push(millisOf(facts.market.nextOpen));
  return deadlines.filter((at) => at > now);
}

function waitReason(facts: TradeFacts): string {
  if (facts.orders.some(isInDoubt)) return 'an order in doubt is looked up again';
  if (wantsExit(facts) && !facts.market.open) return 'exit at the next open; the stop stands';
  if (!dec(facts.position).isZero()) return 'guarding the position';
  return 'waiting for the entry to fill';
}

/** The entry order, if the journal has one. */
export function entryOf(facts: TradeFacts): OrderFacts | undefined {
  return facts.orders.find((o) => o.leg === 'entry');
}

function isStop(order: OrderFacts): boolean {
  return order.leg.startsWith('stop');
}

/** True when no order can sell what is left: below a lot, the minimum quantity or the minimum notional. */
function isDust(facts: TradeFacts, held: Decimal): boolean {
  if (facts.orders.some((o) => o.leg === 'entry' && !isTerminal(o.state))) return false;
  const sellable = floorTo(held.abs(), dec(facts.instrument.lot));
  if (sellable.isZero() || sellable.lt(facts.instrument.minQuantity)) return true;
  return facts.market.price !== null && sellable.mul(facts.market.price).lt(facts.instrument.minNotional);
}

function nextRevision(facts: TradeFacts, leg: string): number {
  return 1 + facts.orders.filter((o) => o.leg === leg).reduce((most, o) => Math.max(most, o.revision), 0);
}

/** True while any order of the trade may still fill. */
export function hasLiveOrder(facts: TradeFacts): boolean {
  return facts.orders.some((o) => isLive(o.state));
}
