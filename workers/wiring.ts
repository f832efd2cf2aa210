import { randomBytes } from 'node:crypto';
import type { Client } from '@temporalio/client';
import { WorkflowNotFoundError } from '@temporalio/client';
import { createAnalysisActivities } from '../activities/analysis/activities';
import { createExecutionActivities } from '../activities/execution/activities';
import type { ExecutionActivities } from '../activities/execution/activities';
import type { Failpoint } from '../activities/execution/ports';
import { createLedgerActivities } from '../activities/ledger/activities';
import { FactsReader } from '../activities/ledger/read-facts';
import { createRiskActivities } from '../activities/risk/activities';
import { openPaperMarket } from '../brokers/paper/paper-market';
import type { PaperMarket } from '../brokers/paper/paper-market';
import { PaperBroker } from '../brokers/paper/paper-broker';
import type { PaperCosts } from '../brokers/paper/costs';
import { OrderJournal } from '../database/journal';
import type { Database } from '../database/pool';
import { RiskStore } from '../database/risk';
import { TradeStore } from '../database/trades';
import type { CalendarId, MarketCalendar } from '../domain/calendar/calendar';
import { calendarOf as bundledCalendarOf } from '../domain/calendar/calendars';
import type { Analyst } from '../domain/signal/signal';
import { strategies } from '../domain/signal/strategies';
import type { Broker } from '../domain/order/broker';
import type { OrderMetrics } from '../telemetry/order-metrics';
import { RPC_DEADLINE_MS } from '../temporal/connection';
import { orderEventSignal, tradeWorkflowId } from '../temporal/messages/trade';

/** What a worker process is made of, whichever roles it takes. */
export interface WiringInput {
  readonly database: Database;
  readonly client: Client;
  readonly metrics: OrderMetrics;
  readonly failpoint: (name: Failpoint) => void;
  readonly paperCosts: PaperCosts;
  /** Writes a line for each refusal of the risk check. */
  readonly logRefusal?: (refusal: Readonly<Record<string, unknown>>) => void;
  /** The bundled calendars unless told otherwise. */
  readonly calendarOf?: (id: CalendarId) => MarketCalendar;
  /** Prices for paper accounts and risk; those that the database holds unless told otherwise. */
  readonly market?: PaperMarket;
  /** Analysts by the name of their strategy; those that come with Tradewind unless told otherwise. */
  readonly strategies?: ReadonlyMap<string, Analyst>;
}

/** The parts that all roles share, and the makers of each role's activities. */
export async function wire(input: WiringInput) {
  const { database, metrics, failpoint, calendarOf = bundledCalendarOf } = input;
  const trades = new TradeStore(database);
  const journal = new OrderJournal(database);
  const risk = new RiskStore(database);
  const market = input.market ?? (await openPaperMarket(database, calendarOf, input.paperCosts));
  const facts = new FactsReader({ trades, marketOf: () => market, calendarOf });
  const installation = await journal.installationId();
  const accounts = await trades.accounts();
  const venues = new Map(await Promise.all(accounts.map(async (name) => [name, await trades.venueOf(name)] as const)));
  const venueOf = (account: string): string => venues.get(account) ?? 'paper';

  return {
    trades,
    risk,
    marketOf: () => market,
    accounts,
    tradeActivities: () => ({
      ...createLedgerActivities({ trades, facts }),
      ...createRiskActivities({
        trades,
        risk,
        journal,
        facts,
        marketOf: () => market,
        calendarOf,
        venueOf,
        installation,
        metrics,
        failpoint,
        ...(input.logRefusal === undefined ? {} : { log: input.logRefusal }),
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
    orderActivities: (
      account: string,
      stopping: AbortSignal,
      broker: Broker = new PaperBroker({ account, database, market, costs: input.paperCosts }),
    ): ExecutionActivities =>
      createExecutionActivities({
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
      }),
  };
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
