import type { ContractCandidate, ContractKind } from '../../domain/order/broker';
import type { OrderRef } from '../../domain/order/order';

export const CHECK_BROKER_WORKFLOW = 'checkBroker';
export const LOOK_UP_ORDER_WORKFLOW = 'lookUpOrder';
export const FIND_CONTRACTS_WORKFLOW = 'findContracts';

export interface CheckBrokerInput {
  readonly account: string;
}

/** One question to a venue: `off` where it has no such thing. */
export interface BrokerFinding {
  readonly check: string;
  readonly result: 'ok' | 'off' | 'warning' | 'failed';
  readonly detail: string;
  readonly milliseconds: number;
}

export interface LookUpOrderInput {
  readonly account: string;
  readonly tradeId: string;
  readonly order: OrderRef;
}

/** What a look-up proved: see `record_lookup`. */
export interface LookUpOrderResult {
  readonly verdict: 'found' | 'not-found' | 'again';
  /** Real time until the next look-up makes sense. */
  readonly waitMs: number;
}

export interface FindContractsInput {
  readonly account: string;
  /** A symbol, or an exchange's own name of a future. */
  readonly text: string;
  /** All kinds when left out. */
  readonly kind?: ContractKind;
}

/** What a symbol may mean at the account's venue; null where symbols are never ambiguous. */
export type FindContractsResult = readonly ContractCandidate[] | null;

/** `contracts:{account}:{id of the request}`. */
export function findContractsWorkflowId(account: string, request: string): string {
  return `contracts:${account}:${request}`;
}

/** `check:{account}:{id of the request}`. */
export function checkBrokerWorkflowId(account: string, request: string): string {
  return `check:${account}:${request}`;
}

/** `look-up:{client order id}:{id of the request}`. */
export function lookUpOrderWorkflowId(clientOrderId: string, request: string): string {
  return `look-up:${clientOrderId}:${request}`;
}
