import type { Broker } from '../../domain/order/broker';
import type { OrderJournal } from '../../database/journal';
import type { TradeStore } from '../../database/trades';
import type { FactsReader } from '../ledger/read-facts';
import type { OrderMetrics } from '../../telemetry/order-metrics';

/** Places at which a test may kill the process; each stands between two effects that a crash must not separate. */
export const FAILPOINTS = [
  'before-fence',
  'after-fence',
  'after-send',
  'after-record',
  'before-analysis-stored',
  'before-approval',
  'after-approval',
  'before-cancel',
  'after-cancel',
  'before-poll-booked',
  'before-end',
] as const;
export type Failpoint = (typeof FAILPOINTS)[number];

/** What the execution activities of one account need. */
export interface ExecutionDeps {
  readonly account: string;
  readonly broker: Broker;
  readonly journal: OrderJournal;
  readonly trades: TradeStore;
  readonly facts: FactsReader;
  readonly installation: string;
  readonly metrics: OrderMetrics;
  readonly failpoint: (name: Failpoint) => void;
  /** A clock that never goes back, in milliseconds: it measures the age of a permit. */
  readonly monotonic: () => number;
  /** A fresh random token for the owner of an attempt. */
  readonly token: () => string;
}
