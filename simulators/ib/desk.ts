import type { EpochMillis, Millis } from '../../domain/clock/instant';
import type { SimContract } from './contracts';
import type { IbFaultPlan } from './faults';
import type { IbLedger } from './ledger';
import type { OrderIds } from './order-ids';
import type { HistoryPacing } from './pacing';
import type { Entitlement } from './quotes-desk';
import type { IbSession } from './session';
import type { FromClientName, FromClientValues } from './wire/from-client';

/** Which error numbers the broker uses where it changed them over the years. */
export type ErrorCodes = 'current' | 'classic';

/** What the handlers of requests work on. */
export interface Desk {
  readonly ledger: IbLedger;
  readonly faults: IbFaultPlan;
  readonly ids: OrderIds;
  readonly contracts: readonly SimContract[];
  readonly accounts: readonly string[];
  readonly codes: ErrorCodes;
  /** What the account may see of the market. */
  readonly entitlement: Entitlement;
  readonly pacing: HistoryPacing;
  readonly now: () => EpochMillis;
  /** Does something later, unless the simulator has ended by then. */
  readonly later: (ms: Millis, act: () => void) => void;
  /** True between 1100 and 1101 or 1102: the broker is not reached. */
  readonly isCutOff: () => boolean;
  /** What befalls the messages about single orders, by `permId`. */
  readonly messages: Map<number, MessageFate>;
}

/** What befalls the messages about one order. */
export interface MessageFate {
  readonly commissionLate?: Millis;
  readonly status?: 'none' | 'twice';
}

/** What answers a request. */
export type Handlers = {
  readonly [N in FromClientName]?: (desk: Desk, session: IbSession, values: FromClientValues<N>) => void;
};
