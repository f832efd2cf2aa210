import type { CloseInput, ResolveInput } from '../../../activities/execution/settle-order';
import type { SubmitInput } from '../../../activities/execution/submit-order';
import type { Credentials } from '../../../brokers/ccxt/dialect';
import type { Lookup, SubmitOutcome, VenueTimings } from '../../../domain/order/broker';
import type { OrderRef, OrderRequest } from '../../../domain/order/order';
import type { OrderState } from '../../../domain/order/order';
import type { IdRule } from '../../../simulators/exchange/ledger';
import type { SimulatedVenue } from '../../../simulators/exchange/start';

/** One account at one simulated venue, apart from the way there. */
export interface ChaosAccount {
  readonly account: string;
  readonly venue: string;
  readonly instrument: string;
  readonly timings: Partial<VenueTimings>;
}

/** An account at a simulated exchange, as a worker process trades it. */
export interface ExchangeAccount extends ChaosAccount {
  readonly venue: SimulatedVenue;
  readonly baseUrl: string;
  readonly streamUrl: string;
  readonly credentials: Credentials;
  readonly orderDeadline: number;
}

/** Everything that a worker process is told when it starts. */
export interface WorkerSetup<Account extends ChaosAccount = ChaosAccount> {
  readonly databaseUrl: string;
  readonly installation: string;
  readonly accounts: readonly Account[];
}

/** What a worker is asked to do; the first three are the activities of the product, as a workflow calls them. */
export type Command =
  | { readonly kind: 'submit'; readonly account: string; readonly input: SubmitInput }
  | { readonly kind: 'resolve'; readonly account: string; readonly input: ResolveInput }
  | { readonly kind: 'close'; readonly account: string; readonly input: CloseInput }
  /** One look of the account's watcher. */
  | { readonly kind: 'watch'; readonly account: string }
  /** Of a control: the order as it is, without a journal. */
  | { readonly kind: 'send'; readonly account: string; readonly request: OrderRequest }
  | { readonly kind: 'find'; readonly account: string; readonly ref: OrderRef }
  /** Whether the venue lets this process in. */
  | { readonly kind: 'line'; readonly account: string }
  /** Lets go of the venue, for another process. */
  | { readonly kind: 'leave'; readonly account: string };

/** What the commands answer, by kind. */
export interface Answers {
  readonly submit: { readonly result: string };
  readonly resolve: { readonly verdict: string; readonly waitMs: number };
  readonly close: Record<string, never>;
  readonly watch: Record<string, never>;
  readonly send: { readonly kind: SubmitOutcome['kind']; readonly code?: string };
  readonly find: { readonly kind: Lookup['kind'] };
  readonly line: { readonly why: string | null };
  readonly leave: Record<string, never>;
}

/** One simulated venue that is to run: with its own ledger, at one read lag. */
export interface VenueSetup {
  readonly venue: SimulatedVenue;
  readonly readLag: number;
  readonly accounts: readonly string[];
}

export interface RunningVenue {
  readonly url: string;
  readonly streamUrl: string;
  readonly instrument: string;
  readonly idRule: IdRule;
  readonly credentials: Readonly<Record<string, Credentials>>;
}

/** An order as the judge reads it from `GET /sim/ledger`. */
export interface LedgerOrder {
  readonly id: string;
  readonly clientOrderId: string | null;
  readonly state: string;
  readonly filled: string;
}

/** Where an intent stood when nothing more was to come. */
export type End = Extract<OrderState, 'filled' | 'cancelled' | 'expired' | 'rejected' | 'unsent'> | 'parked';
