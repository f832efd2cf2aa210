import { randomBytes } from 'node:crypto';
import type { Client } from '@temporalio/client';
import { WorkflowNotFoundError } from '@temporalio/client';
import { createAnalysisActivities } from '../activities/analysis/activities';
import { createExecutionActivities } from '../activities/execution/activities';
import type { ExecutionActivities } from '../activities/execution/activities';
import type { Failpoint } from '../activities/execution/ports';
import type { WatchDeps } from '../activities/execution/watch-account';
import { createSecureActivities } from '../activities/execution/secure-account';
import type { SecureActivities, SecureDeps } from '../activities/execution/secure-account';
import { createHaltActivities } from '../activities/halt/activities';
import type { HaltActivities } from '../activities/halt/activities';
import type { TripDeps } from '../activities/halt/look-at-trips';
import { createLedgerActivities } from '../activities/ledger/activities';
import { FactsReader } from '../activities/ledger/read-facts';
import { createRiskActivities } from '../activities/risk/activities';
import { openPaperMarket } from '../brokers/paper/paper-market';
import type { PaperMarket } from '../brokers/paper/paper-market';
import { PaperBroker } from '../brokers/paper/paper-broker';
import type { PaperCosts } from '../brokers/paper/costs';
import { HaltStore } from '../database/halt-progress';
import { engageHalt } from '../database/halts';
import { OrderJournal } from '../database/journal';
import type { Database } from '../database/pool';
import { TradeStore } from '../database/trades';
import { TripStore } from '../database/trips';
import { calendarOf } from '../domain/calendar/calendars';
import type { TripRules } from '../domain/halt/trips';
import type { Analyst } from '../domain/signal/signal';
import { strategies } from '../domain/signal/strategies';
import type { Broker } from '../domain/order/broker';
import type { OrderMetrics } from '../telemetry/order-metrics';
import { RPC_DEADLINE_MS } from '../temporal/connection';
import { orderEventSignal, tradeWorkflowId } from '../temporal/messages/trade';
import type { HaltRequest } from '../temporal/messages/trade';
import { listOpenWorkflows, tellOfHalt } from '../temporal/open-workflows';
import { listSchedules, pauseSchedule } from '../temporal/schedules';
import { tellTradeOfHalt } from '../temporal/start-workflows';

/** What a worker process is made of, whichever roles it takes. */
export interface WiringInput {
  readonly database: Database;
  readonly client: Client;
  readonly metrics: OrderMetrics;
  readonly failpoint: (name: Failpoint) => void;
  readonly paperCosts: PaperCosts;
  /** Prices for paper accounts and risk; those that the database holds unless told otherwise. */
  readonly market?: PaperMarket;
  /** Analysts by the name of their strategy; those that come with Tradewind unless told otherwise. */
  readonly strategies?: ReadonlyMap<string, Analyst>;
}

/** The parts that all roles share, and the makers of each role's activities. */
export async function wire(input: WiringInput) {
  const { database, metrics, failpoint } = input;
  const trades = new TradeStore(database);
  const journal = new OrderJournal(database);
  const halts = new HaltStore(database);
  const market = input.market ?? (await openPaperMarket(database, calendarOf, input.paperCosts));
  const facts = new FactsReader({ trades, marketOf: () => market, calendarOf });
  const installation = await journal.installationId();
  const accounts = await trades.accounts();
  const venues = new Map(await Promise.all(accounts.map(async (name) => [name, await trades.venueOf(name)] as const)));
  const venueOf = (account: string): string => venues.get(account) ?? 'paper';

  return {
    trades,
    halts,
    accounts,
    tradeActivities: () => ({
      ...createLedgerActivities({ trades, facts }),
      ...createRiskActivities({
        trades,
        journal,
        facts,
        marketOf: () => market,
        calendarOf,
        venueOf,
        installation,
        metrics,
        failpoint,
      }),
    }),
    analysisActivities: () =>
      createAnalysisActivities({
        trades,
        facts,
        marketOf: () => market,
        strategies: input.strategies ?? strategies,
        failpoint,
      }),
    /** What the automatic trips look at. */
    tripDeps: (rules: TripRules): TripDeps => ({
      trades,
      trips: new TripStore(database),
      market,
      calendarOf,
      rules,
      engage: (wish) => engageHalt(database, wish),
      now: () => Date.now(),
    }),
    haltActivities: (): HaltActivities =>
      createHaltActivities({
        database,
        halts,
        tellTrade: (trade, request) => tellTradeOfHalt(input.client, trade, request),
        tellWorkflow: (workflowId, request) => tellWorkflow(input.client, workflowId, request),
        pause: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
        openWorkflows: () => listOpenWorkflows(input.client),
        schedules: () => listSchedules(input.client),
        pauseSchedule: (scheduleId, note) => pauseSchedule(input.client, scheduleId, note),
      }),
    orderActivities: (
      account: string,
      stopping: AbortSignal,
      broker: Broker = new PaperBroker({ account, database, market, costs: input.paperCosts }),
    ): ExecutionActivities & SecureActivities => {
      const deps: WatchDeps & SecureDeps = {
        account,
        broker,
        market,
        stopping,
        journal,
        trades,
        facts,
        installation,
        metrics,
        failpoint,
        monotonic: () => performance.now(),
        token: () => randomBytes(16).toString('hex'),
        signalTrade: (tradeId) => signalTrade(input.client, tradeId),
        halts,
        now: () => Date.now(),
      };
      return { ...createExecutionActivities(deps), ...createSecureActivities(deps) };
    },
  };
}

/** One that has ended meanwhile needs to hear of nothing. */
async function tellWorkflow(client: Client, workflowId: string, request: HaltRequest): Promise<void> {
  await tellOfHalt(client, workflowId, request).catch((error: unknown) => {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
  });
}

/** A trade without a run is started by the dispatcher and then reads its journal: no signal is owed to it. */
async function signalTrade(client: Client, tradeId: string): Promise<void> {
  const handle = client.workflow.getHandle(tradeWorkflowId(tradeId));
  await client
    .withDeadline(Date.now() + RPC_DEADLINE_MS, () => handle.signal(orderEventSignal))
    .catch((error: unknown) => {
      if (!(error instanceof WorkflowNotFoundError)) throw error;
    });
}

export type Wiring = Awaited<ReturnType<typeof wire>>;
