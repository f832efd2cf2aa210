import type { ChaosAccount } from '../messages';

/** An account at a simulated gateway, as a worker process trades it. */
export interface GatewayAccount extends ChaosAccount {
  readonly port: number;
  readonly clientId: number;
  readonly accountCode: string;
}

/** A simulated gateway that is to run, for one account. */
export interface GatewaySetup {
  readonly account: string;
  readonly accountCode: string;
  /** Queries show an order so much after its acceptance. */
  readonly readLag: number;
}

export interface RunningGateway {
  readonly account: string;
  readonly port: number;
  /** Of its door for faults and for the ledger. */
  readonly adminUrl: string;
}
