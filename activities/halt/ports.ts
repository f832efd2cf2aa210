import type { HaltStore } from '../../database/halt-progress';
import type { OpenTradeRow } from '../../database/trades';
import type { Database } from '../../database/pool';
import type { HaltRequest } from '../../temporal/messages/trade';

/** A running workflow, as Temporal lists it. */
export interface ListedWorkflow {
  readonly workflowId: string;
  readonly type: string;
}

/** A schedule, as Temporal lists it; `tag` is null when it has none. */
export interface ListedSchedule {
  readonly scheduleId: string;
  readonly tag: 'trading' | 'operations' | null;
  readonly scopes: readonly string[];
  readonly paused: boolean;
  readonly note: string;
}

/** What the activities of a halt work with. */
export interface HaltDeps {
  readonly database: Database;
  readonly halts: HaltStore;
  /** Tells a trade, and starts its workflow if none runs. */
  readonly tellTrade: (trade: OpenTradeRow, request: HaltRequest) => Promise<void>;
  /** Tells a workflow of any type; one that has ended meanwhile is no error. */
  readonly tellWorkflow: (workflowId: string, request: HaltRequest) => Promise<void>;
  readonly pause: (ms: number) => Promise<void>;
  readonly openWorkflows: () => Promise<readonly ListedWorkflow[]>;
  readonly schedules: () => Promise<readonly ListedSchedule[]>;
  /** Answers whether it was this call, or an earlier one with the same note, that paused it. */
  readonly pauseSchedule: (scheduleId: string, note: string) => Promise<boolean>;
}
