import { instant } from '../../domain/clock/instant';
import type { Instrument } from '../../domain/instrument/instrument';
import { dec, text } from '../../domain/money/decimal';
import type { DecimalString } from '../../domain/money/decimal';
import type { ClientOrderId } from '../../domain/order/order';
import type { MarketState, OrderFacts, Protection, TradeFacts } from '../../domain/trade/facts';
import { nextStep } from '../../domain/trade/next-step';
import type { TradeSpec } from '../../domain/trade/spec';
import type { Step, StepMemory } from '../../domain/trade/step';

/** Real time of the decisions, in milliseconds. */
export const NOW = 1_000_000;
/** Market time of the decisions: inside a session. */
export const MARKET_NOW = Date.parse('2024-03-05T15:00:00Z');

/** Whole units, at least 2 of them and worth at least 50. */
const INSTRUMENT: Instrument = {
  id: 'US500',
  description: 'test',
  calendar: 'NYSE',
  baseAsset: 'US500',
  quoteAsset: 'USD',
  tick: amount('0.01'),
  lot: amount('1'),
  minQuantity: amount('2'),
  minNotional: amount('50'),
  maxBaseFeeRate: amount('0'),
};

export function amount(value: string | number): DecimalString {
  return text(dec(value));
}

/** The market time so many seconds after `MARKET_NOW`. */
export function marketAt(seconds: number): ReturnType<typeof instant> {
  return instant(MARKET_NOW + seconds * 1_000);
}

/** An order of 10 units that was acknowledged and has not filled; entries buy, all else sells. */
export function order(leg: string, changes: Partial<OrderFacts> = {}): OrderFacts {
  const revision = changes.revision ?? 1;
  const stop = leg.startsWith('stop');
  return {
    clientOrderId: `${leg}-${revision}` as ClientOrderId,
    leg,
    revision,
    side: leg === 'entry' ? 'buy' : 'sell',
    quantity: amount(10),
    type: stop ? 'stop' : 'market',
    price: null,
    stopPrice: stop && (changes.type ?? 'stop') === 'stop' ? amount(90) : null,
    timeInForce: 'GTC',
    state: 'open',
    closed: false,
    venueOrderId: null,
    venueState: null,
    venueFilled: amount(0),
    booked: amount(0),
    refusal: null,
    rejectCode: null,
    attempts: 1,
    trailBps: null,
    postOnly: false,
    createdAt: instant(MARKET_NOW),
    ...changes,
  };
}

/** An order whose whole quantity is booked. */
export function filled(leg: string, quantity: number | string = 10, changes: Partial<OrderFacts> = {}): OrderFacts {
  const all = amount(quantity);
  return order(leg, {
    state: 'filled',
    venueState: 'filled',
    quantity: all,
    venueFilled: all,
    booked: all,
    ...changes,
  });
}

/** An order that the venue refused with a code. */
export function rejected(leg: string, rejectCode: string, changes: Partial<OrderFacts> = {}): OrderFacts {
  return order(leg, { state: 'rejected', venueState: 'rejected', rejectCode, ...changes });
}

/** What a case changes of the ordinary trade; position and prices may be plain numbers. */
export interface FactsChanges extends Partial<
  Omit<TradeFacts, 'spec' | 'instrument' | 'market' | 'protection' | 'position'>
> {
  readonly spec?: Partial<TradeSpec>;
  readonly instrument?: Partial<Instrument>;
  readonly market?: Partial<MarketState>;
  readonly protection?: Partial<Protection> | null;
  readonly position?: number | string;
}

/** A manual long trade of 10 units with its stop at 90, in an open market at 100; without orders and position. */
export function facts(changes: FactsChanges = {}): TradeFacts {
  const { spec, instrument, market, protection, position, ...rest } = changes;
  return {
    tradeId: 'paper:1',
    account: 'paper',
    mode: 'paper',
    spec: {
      account: 'paper',
      instrument: 'US500',
      strategy: 'manual',
      direction: 'long',
      entry: { type: 'market' },
      timeInForce: 'GTC',
      whenClosed: 'reject',
      unfilledTimeoutSeconds: 600,
      ...spec,
    },
    instrument: { ...INSTRUMENT, ...instrument },
    phase: 'managing',
    outcome: null,
    outcomeCode: null,
    epoch: 0,
    halted: false,
    attention: null,
    direction: 'long',
    signal: null,
    approvedQuantity: amount(10),
    protection: protection === null ? null : { stopPrice: amount(90), ...protection },
    requests: {},
    validUntil: marketAt(3_600),
    position: amount(position ?? 0),
    firstFillAt: null,
    approvalAskedAt: null,
    entrySentAt: null,
    orders: [],
    market: { now: marketAt(0), open: true, nextOpen: null, speed: 1, price: amount(100), ended: false, ...market },
    ...rest,
  };
}

/** The same, holding the 10 units that its entry bought; `orders` follow the entry. */
export function holding(changes: FactsChanges = {}): TradeFacts {
  const orders = [filled('entry'), ...(changes.orders ?? [])];
  return facts({ position: 10, firstFillAt: marketAt(-60), entrySentAt: marketAt(-60), ...changes, orders });
}

/** Nothing remembered: everything may be tried now. */
export function memory(changes: Partial<StepMemory> = {}): StepMemory {
  return { now: NOW, resolveAfter: {}, retryAfter: {}, clockStood: 0, ...changes };
}

/** The next step as one line: `submit exit/1 sell 10 market`, `cancel stop: exit`, `wait 1500: guarding the position`. */
export function stepLine(state: TradeFacts, remembered: Partial<StepMemory> = {}): string {
  return lineOf(nextStep(state, memory(remembered)));
}

/** A step as one line; waits are relative to `NOW`. */
export function lineOf(step: Step): string {
  switch (step.kind) {
    case 'submit': {
      const { leg, revision, side, quantity, terms, attempt } = step.order;
      const price = 'stopPrice' in terms ? ` ${terms.stopPrice}` : 'price' in terms ? ` ${terms.price}` : '';
      const repeated = attempt === 1 ? '' : ` (attempt ${attempt})`;
      return `submit ${leg}/${revision} ${side} ${quantity} ${terms.type}${price}${repeated}`;
    }
    case 'cancel':
    case 'close':
      return `${step.kind} ${step.clientOrderId}: ${step.why}`;
    case 'resolve':
      return `resolve ${step.clientOrderId}`;
    case 'emulate-stop':
      return `${step.emulated ? 'emulate' : 'native'}: ${step.why}`;
    case 'check-risk-again':
      return step.kind;
    case 'wait':
      return `wait ${step.until === null ? 'for events' : step.until - NOW}: ${step.why}`;
    case 'end': {
      const { outcome, code, dust } = step.ending;
      return `end ${outcome} ${code ?? '-'}${dust === '0' ? '' : ` dust ${dust}`}`;
    }
  }
}
