import { WorkflowNotFoundError } from '@temporalio/client';
import type { Client } from '@temporalio/client';
import { TypedSearchAttributes } from '@temporalio/common';
import type { TradePhase } from '../domain/trade/phase';
import { RPC_DEADLINE_MS } from './connection';
import { HALT_TRADING_WORKFLOW } from './messages/halt-trading';
import type { HaltTradingInput } from './messages/halt-trading';
import { INGEST_CANDLES_WORKFLOW, ingestWorkflowId } from './messages/ingest-candles';
import type { IngestCandlesInput } from './messages/ingest-candles';
import { INGEST_NEWS_WORKFLOW, newsWorkflowId } from './messages/ingest-news';
import type { IngestNewsInput } from './messages/ingest-news';
import { OPERATIONS_QUEUE, TRADE_QUEUE } from './messages/task-queues';
import {
  haltedAttribute,
  killEpochAttribute,
  tradeAccountAttribute,
  tradeInstrumentAttribute,
  tradeModeAttribute,
  tradePhaseAttribute,
  tradeStrategyAttribute,
} from './messages/search-attributes';
import {
  RECONCILE_ACCOUNT_WORKFLOW,
  reconcileAccountWorkflowId,
  reconcileRequestedSignal,
} from './messages/reconcile-account';
import type { ReconcileAccountInput } from './messages/reconcile-account';
import { REPEAT_ANALYSIS_WORKFLOW, repeatAnalysisWorkflowId } from './messages/repeat-analysis';
import type { RepeatAnalysisInput } from './messages/repeat-analysis';
import { haltSignal, TRADE_WORKFLOW, tradeWorkflowId } from './messages/trade';
import type { HaltRequest, TradeInput } from './messages/trade';
import { TRADING_CYCLE_WORKFLOW, tradingCycleWorkflowId } from './messages/trading-cycle';
import type { TradingCycleInput } from './messages/trading-cycle';
import { WATCH_ACCOUNT_WORKFLOW, watchAccountWorkflowId } from './messages/watch-account';
import type { WatchAccountInput } from './messages/watch-account';

/**
 * How long a worker may be silent over one step of a workflow before another takes it: a position may be waiting for its
 * stop. Steps take milliseconds, and one that waits for a database says in time that it goes on.
 */
const WORKFLOW_TASK_TIMEOUT = '5s';

/** What starting a trade's workflow takes from its row. */
export interface StartableTrade {
  readonly tradeId: string;
  readonly account: string;
  readonly instrument: string;
  readonly strategy: string;
  readonly mode: string;
  readonly phase: TradePhase;
}

/**
 * Starts the workflow of an open trade, or meets the run that there is. A run that is gone may start again: it goes on
 * from the journal. Answers the run's id.
 */
export async function startTrade(client: Client, trade: StartableTrade): Promise<string> {
  const handle = await client.withDeadline(Date.now() + RPC_DEADLINE_MS, () =>
    client.workflow.start(TRADE_WORKFLOW, tradeStart(trade)),
  );
  return handle.firstExecutionRunId;
}

function tradeStart(trade: StartableTrade) {
  const input: TradeInput = { version: 1, tradeId: trade.tradeId, account: trade.account, phase: trade.phase };
  return {
    workflowId: tradeWorkflowId(trade.tradeId),
    taskQueue: TRADE_QUEUE,
    args: [input],
    workflowTaskTimeout: WORKFLOW_TASK_TIMEOUT,
    workflowIdReusePolicy: 'ALLOW_DUPLICATE',
    workflowIdConflictPolicy: 'USE_EXISTING',
    staticSummary: `${trade.strategy} trade in ${trade.instrument} on account ${trade.account} (${trade.mode})`,
    typedSearchAttributes: new TypedSearchAttributes([
      { key: tradePhaseAttribute, value: trade.phase },
      { key: tradeInstrumentAttribute, value: trade.instrument },
      { key: tradeAccountAttribute, value: trade.account },
      { key: tradeStrategyAttribute, value: trade.strategy },
      { key: tradeModeAttribute, value: trade.mode },
      { key: haltedAttribute, value: false },
    ]),
  } as const;
}

/** Tells a trade of a halt. One whose workflow does not run, or not yet, is started with the message waiting for it. */
export async function tellTradeOfHalt(client: Client, trade: StartableTrade, request: HaltRequest): Promise<void> {
  await client.withDeadline(Date.now() + RPC_DEADLINE_MS, async () => {
    try {
      await client.workflow.getHandle(tradeWorkflowId(trade.tradeId)).signal(haltSignal, request);
    } catch (error) {
      if (!(error instanceof WorkflowNotFoundError)) throw error;
      const start = { ...tradeStart(trade), args: [...tradeStart(trade).args] };
      await client.workflow.signalWithStart(TRADE_WORKFLOW, { ...start, signal: haltSignal, signalArgs: [request] });
    }
  });
}

/** What starting the workflow of a halt takes from its row. */
export interface StartableHalt {
  readonly epoch: number;
  readonly workflowId: string;
  readonly scope: string;
  readonly mode: string;
  readonly reason: string;
}

/** Starts the workflow that carries a halt out, or meets the run that there is. */
export async function startHaltWorkflow(client: Client, halt: StartableHalt): Promise<void> {
  const input: HaltTradingInput = { epoch: halt.epoch };
  await client.withDeadline(Date.now() + RPC_DEADLINE_MS, () =>
    client.workflow.start(HALT_TRADING_WORKFLOW, {
      workflowId: halt.workflowId,
      taskQueue: OPERATIONS_QUEUE,
      args: [input],
      workflowTaskTimeout: WORKFLOW_TASK_TIMEOUT,
      workflowIdReusePolicy: 'ALLOW_DUPLICATE',
      workflowIdConflictPolicy: 'USE_EXISTING',
      staticSummary: `Halt ${halt.epoch} of ${halt.scope} (${halt.mode}): ${halt.reason}`.slice(0, 200),
      typedSearchAttributes: new TypedSearchAttributes([
        { key: killEpochAttribute, value: halt.epoch },
        { key: haltedAttribute, value: true },
      ]),
    }),
  );
}

/** Starts the watcher of an account, or meets the one that runs. */
export async function startWatcher(client: Client, account: string): Promise<void> {
  const input: WatchAccountInput = { account };
  await client.withDeadline(Date.now() + RPC_DEADLINE_MS, () =>
    client.workflow.start(WATCH_ACCOUNT_WORKFLOW, {
      workflowId: watchAccountWorkflowId(account),
      taskQueue: TRADE_QUEUE,
      args: [input],
      workflowTaskTimeout: WORKFLOW_TASK_TIMEOUT,
      workflowIdReusePolicy: 'ALLOW_DUPLICATE',
      workflowIdConflictPolicy: 'USE_EXISTING',
      staticSummary: `Watcher of account ${account}`,
    }),
  );
}

/** Starts a trading cycle, or meets the one of that name that runs. Answers the workflow's id. */
export async function startCycle(client: Client, input: TradingCycleInput): Promise<string> {
  const workflowId = tradingCycleWorkflowId(input.cycle);
  await client.withDeadline(Date.now() + RPC_DEADLINE_MS, () =>
    client.workflow.start(TRADING_CYCLE_WORKFLOW, {
      workflowId,
      taskQueue: OPERATIONS_QUEUE,
      args: [input],
      workflowIdReusePolicy: 'ALLOW_DUPLICATE',
      workflowIdConflictPolicy: 'USE_EXISTING',
      staticSummary: `Trading cycle ${input.cycle}`,
    }),
  );
  return workflowId;
}

/** Starts the workflow of a stored repeat, or meets the one that runs; what was answered before is not asked again. */
export async function startRepeat(client: Client, input: RepeatAnalysisInput): Promise<void> {
  await client.withDeadline(Date.now() + RPC_DEADLINE_MS, () =>
    client.workflow.start(REPEAT_ANALYSIS_WORKFLOW, {
      workflowId: repeatAnalysisWorkflowId(input.repeatId),
      taskQueue: TRADE_QUEUE,
      args: [input],
      workflowIdReusePolicy: 'ALLOW_DUPLICATE',
      workflowIdConflictPolicy: 'USE_EXISTING',
      staticSummary: `Ask the question of ${input.repeatId} ${input.times} times`,
    }),
  );
}

/** Has an account compared with its venue; a comparison that is under way compares once more when it is done. */
export async function requestReconciliation(client: Client, account: string, by: string): Promise<void> {
  const input: ReconcileAccountInput = { account, why: 'request', by };
  await client.withDeadline(Date.now() + RPC_DEADLINE_MS, () =>
    client.workflow.signalWithStart(RECONCILE_ACCOUNT_WORKFLOW, {
      workflowId: reconcileAccountWorkflowId(account),
      taskQueue: TRADE_QUEUE,
      args: [input],
      workflowIdReusePolicy: 'ALLOW_DUPLICATE',
      signal: reconcileRequestedSignal,
      signalArgs: [],
      staticSummary: `Compare account ${account} with its venue`,
    }),
  );
}

/** Starts an ingestion of candles, or meets the one that runs for the same thing. Answers the workflow's id. */
export async function startIngest(client: Client, input: IngestCandlesInput): Promise<string> {
  const workflowId = ingestWorkflowId(input);
  await client.withDeadline(Date.now() + RPC_DEADLINE_MS, () =>
    client.workflow.start(INGEST_CANDLES_WORKFLOW, {
      workflowId,
      taskQueue: OPERATIONS_QUEUE,
      args: [input],
      workflowIdReusePolicy: 'ALLOW_DUPLICATE',
      workflowIdConflictPolicy: 'USE_EXISTING',
      staticSummary: `Candles of ${input.series ?? 'the series that are followed'}`,
    }),
  );
  return workflowId;
}

/** Has news sources asked, or meets the run that asks the same. Answers the workflow's id. */
export async function startNews(client: Client, input: IngestNewsInput): Promise<string> {
  const workflowId = newsWorkflowId(input);
  await client.withDeadline(Date.now() + RPC_DEADLINE_MS, () =>
    client.workflow.start(INGEST_NEWS_WORKFLOW, {
      workflowId,
      taskQueue: OPERATIONS_QUEUE,
      args: [input],
      workflowIdReusePolicy: 'ALLOW_DUPLICATE',
      workflowIdConflictPolicy: 'USE_EXISTING',
      staticSummary: `News of ${input.source ?? 'every source'}`,
    }),
  );
  return workflowId;
}
