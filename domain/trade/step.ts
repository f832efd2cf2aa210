import type { Instant } from '../clock/instant';
import type { ClientOrderId, OrderTerms, Side, TimeInForce } from '../order/order';
import type { DecimalString } from '../money/decimal';
import type { Protection } from './facts';
import type { TradeOutcome } from './phase';

/** An order that the trade wants sent now. */
export interface WantedOrder {
  readonly leg: string;
  readonly revision: number;
  readonly side: Side;
  readonly quantity: DecimalString;
  readonly terms: OrderTerms;
  readonly timeInForce: TimeInForce;
  /** See `OrderRequest`; left out where the order asks for neither. */
  readonly goodTill?: Instant;
  readonly outsideRegularHours?: true;
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
  /** The watcher is to stand in for the stop (true), at its price or where it got to, or the venue rests all of it again. */
  | {
      readonly kind: 'emulate-stop';
      readonly emulated: boolean;
      readonly why: string;
      readonly stopPrice?: DecimalString;
    }
  | { readonly kind: 'check-risk-again' }
  | { readonly kind: 'wait'; readonly until: number | null; readonly why: string }
  | { readonly kind: 'end'; readonly ending: Ending };

/** What a step of emulation changes in the trade's protection. */
export function emulationOf({
  emulated,
  stopPrice,
}: Extract<Step, { kind: 'emulate-stop' }>): Pick<Protection, 'emulated'> & Partial<Pick<Protection, 'stopPrice'>> {
  return { emulated, ...(stopPrice === undefined ? {} : { stopPrice }) };
}

/** What the workflow remembers beyond the journal. Real times are milliseconds. */
export interface StepMemory {
  /** Now, in real time. */
  readonly now: number;
  /** When an order in doubt is to be looked up again. */
  readonly resolveAfter: Readonly<Record<string, number>>;
  /** When an action that was refused or failed may be tried again; by leg, or `cancel:` and an order's id. */
  readonly retryAfter: Readonly<Record<string, number>>;
  /** Waits in a row over which the market clock stood still. */
  readonly clockStood: number;
}

/** True when nothing keeps this leg, or the cancel of this order (`cancel:` and its id), from being tried now. */
export function mayTry(memory: StepMemory, key: string): boolean {
  return (memory.retryAfter[key] ?? 0) <= memory.now;
}

/** The cancel of an order; undefined while the last one has not had its time. */
export function cancelStep(
  order: { readonly clientOrderId: ClientOrderId; readonly leg: string },
  why: string,
  memory: StepMemory,
): Step | undefined {
  const { clientOrderId, leg } = order;
  return mayTry(memory, `cancel:${clientOrderId}`) ? { kind: 'cancel', clientOrderId, leg, why } : undefined;
}

/** Gives an order up for good; whatever of it is at the venue stays there. */
export function closeStep(order: { readonly clientOrderId: ClientOrderId; readonly leg: string }, why: string): Step {
  return { kind: 'close', clientOrderId: order.clientOrderId, leg: order.leg, why };
}
